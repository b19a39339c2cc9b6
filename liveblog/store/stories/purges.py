"""Which entries were purged, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from liveblog.store.database import Database
from liveblog.store.tables import entries, revisions


class Purges:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, at: datetime | None) -> list[str]:
        """The ids of the entries that were purged at `at` or later, or ever, the first purged first."""
        query = select(revisions.c.entry_id).where(revisions.c.action == "purged")
        if at is not None:
            query = query.where(revisions.c.at >= at)
        async with self._database.read() as connection:
            found = await connection.execute(query.order_by(revisions.c.at, revisions.c.entry_id))
            return list(dict.fromkeys(found.scalars()))

    async def by_story(self) -> dict[int, set[str]]:
        """The ids of all purged entries, by the id of their story."""
        query = (
            select(entries.c.story_id, entries.c.id)
            .join(revisions, revisions.c.entry_id == entries.c.id)
            .where(revisions.c.action == "purged")
        )
        found: dict[int, set[str]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(query):
                found.setdefault(row.story_id, set()).add(row.id)
        return found
