"""How much happened in a story, and when: the data of its time line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, cast, extract, func, select

from liveblog.models.content import Chapter, Entry, EntryStatus, Story
from liveblog.store.database import Database
from liveblog.store.stories import timeline
from liveblog.store.stories.stories import get
from liveblog.store.stories.views import View, public
from liveblog.store.tables import entries

# The length of a count. The offset of every time zone today is a multiple of it, so that any zone's hours are sums.
QUARTER = timedelta(minutes=15)


class Count(NamedTuple):
    """The number of public entries in the quarter of an hour that begins at `at` (UTC)."""

    at: datetime
    entries: int


@dataclass(frozen=True)
class Activity:
    """Quarters with entries and chapters are first to last, the key events newest first."""

    story: Story
    counts: tuple[Count, ...]
    key_events: tuple[Entry, ...]
    chapters: tuple[Chapter, ...]


class Activities:
    """Reads for time lines; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_story(self, slug: str) -> Activity:
        """All that readers see of a story, counted by an index alone. Raises `NotFound`."""
        second = extract("epoch", entries.c.published_at)
        length = int(QUARTER.total_seconds())
        # PostgreSQL's seconds have decimals: without the rest they are whole.
        quarter = cast(second - second % length, BigInteger).label("quarter")
        async with self._database.read() as connection:
            story = await get(connection, slug)
            query = (
                select(quarter, func.count())
                .where(entries.c.story_id == story.id, entries.c.status == EntryStatus.PUBLISHED)
                .group_by(quarter)
                .order_by(quarter)
            )
            rows = (await connection.execute(query)).all()
            keys = await timeline.found(connection, public(story).where(entries.c.key))
            return Activity(
                story,
                tuple(Count(datetime.fromtimestamp(at, UTC), number) for at, number in rows),
                tuple(keys),
                await timeline.chapters(connection, story),
            )

    async def entry_at(
        self, slug: str, at: datetime, view: View, entry: str | None = None
    ) -> str | None:
        """The id of the entry from which one reads on from a time, in the order of the view.

        Newest first, that is the newest entry before `at`; oldest first, the oldest one since `at`. If there is
        none, it is the entry nearest to it; None for a view without entries. An `entry` of the view comes before all
        others. Raises `NotFound`.
        """
        when = entries.c.published_at
        before: list[Any] = [when.desc(), entries.c.seq.desc()]
        since: list[Any] = [when, entries.c.seq]
        ways: list[tuple[Any, list[Any]]] = [(when < at, before), (when >= at, since)]
        async with self._database.read() as connection:
            story = await get(connection, slug)
            if view.oldest_first:
                ways.reverse()
            if entry is not None:
                ways.insert(0, (entries.c.id == entry, before))
            for condition, order in ways:
                query = public(story, view).where(condition).order_by(None)
                query = query.with_only_columns(entries.c.id).order_by(*order).limit(1)
                if found := (await connection.execute(query)).scalar():
                    return str(found)
        return None
