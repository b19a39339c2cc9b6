"""What a verb on an entry did: its event, the word to the live side, the answer to the caller."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from liveblog.content import payload
from liveblog.models import Entry, EntryStatus, Event, EventKind, Story, Takedown
from liveblog.newsroom.room import Newsroom
from liveblog.store import StoryTransaction


class Done(NamedTuple):
    """What a verb did. `seq` is that of the last public event of the entry, None where there is none;
    `repeated` tells that the idempotency key had been used before and nothing was changed, and
    `other_form` that it was used for something else; None where that cannot be told any more. `report` is what
    a removal reached."""

    story: Story
    entry: Entry
    seq: int | None
    repeated: bool = False
    other_form: bool | None = False
    report: Takedown | None = None

    @property
    def other_update(self) -> bool:
        """Whether a person who wrote this wrote something else under its key: what was purged is not the same."""
        gone = self.entry.status is EntryStatus.REMOVED
        return bool(self.other_form) or (self.other_form is None and gone)


async def show(
    room: Newsroom, story: StoryTransaction, kind: EventKind, entry: Entry, at: datetime
) -> Event:
    """Appends the event by which readers get the entry as it is now."""
    text = payload.shown(room.templates, story.next_seq, kind, story.story, entry, at)
    return await story.append(kind, entry, at, text)


async def announced(room: Newsroom, story: StoryTransaction, entry: Entry) -> Done:
    """After the commit: tells the live side and the desks, then the caller."""
    if story.appended:
        await room.announce(story.story, story.appended)
    if story.kept:
        await room.tell(story.story, story.kept)
    own = [event.seq for event in story.appended if event.entry_id == entry.id]
    return Done(story.story, entry, own[-1] if own else None)


async def last_seq(story: StoryTransaction, entry: Entry) -> int | None:
    """The sequence number of the entry's last public event, if it has one."""
    events = await story.events_of(entry.id)
    return events[-1].seq if events else None
