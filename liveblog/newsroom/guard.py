"""What protects people, applied wherever an entry changes: by somebody's hand, by the schedule, by taking
something back. Called within a story's transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from liveblog.members import User, Whereabouts
from liveblog.models import Entry, EntryStatus
from liveblog.newsroom.forms import EntryChange
from liveblog.newsroom.protection import (
    bylined,
    credited,
    held,
    show_at,
    still_withheld,
    withheld,
)
from liveblog.store import Author, StoryTransaction

PLACE = frozenset({"dateline", "occurred_at"})
GOING_OUT = frozenset({EntryStatus.PUBLISHED, EntryStatus.SCHEDULED})


class Guarded(NamedTuple):
    """An entry as readers may have it, and what is withheld of it: now, and `before`."""

    entry: Entry
    author: Author | None
    known: Whereabouts | None
    before: Whereabouts | None = None

    @property
    def moved(self) -> bool:
        """Whether something else is withheld than before."""
        return self.known != self.before


async def new(story: StoryTransaction, entry: Entry, author: Author | None) -> Guarded:
    """What somebody has just written."""
    entry = bylined(credited(entry, author), author, await story.bylines())
    known = None
    if author:
        entry, known = withheld(entry, author.protection, None)
    return Guarded(entry, author, known)


async def changed(
    story: StoryTransaction,
    actor: User,
    entry: Entry,
    asked: Entry,
    change: EntryChange,
    at: datetime,
) -> Guarded:
    """`entry` as somebody asks to change it: with what is withheld of it, and when it may appear."""
    goes_out = asked.status in GOING_OUT
    guarded = await placed(story, actor, entry, asked, change.model_fields_set, goes_out=goes_out)
    asked, author = guarded.entry, guarded.author
    at_once = change.at_once and asked.status is EntryStatus.PUBLISHED
    if author and entry.status is not EntryStatus.PUBLISHED and not at_once:
        own = actor.id == entry.created_by
        written = at if own else await story.written_at(entry)
        status, when = held(author.protection, written, asked.status, asked.published_at, at)
        asked = asked.model_copy(update={"status": status, "published_at": when})
    return guarded._replace(entry=asked)


async def placed(
    story: StoryTransaction,
    actor: User,
    entry: Entry,
    asked: Entry,
    sent: Collection[str],
    *,
    goes_out: bool,
) -> Guarded:
    """What somebody makes of an entry, under the names and with the place that readers may have.

    What an editor has `sent` as place or time is shown as it is written; what has stood there since
    before its author was protected does not go out.
    """
    author = await story.author(entry.created_by)
    before = known = await story.whereabouts(entry.id)
    asked = bylined(asked, author, await story.bylines())
    if author is None:
        return Guarded(asked, author, known, before)
    own = actor.id == entry.created_by
    if own:
        asked, known = withheld(asked, author.protection, known, entry)
    decided = frozenset() if own else PLACE.intersection(sent)
    if entry.status is not EntryStatus.PUBLISHED and (decided or goes_out):
        asked, known = still_withheld(asked, author.protection, known, decided)
    return Guarded(asked, author, known, before)


async def due(story: StoryTransaction, entry: Entry, at: datetime) -> Guarded:
    """A scheduled entry whose hour has come: published, unless its author's delay is longer by now."""
    guarded = await again(story, entry)
    status, when = EntryStatus.PUBLISHED, entry.published_at
    if guarded.author:
        written = await story.written_at(entry)
        status, when = held(guarded.author.protection, written, status, when, at)
    if status is EntryStatus.PUBLISHED:
        when = at
    published = guarded.entry.model_copy(update={"status": status, "published_at": when})
    return guarded._replace(entry=published)


async def again(
    story: StoryTransaction, entry: Entry, brought: Collection[str] = (), *, forget: bool = False
) -> Guarded:
    """What was written earlier, as protection is now. `brought` are the fields that come back from an
    earlier revision; with `forget`, what was withheld of these is undone as well."""
    author = await story.author(entry.created_by)
    before = known = await story.whereabouts(entry.id)
    entry = bylined(entry, author, await story.bylines())
    if author:
        if known and forget:
            known = known.model_copy(update=dict.fromkeys(PLACE & set(brought)))
        entry, known = still_withheld(entry, author.protection, known, brought=brought)
    return Guarded(entry, author, known, before)


async def keep(story: StoryTransaction, guarded: Guarded, entry: Entry, at: datetime) -> None:
    """Keeps what is withheld of an entry, and when it may be shown."""
    known, author = guarded.known, guarded.author
    if known is None:
        await story.drop_whereabouts(entry.id)
        return
    shown = known.show_at
    if author and entry.status is EntryStatus.PUBLISHED:
        shown = show_at(author.protection, at)
    await story.keep_whereabouts(known.model_copy(update={"show_at": shown}))
