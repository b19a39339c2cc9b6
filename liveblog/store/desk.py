"""What the desk reads: its queues, its rows by what is looked for, what somebody did last, the notes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, Text, cast, or_, select

from liveblog.models import Entry, EntryStatus, Note, Story, VerificationStatus
from liveblog.store import window
from liveblog.store.database import Database
from liveblog.store.protections import PUBLIC_NAME
from liveblog.store.stories import Stories
from liveblog.store.tables import (
    entries,
    entry_authors,
    notes,
    protections,
    revisions,
    stories,
    users,
)
from liveblog.store.window import Cursor

MOST_WAITING = 100  # of a queue
QUEUED: dict[EntryStatus, tuple[ColumnElement[Any], ...]] = {
    EntryStatus.SUBMITTED: (entries.c.created_at,),
    EntryStatus.SCHEDULED: (entries.c.published_at,),
    EntryStatus.DRAFT: (entries.c.created_at.desc(),),
}


class Wanted(NamedTuple):
    """Which rows: all of these conditions together. `mine` is the id of who made the entry."""

    status: EntryStatus = EntryStatus.PUBLISHED
    key: bool | None = None
    sure: VerificationStatus | None = None
    author: str | None = None
    mine: int | None = None
    text: str | None = None


class Queued(NamedTuple):
    """An entry that is not published, who made it, and the newest note about it."""

    entry: Entry
    by: str | None
    note: Note | None


class Queues(NamedTuple):
    """What waits: submissions from the first on, what is scheduled by its hour, drafts from the newest on;
    and of which status there is more."""

    submitted: list[Queued]
    scheduled: list[Queued]
    drafts: list[Queued]
    more: frozenset[str] = frozenset()


class Doing(NamedTuple):
    """The last thing that somebody did to an entry, where nothing was done to that entry since."""

    entry: Entry
    action: str
    at: datetime


class Desks:
    """Reads for the desk; each call is one snapshot."""

    def __init__(self, database: Database, listed: Stories) -> None:
        self._database = database
        self._listed = listed

    async def rows(
        self, slug: str, wanted: Wanted, before: Cursor | None, limit: int, own: int | None
    ) -> tuple[Story, list[Entry], Cursor | None]:
        """The newest first, and where it goes on. What was purged says nothing any more and is left
        out; `own` narrows what is not published to one author's. Raises `NotFound`, `Malformed`."""
        return await self._listed.list_entries(
            slug,
            statuses=[wanted.status],
            before=before,
            limit=limit,
            key=wanted.key,
            created_by=own,
            conditions=_conditions(wanted),
        )

    async def fits(self, entry: Entry, wanted: Wanted) -> bool:
        """Whether an entry is one of those that are wanted."""
        query = select(entries.c.id).where(
            entries.c.id == entry.id, entries.c.status == wanted.status, *_conditions(wanted)
        )
        if wanted.key is not None:
            query = query.where(entries.c.key == wanted.key)
        async with self._database.look_up() as connection:
            return (await connection.execute(query)).first() is not None

    async def queues(self, story: Story, own: int | None) -> Queues:
        """What waits in a story: all of it, or what one author made (`own`); the notes on that are signed by
        public names."""
        query = select(entries, users.c.name.label("by")).join(
            users, users.c.id == entries.c.created_by, isouter=True
        )
        if own is not None:
            query = query.where(entries.c.created_by == own)
        rows: list[RowMapping] = []
        async with self._database.read() as connection:
            # Each by itself: however many drafts there are, the submission that waits longest is shown.
            for status, order in QUEUED.items():
                waiting = query.where(
                    entries.c.story_id == story.id, entries.c.status == status
                ).order_by(*order, entries.c.id)
                found = await connection.execute(waiting.limit(MOST_WAITING + 1))
                rows += found.mappings().all()
            said = await connection.execute(
                select(notes, (PUBLIC_NAME if own is not None else users.c.name).label("by"))
                .join(users, users.c.id == notes.c.user_id, isouter=True)
                .join(protections, protections.c.user_id == users.c.id, isouter=True)
                .where(notes.c.entry_id.in_([row["id"] for row in rows]))
                .order_by(notes.c.id)
            )
            newest = {row["entry_id"]: _note(row) for row in said.mappings()}
        queues: dict[str, list[Queued]] = {status: [] for status in QUEUED}
        for row in rows:
            entry = window.entry_from({name: row[name] for name in row if name != "by"})
            queues[entry.status].append(Queued(entry, row["by"], newest.get(entry.id)))
        submitted, scheduled, drafts = (queue[:MOST_WAITING] for queue in queues.values())
        more = frozenset(status for status in queues if len(queues[status]) > MOST_WAITING)
        return Queues(submitted, scheduled, drafts, more)

    async def last_doing(self, story: Story, user_id: int, since: datetime) -> Doing | None:
        """What may be taken back: the newest revision that somebody made, if it still is the entry's."""
        query = (
            select(entries, revisions.c.action, revisions.c.at.label("done_at"))
            .join(entries, entries.c.id == revisions.c.entry_id)
            .where(
                revisions.c.user_id == user_id,
                revisions.c.at > since,
                entries.c.story_id == story.id,
                entries.c.rev == revisions.c.rev,
                entries.c.body != "",
            )
            .order_by(revisions.c.at.desc())
            .limit(1)
        )
        async with self._database.look_up() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        entry = window.entry_from({name: row[name] for name in Entry.model_fields})
        return Doing(entry, row["action"], row["done_at"])

    async def notes(self, entry: Entry, *, bylines: bool) -> list[Note]:
        """What was said about an entry, first to last; `by` is the real name, or the public one."""
        query = (
            select(notes, (PUBLIC_NAME if bylines else users.c.name).label("by"))
            .join(users, users.c.id == notes.c.user_id, isouter=True)
            .join(protections, protections.c.user_id == users.c.id, isouter=True)
            .where(notes.c.entry_id == entry.id)
            .order_by(notes.c.id)
        )
        async with self._database.look_up() as connection:
            return [_note(row) for row in (await connection.execute(query)).mappings()]

    async def turns(self, slugs: Iterable[str]) -> dict[str, int]:
        """How much was done to each of the stories. Those that do not exist are left out."""
        query = select(stories.c.slug, stories.c.turn).where(stories.c.slug.in_(list(slugs)))
        async with self._database.look_up() as connection:
            rows = await connection.execute(query)
            return {row.slug: row.turn for row in rows}


