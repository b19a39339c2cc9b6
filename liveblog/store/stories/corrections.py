"""The corrections of a story, and the entries to which others refer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select, tuple_

from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.store.database import Database
from liveblog.store.stories import timeline
from liveblog.store.stories.stories import get
from liveblog.store.stories.timeline import Cursor
from liveblog.store.tables import entries, revisions


class Corrected(NamedTuple):
    """One correction: the entry as it is now, and its revisions before and with the correction."""

    entry: Entry
    rev: int
    at: datetime
    note: str
    before: dict[str, Any]
    after: dict[str, Any]


class Corrections:
    """Reads for the page of corrections and for the history; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_story(
        self, slug: str, before: Cursor | None, limit: int
    ) -> tuple[Story, list[Corrected], Cursor | None]:
        """The corrections of a story, newest first, at most `limit`, and the cursor of the next.

        Corrections of purged entries are left out. Raises `NotFound`, `Malformed`.
        """
        first = revisions.alias("first")
        query = (
            select(revisions, first.c.entry.label("before"))
            .join(entries, entries.c.id == revisions.c.entry_id)
            .join(
                first,
                and_(first.c.entry_id == revisions.c.entry_id, first.c.rev == revisions.c.rev - 1),
            )
            .where(entries.c.corrected_at.is_not(None), revisions.c.action == "corrected")
            .order_by(revisions.c.at.desc(), revisions.c.entry_id.desc(), revisions.c.rev.desc())
            .limit(limit + 1)
        )
        if before is not None:
            rev, identity = before.numbered()
            place = tuple_(revisions.c.at, revisions.c.entry_id, revisions.c.rev)
            query = query.where(place < (before.at, identity, rev))
        async with self._database.read() as connection:
            story = await get(connection, slug)
            rows = (
                await connection.execute(query.where(entries.c.story_id == story.id))
            ).mappings()
            made = rows.all()
            named = {row["entry_id"] for row in made}
            corrected = await timeline.found(
                connection, select(entries).where(entries.c.id.in_(named))
            )
        now = {entry.id: entry for entry in corrected}
        found = [
            Corrected(
                now[row["entry_id"]],
                row["rev"],
                row["at"],
                row["note"],
                row["before"],
                row["entry"],
            )
            for row in made[:limit]
        ]
        if len(made) <= limit:
            return story, found, None
        return story, found, Cursor(found[-1].at, f"{found[-1].rev}.{found[-1].entry.id}")

    async def public(self, story: Story, ids: Collection[str]) -> dict[str, Entry]:
        """Those of the entries that readers can see, by id."""
        query = select(entries).where(
            entries.c.id.in_(ids),
            entries.c.story_id == story.id,
            entries.c.status == EntryStatus.PUBLISHED,
        )
        async with self._database.read_point() as connection:
            return {entry.id: entry for entry in await timeline.found(connection, query)}

    async def settled_by(self, story: Story, entry_id: str) -> list[Entry]:
        """The public entries whose verification names this entry in `settled_by`, oldest first."""
        query = (
            select(entries)
            .where(
                entries.c.story_id == story.id,
                entries.c.status == EntryStatus.PUBLISHED,
                entries.c.verification["settled_by"].as_string() == entry_id,
            )
            .order_by(entries.c.seq)
        )
        async with self._database.read_point() as connection:
            return await timeline.found(connection, query)
