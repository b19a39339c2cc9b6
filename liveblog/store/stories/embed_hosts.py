"""Where stories are embedded: host names with their counts, added up by all processes.

Nothing about a reader is stored: no address, no path, no time but the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, select

from liveblog.models.content import Story
from liveblog.store.database import Database, upsert
from liveblog.store.tables import embed_hosts, stories

MOST_HOSTS = 500  # of a story


class EmbedHost(NamedTuple):
    """A site that shows a story: how often the widget was loaded there, and on which day (UTC) last."""

    host: str
    loads: int
    last_day: date


class EmbedHosts:
    """Stores at most 500 hosts of each story. The rarest give way."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, day: date, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Adds counts to the hosts of stories, by slug. Stories that do not exist are left out."""
        async with self._database.write() as connection:
            known = await connection.execute(
                select(stories.c.id, stories.c.slug)
                .where(stories.c.slug.in_(list(counts)))
                .order_by(stories.c.id)  # the same order in all processes, against deadlocks
            )
            for identity, slug in known.all():
                rows = [
                    {"story_id": identity, "host": host, "loads": count, "last_day": day}
                    for host, count in sorted(counts[slug].items())
                ]
                if not rows:
                    continue
                new = upsert(connection, embed_hosts)
                await connection.execute(
                    new.on_conflict_do_update(
                        index_elements=["story_id", "host"],
                        set_={
                            "loads": embed_hosts.c.loads + new.excluded.loads,
                            "last_day": new.excluded.last_day,
                        },
                    ),
                    rows,
                )
                kept = (
                    select(embed_hosts.c.host)
                    .where(embed_hosts.c.story_id == identity)
                    .order_by(
                        embed_hosts.c.loads.desc(),
                        embed_hosts.c.last_day.desc(),
                        embed_hosts.c.host,
                    )
                    .limit(MOST_HOSTS)
                )
                await connection.execute(
                    delete(embed_hosts).where(
                        embed_hosts.c.story_id == identity, embed_hosts.c.host.not_in(kept)
                    )
                )

    async def of(self, story: Story) -> list[EmbedHost]:
        """The hosts of a story, the most frequent first."""
        query = (
            select(embed_hosts.c.host, embed_hosts.c.loads, embed_hosts.c.last_day)
            .where(embed_hosts.c.story_id == story.id)
            .order_by(embed_hosts.c.loads.desc(), embed_hosts.c.host)
        )
        async with self._database.read_point() as connection:
            return [EmbedHost(*row) for row in (await connection.execute(query)).all()]
