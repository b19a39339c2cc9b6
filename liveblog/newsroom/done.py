"""What a verb on an entry did, and telling it to the live side."""

from __future__ import annotations

from typing import NamedTuple

from liveblog.models import Entry, Story
from liveblog.newsroom.room import Newsroom
from liveblog.store import StoryTransaction


class Done(NamedTuple):
    """What a verb did. `seq` is that of the last public event of the entry, None where there is none;
    `repeated` tells that the idempotency key had been used before and nothing was changed, and
    `other_form` that it was used for something else."""

    story: Story
    entry: Entry
    seq: int | None
    repeated: bool = False
    other_form: bool = False


async def announced(room: Newsroom, story: StoryTransaction, entry: Entry) -> Done:
    """After the commit: tells the live side, then the caller."""
    if story.appended:
        await room.announce(story.story, story.appended)
    own = [event.seq for event in story.appended if event.entry_id == entry.id]
    return Done(story.story, entry, own[-1] if own else None)


async def last_seq(story: StoryTransaction, entry: Entry) -> int | None:
    """The sequence number of the entry's last public event, if it has one."""
    events = await story.events_of(entry.id)
    return events[-1].seq if events else None
