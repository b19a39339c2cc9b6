"""Applies the rules that protect authors wherever an entry changes, in the story's transaction.

There is one function for each way in which an entry reaches readers: it is created (`on_create`),
edited or published by hand (`on_edit`), previewed (`on_preview`), published by the schedule
(`on_due`), undone or restored (`on_restore`), or gets link cards (`on_link_cards`).
`entries/reveal_place` shows an exact place later.
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


class Enforced(NamedTuple):
    """An entry as readers may have it, and the exact place and time that are withheld: now, and `before`."""

    entry: Entry
    author: Author | None
    known: WithheldPlace | None
    before: WithheldPlace | None = None

    @property
    def moved(self) -> bool:
        """Whether another place or time is withheld than before."""
        return _exact(self.known) != _exact(self.before)


async def on_create(
    tx: StoryTransaction,
    actor: User,
    entry: Entry,
    at: datetime,
    *,
    at_once: bool,
    credits_author: bool = True,
    signs: bool = False,
) -> Enforced:
    """A new entry. With `credits_author`, its author is credited by their public name if nobody else is.

    With `signs`, an author without a public name is then credited by their own, unless they are protected.
    """
    author = await tx.people.author(actor.id)
    entry = credited(entry, author, signs=signs) if credits_author else entry
    entry = bylined(entry, author, await _named(tx, actor))
    if author is None:
        return Enforced(entry, None, None)
    protection = author.protection
    status, when = held(protection, at, entry.status, entry.published_at, at, at_once=at_once)
    entry = entry.model_copy(update={"status": status, "published_at": when})
    entry, known = withheld(entry, protection, None, PLACE)
    return Enforced(undated(entry, protection), author, known)


async def on_edit(
    tx: StoryTransaction, actor: User, entry: Entry, asked: Entry, at: datetime, *, at_once: bool
) -> Enforced:
    """`entry` changed to `asked` by an edit or by hand: what is withheld, and when it may
    appear."""
    enforced = await on_preview(tx, actor, entry, asked, goes_out=asked.status in GOING_OUT)
    asked, author = enforced.entry, enforced.author
    if author is None:
        return enforced
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
    return enforced._replace(entry=undated(asked, protection, _shown(entry)))


async def on_preview(
    tx: StoryTransaction, actor: User, entry: Entry, asked: Entry, *, goes_out: bool
) -> Enforced:
    """`entry` changed to `asked`, with the names and the place that readers may have.

    A place or time that an editor changes is shown as the editor wrote it. A place or time from
    before the author was protected is withheld when the entry is published.
    """
    author = await tx.people.author(entry.created_by)
    before = known = await tx.places.withheld(entry.id)
    asked = bylined(asked, author, await _named(tx, actor))
    if author is None:
        return Enforced(asked, None, known, before)
    protection, written = author.protection, _differing(entry, asked)
    if owns(actor, entry):
        known = reopened(known, written, forget=True)
        asked, known = withheld(asked, protection, known, written)
    else:
        known = decided(entry, protection, known, written)
    if goes_out and entry.status is not EntryStatus.PUBLISHED:
        asked, known = withheld(asked, protection, known, undecided(known))
    return Enforced(asked, author, known, before)


async def on_due(tx: StoryTransaction, entry: Entry, at: datetime) -> Enforced:
    """A scheduled entry whose time has come: published, unless the delay of its author is longer by now."""
    enforced = await on_restore(tx, None, entry, entry)
    status, when = EntryStatus.PUBLISHED, entry.published_at
    if enforced.author:
        written = await tx.people.written_at(entry)
        status, when = held(enforced.author.protection, written, status, when, at)
    if status is EntryStatus.PUBLISHED:
        when = at
    published = enforced.entry.model_copy(update={"status": status, "published_at": when})
    if enforced.author:
        published = undated(published, enforced.author.protection)
    return enforced._replace(entry=published)


async def on_restore(
    tx: StoryTransaction, actor: User | None, entry: Entry, asked: Entry, *, forget: bool = False
) -> Enforced:
    """`entry` put back to an earlier state, `asked`, under the protection of today.

    A place or time that comes back with an earlier revision counts as decided by nobody. With
    `forget`, the exact value that was withheld is dropped too. If the entry is public, only the
    place and time that come back are withheld.
    """
    author = await tx.people.author(entry.created_by)
    before = known = await tx.places.withheld(entry.id)
    asked = bylined(asked, author, await _named(tx, actor))
    if author is None:
        return Enforced(asked, None, known, before)
    protection, brought = author.protection, _differing(entry, asked)
    known = reopened(known, brought, forget=forget)
    if entry.status is EntryStatus.PUBLISHED:
        asked, known = withheld(asked, protection, known, brought)
        asked = await _backdated(tx, entry, asked, protection)
    else:
        asked, known = withheld(asked, protection, known, undecided(known))
    return Enforced(undated(asked, protection, _shown(entry)), author, known, before)


async def on_link_cards(tx: StoryTransaction, entry: Entry, asked: Entry) -> Entry:
    """An entry that gets link cards, without times that tell when its author wrote."""
    author = await tx.people.author(entry.created_by)
    return undated(asked, author.protection, _shown(entry)) if author else asked


async def store(
    tx: StoryTransaction,
    enforced: Enforced,
    entry: Entry,
    at: datetime,
    *,
    just_published: bool = False,
) -> WithheldPlace | None:
    """Stores what is withheld of an entry, and when it may be shown. Returns both.

    That time is counted from the publication, and again from now if another place or time is
    withheld.
    """
    known, author = enforced.known, enforced.author
    if known == enforced.before and not just_published:
        return known
    if known is None:
        if enforced.before is not None:
            await tx.places.drop(entry.id)
        return None
    anew = just_published or enforced.moved
    if author and anew and entry.status is EntryStatus.PUBLISHED:
        known = known.model_copy(update={"show_at": show_at(author.protection, at)})
    await tx.places.keep(known)
    return known


async def _named(tx: StoryTransaction, actor: User | None) -> list[Author]:
    return replaced_for(actor, await tx.people.bylines())


async def _backdated(
    tx: StoryTransaction, entry: Entry, asked: Entry, protection: Protection
) -> Entry:
    """A published entry for which another time of publication is wanted."""
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