def _note(row: Any) -> Note:
    return Note.model_validate({name: row[name] for name in Note.model_fields})


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [entries.c.body != ""]
    if wanted.sure is not None:
        found.append(entries.c.verification["status"].as_string() == wanted.sure)
    if wanted.author is not None:
        signed = select(entry_authors.c.entry_id).where(
            entry_authors.c.author == wanted.author.casefold()
        )
        found.append(entries.c.id.in_(signed))
    if wanted.mine is not None:
        found.append(entries.c.created_by == wanted.mine)
    if wanted.text:
        found += [_says(word) for word in wanted.text.split()]
    return found


def _says(word: str) -> ColumnElement[bool]:
    """Whether an entry has the word in its text, headline, place or credits, without regard to case.

    SQLite folds the case of ASCII alone, so the usual spellings of other letters are looked for too.
    """
    spellings = dict.fromkeys((word, word.lower(), word.upper(), word.capitalize(), word.title()))
    said = (entries.c.body, entries.c.headline, entries.c.dateline)
    listed = [cast(column, Text) for column in (entries.c.credits, entries.c.sources)]
    matches = []
    for spelling in spellings:
        stored = json.dumps(spelling)[1:-1]  # as JSON is written in its columns
        matches += [column.icontains(spelling, autoescape=True) for column in said]
        matches += [column.icontains(stored, autoescape=True) for column in listed]
    return or_(*matches)
