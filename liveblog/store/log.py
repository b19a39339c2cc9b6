"""The event log: what changed in a story, and in which order.

Every public change is one event with the next sequence number of its story. A row lock on the story
makes the sequence follow the order of the commits, so it has no gaps.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, Select, String, bindparam, cast, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog import metrics
from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus, Event
from liveblog.models.revisions import Takedown
from liveblog.store.database import Database
from liveblog.store.prepared import Prepared, Row, one_of
from liveblog.store.stories.stories import story_from
from liveblog.store.tables import entries, events, revisions, stories
from liveblog.store.transaction import StoryTransaction
from liveblog.store.transaction.events import event_from

# Writing the row locks it on PostgreSQL too.
_LOCKED = Prepared(
    update(stories)
    .where(stories.c.slug == bindparam("of_slug"))
    .values(change_count=stories.c.change_count + 1)
    .returning(stories)
)
_POSITION = Prepared(
    select(stories.c.id, stories.c.epoch, stories.c.head).where(stories.c.slug == bindparam("slug"))
)
_AFTER = Prepared(
    select(events)
    .where(events.c.story_id == bindparam("story_id"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)
_TAIL = Prepared(
    select(events)
    .where(events.c.story_id == bindparam("story_id"))
    .order_by(events.c.seq.desc())
    .limit(bindparam("most"))
)

_STANDINGS = Prepared(
    lambda dialect: select(
        stories.c.slug, stories.c.epoch, stories.c.head, stories.c.embed_origins
    ).where(one_of(dialect, stories.c.slug, "slugs"))
)


def _moved(dialect: str) -> Select[Any]:
    """The stories whose mark differs from that in `marks`, an object of slugs and marks.

    The database compares, so rows are made only of these.
    """
    each = func.json_each if dialect == "sqlite" else func.json_each_text
    known = each(bindparam("marks", type_=JSON)).table_valued("key", "value")
    epoch, head, origins = stories.c.epoch, stories.c.head, stories.c.embed_origins
    mark = epoch + " " + cast(head, String) + " " + cast(origins, String)
    return (
        select(stories.c.slug, epoch, head, origins)
        .select_from(known)
        .join(stories, stories.c.slug == known.c.key)
        .where(mark != known.c.value)
    )


_MOVED = Prepared(_moved)
DUE_ENTRIES = (
    select(stories.c.slug, entries.c.id)
    .join(stories, stories.c.id == entries.c.story_id)
    .where(
        # In the statement, not a value of it: PostgreSQL's plan for any status would read all entries.
        entries.c.status == literal_column(f"'{EntryStatus.SCHEDULED}'"),
        entries.c.published_at <= bindparam("now"),
    )
    .order_by(entries.c.published_at, entries.c.created_at)
    .limit(100)
)
_DUE = Prepared(DUE_ENTRIES)


class Position(NamedTuple):
    """How far a story is: its newest sequence number, `head`, in the sequence that `epoch` names."""

    epoch: str
    head: int


class Standing(NamedTuple):
    """What a process has to know of an open story: its position, and the sites that may embed it."""

    position: Position
    embed_origins: tuple[str, ...]

    @property
    def mark(self) -> str:
        """The standing as one text, as the database has it, too: `_moved()`."""
        (epoch, head), origins = self
        return f"{epoch} {head} {json.dumps(origins) if origins else '[]'}"


class Log:
    """Appends to and reads from the event logs of stories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self, slug: str) -> AsyncIterator[StoryTransaction]:
        """Locks the story for one change. Raises `NotFound`."""
        async with self._database.write() as connection:
            row = await _LOCKED.first(connection, of_slug=slug)
            if row is None:
                raise NotFound(f"no story {slug!r}")
            yield StoryTransaction(connection, story_from(row))

    async def keep_report(self, entry: Entry, report: Takedown) -> None:
        """Stores the report of a removal in the entry's history, with its revision."""
        async with self._database.write() as connection:
            await connection.execute(
                update(revisions)
                .where(revisions.c.entry_id == entry.id, revisions.c.rev == entry.rev)
                .values(report=report.model_dump(mode="json"))
            )

    @asynccontextmanager
    async def snapshot(self, slug: str) -> AsyncIterator[StoryTransaction]:
        """A snapshot of the story, for reads and without its lock. Raises `NotFound`."""
        async with self._database.read() as connection:
            found = await connection.execute(select(stories).where(stories.c.slug == slug))
            row = found.mappings().first()
            if row is None:
                raise NotFound(f"no story {slug!r}")
            yield StoryTransaction(connection, story_from(row))

    async def positions(self, slugs: Iterable[str]) -> dict[str, Position]:
        """The positions of the stories, by slug. Stories that do not exist are left out."""
        standings = await self.standings(slugs)
        return {slug: standing.position for slug, standing in standings.items()}

    async def standings(self, slugs: Iterable[str]) -> dict[str, Standing]:
        """The standings of the stories, by slug. Stories that do not exist are left out."""
        async with self._database.read_point() as connection:
            return _standings(await _STANDINGS.all(connection, slugs=list(slugs)))

    async def moved(self, marks: Mapping[str, str]) -> dict[str, Standing]:
        """The standings of the stories whose mark is not the given one, by slug.

        `marks` has a `Standing.mark` for each slug. Stories that do not exist are left out.
        """
        async with self._database.read_point() as connection:
            return _standings(await _MOVED.all(connection, marks=marks))

    async def after(self, slug: str, seq: int, limit: int) -> tuple[Position, list[Event]]:
        """The position, and the next events after `seq` in their order, at most `limit`.

        Both are of one snapshot. Raises `NotFound`.
        """
        metrics.LOG_READS.inc()
        async with self._database.read() as connection:
            story = await _position(connection, slug)
            rows = await _AFTER.all(connection, story_id=story["id"], after=seq, most=limit)
        return Position(story["epoch"], story["head"]), [event_from(row) for row in rows]

    async def tail(self, slug: str, limit: int) -> tuple[Position, list[Event]]:
        """The position, and the newest events in their order, at most `limit`.

        Both are of one snapshot. Raises `NotFound`.
        """
        metrics.LOG_READS.inc()
        async with self._database.read() as connection:
            story = await _position(connection, slug)
            rows = await _TAIL.all(connection, story_id=story["id"], most=limit)
        return Position(story["epoch"], story["head"]), [event_from(row) for row in rows[::-1]]

    async def due(self, now: datetime) -> list[tuple[str, str]]:
        """`(slug, entry id)` of the scheduled entries that are due, earliest first, at most 100."""
        async with self._database.read_point() as connection:
            return [(row["slug"], row["id"]) for row in await _DUE.all(connection, now=now)]


async def _position(connection: AsyncConnection, slug: str) -> Row:
    """`id`, `epoch` and `head` of a story. Raises `NotFound`."""
    row = await _POSITION.first(connection, slug=slug)
    if row is None:
        raise NotFound(f"no story {slug!r}")
    return row


def _standings(rows: Iterable[Row]) -> dict[str, Standing]:
    return {
        row["slug"]: Standing(Position(row["epoch"], row["head"]), tuple(row["embed_origins"]))
        for row in rows
    }
