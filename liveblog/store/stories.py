"""Stories and entries as the public and the newsroom read them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, Select, and_, func, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Conflict, Malformed, NotFound
from liveblog.models import Entry, EntryStatus, Revision, Story
from liveblog.store.database import Database
from liveblog.store.tables import entries, entry_topics, revisions, stories, users

UNNUMBERED = 2**31 - 1  # where entries that have no sequence number yet stand among the others


class Cursor(NamedTuple):
    """A place in the order of a story's entries. Opaque outside; entries that arrive do not move it."""

    at: datetime
    tie: str

    def __str__(self) -> str:
        raw = f"{self.at.isoformat()}|{self.tie}".encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            at, tie = raw.split("|")
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None:
                raise ValueError("no zone")
            return cls(moment.astimezone(UTC), tie)
        except (ValueError, OverflowError, binascii.Error):
            raise _no_cursor() from None


@dataclass(frozen=True)
class Page:
    """A story as of one moment: what a reader's page is made of."""

    story: Story
    entries: list[Entry]
    key_events: list[Entry]
    older: Cursor | None


def story_from(row: RowMapping) -> Story:
    return Story.model_validate(dict(row))


def entry_from(row: RowMapping) -> Entry:
    return Entry.model_validate(dict(row))


async def get(connection: AsyncConnection, slug: str) -> Story:
    """Raises `NotFound`."""
    row = (
        (await connection.execute(select(stories).where(stories.c.slug == slug))).mappings().first()
    )
    if row is None:
        raise NotFound(f"no story {slug!r}")
    return story_from(row)


async def get_entry(connection: AsyncConnection, story: Story, entry_id: str) -> Entry:
    """Raises `NotFound`."""
    found = await connection.execute(
        select(entries).where(entries.c.id == entry_id, entries.c.story_id == story.id)
    )
    row = found.mappings().first()
    if row is None:
        raise NotFound(f"no entry {entry_id!r} in story {story.slug!r}")
    return entry_from(row)


class Stories:
    """Reads of stories; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, values: dict[str, Any]) -> Story:
        """Raises `Conflict` where the slug is taken."""
        try:
            async with self._database.write() as connection:
                made = await connection.execute(insert(stories).values(values).returning(stories))
                return story_from(made.mappings().one())
        except IntegrityError:
            message = f"{values['slug']!r} is taken; choose another"
            raise Conflict(f"slug: {message}", {"slug": message}) from None

    async def get(self, slug: str) -> Story:
        async with self._database.look_up() as connection:
            return await get(connection, slug)

    async def recent(self, limit: int = 50) -> list[Story]:
        """The stories that changed last, newest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(stories)
                .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
                .limit(limit)
            )
            return [story_from(row) for row in rows.mappings()]

    async def page(self, slug: str, limit: int) -> Page:
        """The pinned entries, the newest `limit` others and all key events, in page order."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            public = _public(story)
            pinned = await _entries(connection, public.where(entries.c.pinned))
            rest = await _entries(connection, public.where(~entries.c.pinned).limit(limit + 1))
            key = await _entries(connection, public.where(entries.c.key))
        return Page(story, pinned + rest[:limit], key, _older(rest, limit))

    async def older(self, slug: str, before: Cursor, limit: int) -> Page:
        """Entries before a place; pinned ones stand on the first page and are left out here."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            query = _public(story).where(
                ~entries.c.pinned,
                tuple_(entries.c.published_at, entries.c.seq) < (before.at, _number(before.tie)),
            )
            found = await _entries(connection, query.limit(limit + 1))
        return Page(story, found[:limit], [], _older(found, limit))

    async def entry(self, slug: str, entry_id: str) -> tuple[Story, Entry]:
        async with self._database.look_up() as connection:
            story = await get(connection, slug)
            return story, await get_entry(connection, story, entry_id)

    async def history(self, entry: Entry) -> list[Revision]:
        """The revisions of an entry, first to last."""
        query = (
            select(revisions, users.c.name.label("by"))
            .join(users, users.c.id == revisions.c.user_id, isouter=True)
            .where(revisions.c.entry_id == entry.id)
            .order_by(revisions.c.rev)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            Revision.model_validate({name: row[name] for name in Revision.model_fields})
            for row in rows
        ]

    async def list_entries(
        self,
        slug: str,
        *,
        statuses: Sequence[EntryStatus],
        before: Cursor | None,
        limit: int,
        key: bool | None = None,
        topic: str | None = None,
        created_by: int | None = None,
    ) -> tuple[Story, list[Entry], Cursor | None]:
        """The newsroom's list, newest first: by time of publication, else of making.

        `created_by` narrows what is not published to one author's own.
        """
        at = func.coalesce(entries.c.published_at, entries.c.created_at)
        tie = entries.c.id
        async with self._database.read() as connection:
            story = await get(connection, slug)
            query = select(entries).where(entries.c.story_id == story.id)
            query = query.where(entries.c.status.in_(statuses))
            if key is not None:
                query = query.where(entries.c.key == key)
            if topic is not None:
                query = query.where(
                    entries.c.id.in_(
                        select(entry_topics.c.entry_id).where(
                            entry_topics.c.topic == topic.casefold()
                        )
                    )
                )
            if created_by is not None:
                query = query.where(
                    or_(
                        entries.c.status == EntryStatus.PUBLISHED,
                        entries.c.created_by == created_by,
                    )
                )
            order = func.coalesce(entries.c.seq, UNNUMBERED)
            if before is not None:
                seq, _, identity = before.tie.partition(".")
                query = query.where(
                    or_(
                        at < before.at,
                        and_(at == before.at, order < _number(seq)),
                        and_(at == before.at, order == _number(seq), tie < identity),
                    )
                )
            query = query.order_by(at.desc(), order.desc(), tie.desc()).limit(limit + 1)
            found = await _entries(connection, query)
        if len(found) <= limit:
            return story, found, None
        last = found[limit - 1]
        place = last.seq if last.seq is not None else UNNUMBERED
        cursor = Cursor(last.published_at or last.created_at, f"{place}.{last.id}")
        return story, found[:limit], cursor


def _public(story: Story) -> Select[Any]:
    """The entries that readers see, newest first."""
    return (
        select(entries)
        .where(entries.c.story_id == story.id, entries.c.status == EntryStatus.PUBLISHED)
        .order_by(entries.c.published_at.desc(), entries.c.seq.desc())
    )


async def _entries(connection: AsyncConnection, query: Select[Any]) -> list[Entry]:
    return [entry_from(row) for row in (await connection.execute(query)).mappings()]


def _older(found: list[Entry], limit: int) -> Cursor | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    if last.published_at is None:
        raise AssertionError("a published entry has a time")
    return Cursor(last.published_at, str(last.seq))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > UNNUMBERED:
        raise _no_cursor()
    return int(text)


def _no_cursor() -> Malformed:
    message = "not a cursor; accepted: the `next` of an earlier answer"
    return Malformed(f"before: {message}", {"before": message})
