"""When entries of stories were last taken down, for copies of pages that readers' devices keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from liveblog.models.content import EntryStatus, EventKind
from liveblog.store.database import Database
from liveblog.store.tables import entries, events, stories

MOST = 1_000  # stories
NOT_PUBLIC = [status.value for status in EntryStatus if status is not EntryStatus.PUBLISHED]


class Removals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, at: datetime) -> tuple[tuple[str, datetime], ...]:
        """The slugs of the stories of which an entry was removed or withdrawn at `at` or later and is not public now,
        each with the time of the last such event; the latest first, at most `MOST`."""
        last = func.max(events.c.at)
        query = (
            select(stories.c.slug, last)
            .select_from(stories)
            .join(entries, entries.c.story_id == stories.c.id)
            .join(events, events.c.entry_id == entries.c.id)
            .where(
                stories.c.updated_at >= at,  # few: the index on it bounds the rest
                entries.c.status.in_(NOT_PUBLIC),
                events.c.kind == EventKind.ENTRY_REMOVED,
                events.c.at >= at,
            )
            .group_by(stories.c.slug)
            .order_by(last.desc(), stories.c.slug)
            .limit(MOST)
        )
        async with self._database.read_point() as connection:
            return tuple((slug, when) for slug, when in await connection.execute(query))
