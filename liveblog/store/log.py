"""The event log: what changed in a story, and in which order.

Every public change is one event with the next sequence number of its story. A row lock on the story
makes the sequence follow the order of the commits, so it has no gaps.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog import metrics
from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus, Event
from liveblog.models.revisions import Takedown
from liveblog.store.database import Database
from liveblog.store.stories.stories import story_from
from liveblog.store.tables import entries, events, revisions, stories
from liveblog.store.transaction import StoryTransaction
from liveblog.store.transaction.events import event_from


class Position(NamedTuple):
    """How far a story is: its newest sequence number, `head`, in the sequence that `epoch` names."""

    epoch: str
    head: int


class Standing(NamedTuple):
    """What a process has to know of an open story: its position, and the sites that may embed it."""

    position: Position
    embed_origins: tuple[str, ...]


class Log:
    """Appends to and reads from the event logs of stories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self, slug: str) -> AsyncIterator[StoryTransaction]:
        """Locks the story for one change. Raises `NotFound`."""
        async with self._database.write() as connection:
            # Writing the row locks it on PostgreSQL too.
            locked = await connection.execute(
                update(stories)
                .where(stories.c.slug == slug)
                .values(change_count=stories.c.change_count + 1)
                .returning(stories)
            )
            row = locked.mappings().first()
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
        query = select(stories.c.slug, stories.c.epoch, stories.c.head).where(
            stories.c.slug.in_(list(slugs))
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).all()
        return {slug: Position(epoch, head) for slug, epoch, head in rows}

    async def standings(self, slugs: Iterable[str]) -> dict[str, Standing]:
        """The standings of the stories, by slug. Stories that do not exist are left out."""
        query = select(
            stories.c.slug, stories.c.epoch, stories.c.head, stories.c.embed_origins
        ).where(stories.c.slug.in_(list(slugs)))
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).all()
        return {
            slug: Standing(Position(epoch, head), tuple(origins))
            for slug, epoch, head, origins in rows
        }

    async def after(self, slug: str, seq: int, limit: int) -> tuple[Position, list[Event]]:
        """The position, and the next events after `seq` in their order, at most `limit`.

        Both are of one snapshot. Raises `NotFound`.
        """
        metrics.LOG_READS.inc()
        async with self._database.read() as connection:
            story = await _position(connection, slug)
            rows = await connection.execute(
                select(events)
                .where(events.c.story_id == story.id, events.c.seq > seq)
                .order_by(events.c.seq)
                .limit(limit)
            )
            found = [event_from(event) for event in rows.mappings()]
        return Position(story.epoch, story.head), found

    async def tail(self, slug: str, limit: int) -> tuple[Position, list[Event]]:
        """The position, and the newest events in their order, at most `limit`.

        Both are of one snapshot. Raises `NotFound`.
        """
        metrics.LOG_READS.inc()
        async with self._database.read() as connection:
            story = await _position(connection, slug)
            rows = await connection.execute(
                select(events)
                .where(events.c.story_id == story.id)
                .order_by(events.c.seq.desc())
                .limit(limit)
            )
            newest_first = [event_from(event) for event in rows.mappings()]
        return Position(story.epoch, story.head), newest_first[::-1]

    async def due(self, now: datetime) -> list[tuple[str, str]]:
        """`(slug, entry id)` of the scheduled entries that are due, earliest first, at most 100."""
        query = (
            select(stories.c.slug, entries.c.id)
            .join(stories, stories.c.id == entries.c.story_id)
            .where(entries.c.status == EntryStatus.SCHEDULED, entries.c.published_at <= now)
            .order_by(entries.c.published_at, entries.c.created_at)
            .limit(100)
        )
        async with self._database.read_point() as connection:
            return [(slug, identity) for slug, identity in (await connection.execute(query)).all()]


async def _position(connection: AsyncConnection, slug: str) -> Any:
    """The row `(id, epoch, head)` of a story. Raises `NotFound`."""
    found = await connection.execute(
        select(stories.c.id, stories.c.epoch, stories.c.head).where(stories.c.slug == slug)
    )
    row = found.first()
    if row is None:
        raise NotFound(f"no story {slug!r}")
    return row
