"""Which entries were purged, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from liveblog.store.database import Database
from liveblog.store.tables import revisions


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
