"""How much each story is read: seconds of reading by story and day, added up by all processes.

Nothing about a reader is stored: no address, no cookie, no time of coming or going.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import delete, select

from liveblog.store.database import Database, upsert
from liveblog.store.tables import audience, stories

DAYS_KEPT = 35


class Audience:
    """Stores seconds of reading. Days are in UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, day: date, seconds: Mapping[str, int]) -> None:
        """Adds seconds of reading to stories, by slug, and deletes days that are older than 35
        days.

        Stories that do not exist are left out.
        """
        async with self._database.write() as connection:
            known = await connection.execute(
                select(stories.c.id, stories.c.slug)
                .where(stories.c.slug.in_(list(seconds)))
                .order_by(stories.c.id)  # the same order in all processes, against deadlocks
            )
            rows = [
                {"story_id": identity, "day": day, "seconds": seconds[slug]}
                for identity, slug in known
            ]
            if rows:
                new = upsert(connection, audience)
                await connection.execute(
                    new.on_conflict_do_update(
                        index_elements=["story_id", "day"],
                        set_={"seconds": audience.c.seconds + new.excluded.seconds},
                    ),
                    rows,
                )
            await connection.execute(
                delete(audience).where(audience.c.day < day - timedelta(days=DAYS_KEPT))
            )
