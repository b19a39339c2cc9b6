"""The newest public entries of a story, a topic or the site, for feeds; the stories for sitemaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.store.database import Database
from liveblog.store.stories import timeline
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.stories import get, public_story
from liveblog.store.stories.views import EVERYTHING, View, chosen, public
from liveblog.store.tables import entries, entry_topics, stories, story_topics

RARE = 500  # entries under a topic


@dataclass(frozen=True)
class Newest:
    """Entries with their stories, newest first. The stories have no `change_count`, which counts drafts too.

    `name` is the topic as it is written, empty for the site. `changed` is the last public change of any story, None
    if there is no story. It never goes back, unlike the newest time of the entries: an entry can be removed. It is
    not compared, because most changes are of other entries.
    """

    name: str
    entries: tuple[tuple[Story, Entry], ...]
    changed: datetime | None = field(compare=False)


class Listed(NamedTuple):
    """A story in a sitemap: its slug and the time of its last public change."""

    slug: str
    changed: datetime


class Begun(NamedTuple):
    """A story and the time of its first public entry."""

    story: Story
    at: datetime


class NewestEntries:
    """Reads for feeds and sitemaps; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_story(
        self, slug: str, limit: int, view: View = EVERYTHING
    ) -> tuple[Story, list[Entry]]:
        """A story and its newest entries. Pinned ones stand at their time. Raises `NotFound`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            query = public(story, view).limit(limit)
            return story, await timeline.found(connection, query)

    async def of_site(self, limit: int, view: View = EVERYTHING) -> Newest:
        """The newest entries of all stories."""
        async with self._database.read() as connection:
            found = await timeline.found(connection, chosen(_everywhere(), view).limit(limit))
            return await _with_stories(connection, "", found)

    async def of_topic(self, topic: str, limit: int, view: View = EVERYTHING) -> Newest:
        """The newest entries under a hashtag. Raises `NotFound` if nothing public has the topic."""
        name = folded(topic)
        about = (
            select(stories)
            .join(story_topics, story_topics.c.story_id == stories.c.id)
            .where(story_topics.c.topic == name)
            .limit(1)
        )
        async with self._database.read() as connection:
            query = await _tagged(connection, name)
            newest = await timeline.found(connection, query.limit(1))
            carrying = (await connection.execute(about)).mappings().all()
            if not newest and not carrying:
                raise NotFound(f"nothing under #{name}")
            found = await timeline.found(connection, chosen(query, view).limit(limit))
            written = [each for entry in newest for each in entry.topics]
            written += [each for row in carrying for each in public_story(row).topics]
            spelt = next((each for each in written if folded(each) == name), name)
            return await _with_stories(connection, spelt, found)

    async def count(self) -> int:
        """The number of stories."""
        async with self._database.read_point() as connection:
            return int((await connection.execute(select(func.count(stories.c.id)))).scalar_one())

    async def listed(self, offset: int, limit: int) -> tuple[Listed, ...]:
        """The stories in the order in which they were created."""
        query = (
            select(stories.c.slug, stories.c.updated_at)
            .order_by(stories.c.id)
            .offset(offset)
            .limit(limit)
        )
        async with self._database.read_point() as connection:
            return tuple(Listed(*row) for row in await connection.execute(query))

    async def begun(self, since: datetime, limit: int) -> tuple[Begun, ...]:
        """The stories whose first public entry is of `since` or later, the latest first."""
        published = entries.c.status == EntryStatus.PUBLISHED
        # Only stories with an entry since then can have begun since then: these are few.
        recent = select(entries.c.story_id).where(published, entries.c.published_at >= since)
        first = func.min(entries.c.published_at)
        begun = (
            select(entries.c.story_id, first.label("at"))
            .where(published, entries.c.story_id.in_(recent))
            .group_by(entries.c.story_id)
            .having(first >= since)
            .order_by(first.desc(), entries.c.story_id.desc())
            .limit(limit)
            .subquery()
        )
        query = (
            select(stories, begun.c.at.label("begun_at"))
            .join(begun, begun.c.story_id == stories.c.id)
            .order_by(begun.c.at.desc(), stories.c.id.desc())
        )
        async with self._database.read() as connection:
            rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        begins = [row.pop("begun_at") for row in rows]
        return tuple(Begun(public_story(row), at) for row, at in zip(rows, begins, strict=True))


def _everywhere() -> Select[Any]:
    """The public entries of all stories, newest first."""
    # Entries of different stories may have the same time and sequence number; then the id decides.
    return (
        select(entries)
        .where(entries.c.status == EntryStatus.PUBLISHED)
        .order_by(entries.c.published_at.desc(), entries.c.seq.desc(), entries.c.id.desc())
    )


async def _tagged(connection: AsyncConnection, name: str) -> Select[Any]:
    """The public entries under a topic, newest first.

    Entries of a frequent topic are found among the newest ones. Those of a rare one are found by their ids and then
    sorted, because SQLite would look through all entries for them.
    """
    rows = select(entry_topics.c.entry_id).where(entry_topics.c.topic == name).limit(RARE + 1)
    ids = list((await connection.execute(rows)).scalars())
    if len(ids) <= RARE:
        # Expressions instead of columns, so that SQLite takes the entries by their ids and not by another index.
        status = func.coalesce(entries.c.status, "")
        at = func.coalesce(entries.c.published_at, entries.c.created_at)
        few = select(entries).where(entries.c.id.in_(ids), status == EntryStatus.PUBLISHED)
        return few.order_by(at.desc(), entries.c.seq.desc(), entries.c.id.desc())
    joined = entry_topics.c.entry_id == entries.c.id
    return _everywhere().join(entry_topics, joined).where(entry_topics.c.topic == name)


async def _with_stories(connection: AsyncConnection, name: str, found: list[Entry]) -> Newest:
    of = select(stories).where(stories.c.id.in_({entry.story_id for entry in found}))
    by_id = {row["id"]: public_story(row) for row in (await connection.execute(of)).mappings()}
    changed = (await connection.execute(select(func.max(stories.c.updated_at)))).scalar()
    return Newest(name, tuple((by_id[entry.story_id], entry) for entry in found), changed)
