"""What protects people, applied wherever an entry changes; within a story's transaction.

Every way to readers comes through here: what is written (`new`), changed or published by hand
(`changed`; before that, the preview: `placed`), published by the schedule (`due`), undone or put back
(`again`), and cards that follow (`carded`). Exact places that may be shown: `reveal_place`.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from liveblog.models.content import Embed, Entry, EntryStatus, Source
from liveblog.models.members import Protection, User, WithheldPlace
from liveblog.newsroom.permissions import owns
from liveblog.newsroom.safety.pseudonyms import bylined, credited, replaced_for
from liveblog.newsroom.safety.rules import (
    GOING_OUT,
    PLACE,
    backdated,
    decided,
    held,
    reopened,
    show_at,
    undated,
    undecided,
    withheld,
)
from liveblog.store import Author, StoryTransaction


class Guarded(NamedTuple):
    """An entry as readers may have it, and what is known of it and not shown: now, and `before`."""

    entry: Entry
    author: Author | None
    known: WithheldPlace | None
    before: WithheldPlace | None = None

    @property
    def moved(self) -> bool:
        """Whether something else is withheld than before."""
        return _exact(self.known) != _exact(self.before)


async def new(
    tx: StoryTransaction,
    actor: User,
    entry: Entry,
    at: datetime,
    *,
    at_once: bool,
    credits_author: bool = True,
) -> Guarded:
    """What somebody has just written, or passes on."""
    author = await tx.people.author(actor.id)
    entry = credited(entry, author) if credits_author else entry
    entry = bylined(entry, author, await _named(tx, actor))
    if author is None:
        return Guarded(entry, None, None)
    protection = author.protection
    status, when = held(protection, at, entry.status, entry.published_at, at, at_once=at_once)
    entry = entry.model_copy(update={"status": status, "published_at": when})
    entry, known = withheld(entry, protection, None, PLACE)
    return Guarded(undated(entry, protection), author, known)


async def changed(
    tx: StoryTransaction, actor: User, entry: Entry, asked: Entry, at: datetime, *, at_once: bool
) -> Guarded:
    """`entry` as somebody asks to change it: with what is withheld of it, and when it may appear."""
    guarded = await placed(tx, actor, entry, asked, goes_out=asked.status in GOING_OUT)
    asked, author = guarded.entry, guarded.author
    if author is None:
        return guarded
    protection = author.protection
    if entry.status is EntryStatus.PUBLISHED:
        asked = await _backdated(tx, entry, asked, protection)
    else:
        own = owns(actor, entry)
        written = at if own else await tx.people.written_at(entry)
        status, when = held(
            protection, written, asked.status, asked.published_at, at, at_once=at_once
        )
        asked = asked.model_copy(update={"status": status, "published_at": when})
    return guarded._replace(entry=undated(asked, protection, _shown(entry)))


async def placed(
    tx: StoryTransaction, actor: User, entry: Entry, asked: Entry, *, goes_out: bool
) -> Guarded:
    """What somebody makes of an entry, under the names and with the place that readers may have.

    Another place or time that an editor writes is shown as it is written; what has stood there since
    before its author was protected does not go out.
    """
    author = await tx.people.author(entry.created_by)
    before = known = await tx.places.withheld(entry.id)
    asked = bylined(asked, author, await _named(tx, actor))
    if author is None:
        return Guarded(asked, None, known, before)
    protection, written = author.protection, _differing(entry, asked)
    if owns(actor, entry):
        known = reopened(known, written, forget=True)
        asked, known = withheld(asked, protection, known, written)
    else:
        known = decided(entry, protection, known, written)
    if goes_out and entry.status is not EntryStatus.PUBLISHED:
        asked, known = withheld(asked, protection, known, undecided(known))
    return Guarded(asked, author, known, before)


async def due(tx: StoryTransaction, entry: Entry, at: datetime) -> Guarded:
    """A scheduled entry whose hour has come: published, unless its author's delay is longer by now."""
    guarded = await again(tx, None, entry, entry)
    status, when = EntryStatus.PUBLISHED, entry.published_at
    if guarded.author:
        written = await tx.people.written_at(entry)
        status, when = held(guarded.author.protection, written, status, when, at)
    if status is EntryStatus.PUBLISHED:
        when = at
    published = guarded.entry.model_copy(update={"status": status, "published_at": when})
    if guarded.author:
        published = undated(published, guarded.author.protection)
    return guarded._replace(entry=published)


async def again(
    tx: StoryTransaction, actor: User | None, entry: Entry, asked: Entry, *, forget: bool = False
) -> Guarded:
    """`entry` as it is `asked` to be again, as protection is now. Place and time that an earlier revision
    brings back were decided by nobody; with `forget`, what was withheld of these is undone as well. Of what
    is public and stays so, nothing else is withheld."""
    author = await tx.people.author(entry.created_by)
    before = known = await tx.places.withheld(entry.id)
    asked = bylined(asked, author, await _named(tx, actor))
    if author is None:
        return Guarded(asked, None, known, before)
    protection, brought = author.protection, _differing(entry, asked)
    known = reopened(known, brought, forget=forget)
    if entry.status is EntryStatus.PUBLISHED:
        asked, known = withheld(asked, protection, known, brought)
        asked = await _backdated(tx, entry, asked, protection)
    else:
        asked, known = withheld(asked, protection, known, undecided(known))
    return Guarded(undated(asked, protection, _shown(entry)), author, known, before)


async def carded(tx: StoryTransaction, entry: Entry, asked: Entry) -> Entry:
    """An entry that gets cards of its links."""
    author = await tx.people.author(entry.created_by)
    return undated(asked, author.protection, _shown(entry)) if author else asked


async def keep(
    tx: StoryTransaction,
    guarded: Guarded,
    entry: Entry,
    at: datetime,
    *,
    just_published: bool = False,
) -> None:
    """Keeps what is withheld of an entry, and when it may be shown: counted from its publication, and anew
    where something else is withheld."""
    known, author = guarded.known, guarded.author
    if known == guarded.before and not just_published:
        return
    if known is None:
        await tx.places.drop(entry.id)
        return
    anew = just_published or guarded.moved
    if author and anew and entry.status is EntryStatus.PUBLISHED:
        known = known.model_copy(update={"show_at": show_at(author.protection, at)})
    await tx.places.keep(known)


async def _named(tx: StoryTransaction, actor: User | None) -> list[Author]:
    return replaced_for(actor, await tx.people.bylines())


async def _backdated(
    tx: StoryTransaction, entry: Entry, asked: Entry, protection: Protection
) -> Entry:
    """What is public, where another time of publication is asked for."""
    shown, wanted = entry.published_at, asked.published_at
    if shown is None or wanted is None or wanted == shown:
        return asked
    when = backdated(protection, await tx.people.written_at(entry), shown, wanted)
    return asked.model_copy(update={"published_at": when})


def _shown(entry: Entry) -> tuple[Embed | Source, ...]:
    """The cards and sources that readers have."""
    return (*entry.embeds, *entry.sources) if entry.status is EntryStatus.PUBLISHED else ()


def _differing(entry: Entry, asked: Entry) -> frozenset[str]:
    return frozenset(name for name in PLACE if getattr(asked, name) != getattr(entry, name))


def _exact(known: WithheldPlace | None) -> tuple[str | None, datetime | None]:
    return (known.dateline, known.occurred_at) if known else (None, None)
