"""One change of an entry, from the lock to the answer. The only module that writes an entry's state.

A verb opens a change, decides what the entry becomes, and commits it:

    async with opened(newsroom, actor, slug, entry_id) as change:
        …
        await change.commit(new, "revised")
    return change.outcome

`Change.commit` unpins the entry pinned before, takes the revision and sequence numbers, writes the row, link cards
and withheld places, keeps the revision and the note on an embargo, and appends the event, with the story's Brief if
the change concerns it. Readers and desks are told when the transaction is committed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from liveblog.content import event_payload
from liveblog.content.event_payload import BriefFields
from liveblog.content.providers import Link
from liveblog.errors import Stale
from liveblog.models.content import Entry, EntryStatus, EventKind, Story
from liveblog.models.members import User, WithheldPlace
from liveblog.models.revisions import Takedown
from liveblog.newsroom import brief
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.coverage import reopen
from liveblog.newsroom.entries.embargo import lifted
from liveblog.newsroom.entries.verification import since_publication
from liveblog.newsroom.link_cards import want_cards
from liveblog.newsroom.permissions import require_story
from liveblog.newsroom.safety import enforce
from liveblog.newsroom.safety.enforce import Enforced
from liveblog.store import StoryTransaction


class Outcome(NamedTuple):
    """The result of a verb.

    `seq` is the sequence number of the entry's last public event, None if it has none. `repeated`
    means that the idempotency key was used before and nothing was changed. `other_form` tells
    whether the key was used for another form, None if that can no longer be found out. `report`
    says what a removal reached. `places` is what is withheld of the entry, by its id; None if that was not read.
    """

    story: Story
    entry: Entry
    seq: int | None
    repeated: bool = False
    other_form: bool | None = False
    report: Takedown | None = None
    places: dict[str, WithheldPlace] | None = None

    @property
    def other_update(self) -> bool:
        """Whether the key was used for another text.

        If that can no longer be found out, the text of a removed entry counts as another.
        """
        gone = self.entry.status is EntryStatus.REMOVED
        return bool(self.other_form) or (self.other_form is None and gone)


class Past(NamedTuple):
    """A revision that an imported entry had elsewhere: the entry as it was, when, and what was done."""

    entry: Entry
    at: datetime
    action: str
    note: str | None


class Change:
    """A change of one entry while its story is locked.

    `before` is the entry as it is, None if it is being created. `at` is the time of the change.
    """

    def __init__(
        self, newsroom: Newsroom, tx: StoryTransaction, actor: User | None, before: Entry | None
    ) -> None:
        self.newsroom = newsroom
        self.tx = tx
        self.at = newsroom.clock()
        self._by = actor.id if actor else None
        self._before = before
        self._after = before
        self._places: dict[str, WithheldPlace] | None = None

    @property
    def before(self) -> Entry:
        assert self._before is not None, "the entry is being created"
        return self._before

    @property
    def outcome(self) -> Outcome:
        """What the change did, after the commit."""
        assert self._after is not None, "nothing was created"
        own = [event.seq for event in self.tx.appended if event.entry_id == self._after.id]
        seq = own[-1] if own else None
        return Outcome(self.tx.story, self._after, seq, places=self._places)

    async def unchanged(self, entry: Entry | None = None) -> Outcome:
        """The outcome if there is nothing to do: the entry as it is, with its last public event."""
        entry = entry or self.before
        events = await self.tx.events.of(entry.id)
        return Outcome(self.tx.story, entry, events[-1].seq if events else None)

    async def require_revision(self, rev: int | None) -> None:
        """Raises `Stale` if the entry was changed after revision `rev`; None accepts any.

        Added link cards do not count as a change.
        """
        entry = self.before
        if rev in {None, entry.rev} or await self.tx.revisions.only_embedded_since(
            entry.id, rev or 0
        ):
            return
        raise Stale(f"revision {rev} was edited, the entry is at revision {entry.rev}", entry.rev)

    async def commit(
        self,
        new: Entry,
        action: str,
        *,
        note: str | None = None,
        enforced: Enforced | None = None,
        links: Sequence[Link] | None = None,
        requested: Entry | None = None,
        in_place: bool = False,
        purged: bool = False,
        past: Sequence[Past] = (),
    ) -> Entry:
        """Stores `new` as the new state of the entry, and returns it as it was stored.

        `action` and `note` are for the history. `enforced` is what protection withholds, `links`
        the links of a new text, `requested` the entry before an embargo was applied. With
        `in_place`, an entry that becomes public again keeps its sequence number. With `purged`,
        readers are told to drop the entry. `past` are the revisions of an imported entry from
        before; no event is about them.
        """
        tx, before, at = self.tx, self._before, self.at
        was_public = before is not None and before.status is EntryStatus.PUBLISHED
        is_public = new.status is EntryStatus.PUBLISHED
        goes_public = is_public and not was_public and not in_place
        concerned = purged or brief.concerns(tx.story, before, new)
        had = await brief.present(tx) if concerned and not purged else None
        if before is not None:
            new = new.model_copy(update={"rev": before.rev + 1})
        if is_public and new.pinned and not (before and was_public and before.pinned):
            await self._unpin_others(new)
        if goes_public:
            new = since_publication(new.model_copy(update={"seq": tx.next_seq}))
        await (tx.entries.insert(new) if before is None else tx.entries.update(new))
        if links or (links is not None and before is not None):  # a new entry has none to lose
            await want_cards(self.newsroom.cards, tx, new, list(links), at)
        if enforced is not None:
            place = await enforce.store(tx, enforced, new, at, just_published=goes_public)
            self._places = {new.id: place} if place else {}
        await self._record(new, action, note, past)
        if new.status is not EntryStatus.REMOVED:
            await self._note_embargo(new, requested)
        if was_public and before is not None:
            # A removal that is no purge leaves the topics with the entry.
            await tx.topics.withdraw(set(before.topics) - set(new.topics), tx.next_seq)
        if is_public or was_public or (purged and before and before.seq is not None):
            told = await brief.told(self.newsroom.templates, tx, had, concerned=concerned)
            await self._append(new, told, was_public=was_public, purged=purged)
        if goes_public:
            await reopen(self.newsroom, tx, at, self._by)
        self._after = new
        return new

    async def _record(
        self, new: Entry, action: str, note: str | None, past: Sequence[Past]
    ) -> None:
        """Keeps the revision, after those of an imported entry from before."""
        for one in past:
            await self.tx.revisions.record(
                one.entry, one.at, None, one.action, one.note, told=False
            )
        await self.tx.revisions.record(new, self.at, self._by, action, note)

    async def _append(
        self, new: Entry, told: BriefFields, *, was_public: bool, purged: bool
    ) -> None:
        """Appends the event of the change for readers."""
        if new.status is EntryStatus.PUBLISHED:
            kind = EventKind.ENTRY_UPDATED if was_public else EventKind.ENTRY_PUBLISHED
            await self._append_shown(kind, new, told)
        else:
            text = event_payload.removed(self.tx.next_seq, new, self.at, told, purged=purged)
            await self.tx.append(EventKind.ENTRY_REMOVED, new, self.at, text)

    async def _append_shown(self, kind: EventKind, entry: Entry, told: BriefFields) -> None:
        """Appends the event by which readers get the entry as it is now."""
        tx = self.tx
        text = event_payload.shown(
            self.newsroom.templates, tx.next_seq, kind, tx.story, entry, self.at, told
        )
        await tx.append(kind, entry, self.at, text)

    async def _unpin_others(self, entry: Entry) -> None:
        """A story has one pinned entry: another one loses its pin, by an event of its own."""
        for other in await self.tx.entries.pinned():
            if other.id != entry.id:
                unpinned = other.model_copy(update={"pinned": False, "rev": other.rev + 1})
                await self.tx.entries.update(unpinned)
                await self.tx.revisions.record(unpinned, self.at, self._by, "unpinned", None)
                await self._append_shown(EventKind.ENTRY_UPDATED, unpinned, {})

    async def _note_embargo(self, new: Entry, requested: Entry | None) -> None:
        """Notes that an embargo ended early, and who ended it."""
        before = self._before or requested or new
        if text := lifted(before, new, self.at, self.tx.story.timezone, requested):
            await self.tx.notes.add(new, self.at, self._by, "embargo", text)


@asynccontextmanager
async def opened(
    newsroom: Newsroom,
    actor: User | None,
    slug: str,
    entry_id: str | None = None,
    *,
    unassigned: bool = False,
) -> AsyncIterator[Change]:
    """Locks a story and opens a change of one entry, or without `entry_id`, of a new one.

    `actor` is None if the server acts by itself. With `unassigned`, the actor need not be assigned
    to the story. Readers and desks are told after the commit.

    Raises `NotFound`, and `Forbidden` if the actor is not assigned to the story.
    """
    async with newsroom.store.log.transaction(slug) as tx:
        if actor is not None and not unassigned:
            require_story(actor, tx.story)
        before = await tx.entries.get(entry_id) if entry_id is not None else None
        yield Change(newsroom, tx, actor, before)
    if tx.appended or tx.made:
        await newsroom.announce(tx.story, tx.appended, tx.made)


async def scrub_events(tx: StoryTransaction, entry: Entry) -> int:
    """Deletes the text of the entry's events, and returns the number of events.

    Each event keeps its sequence number and says that the entry is gone, so a replay is harmless.
    """
    events = await tx.events.of(entry.id)
    for event in events:
        scrubbed = event_payload.scrubbed(event.payload)
        await tx.events.replace(
            event.model_copy(update={"kind": EventKind.ENTRY_REMOVED, "payload": scrubbed})
        )
    return len(events)
