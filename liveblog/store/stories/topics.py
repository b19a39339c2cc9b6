"""The entries under a hashtag, of all stories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.store.database import Database
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.stories import public_story
from liveblog.store.stories.timeline import Cursor, found
from liveblog.store.tables import entries, entry_topics, stories, story_topics

MOST_STORIES = 20


@dataclass(frozen=True)
class TopicPage:
    """Entries under a topic, newest first, each with its story.

    `name` is the topic as it is written. `stories` have the topic themselves; they are on the first
    page only. `older` is the cursor of the next page.
    """

    name: str
    entries: tuple[tuple[Story, Entry], ...]
    stories: tuple[Story, ...]
    older: Cursor | None

    @property
    def all_stories(self) -> Iterator[Story]:
        """The stories of which the page says something."""
        yield from self.stories
        yield from (story for story, _ in self.entries)


class Topics:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, topic: str, before: Cursor | None, limit: int) -> TopicPage:
        """A page of at most `limit` entries. Raises `NotFound` if nothing public has the topic."""
        name = folded(topic)
        # Entries of different stories may have the same time and sequence number; then the id decides.
        place = tuple_(entries.c.published_at, entries.c.seq, entries.c.id)
        query = (
            select(entries)
            .join(entry_topics, entry_topics.c.entry_id == entries.c.id)
            .where(entry_topics.c.topic == name, entries.c.status == EntryStatus.PUBLISHED)
            .order_by(entries.c.published_at.desc(), entries.c.seq.desc(), entries.c.id.desc())
        )
        if before is not None:
            query = query.where(place < (before.at, *before.numbered()))
        about = (
            select(stories)
            .join(story_topics, story_topics.c.story_id == stories.c.id)
            .where(story_topics.c.topic == name)
            .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
            .limit(MOST_STORIES)
        )
        async with self._database.read() as connection:
            got = await found(connection, query.limit(limit + 1))
            carrying = [public_story(row) for row in (await connection.execute(about)).mappings()]
            of = select(stories).where(stories.c.id.in_({entry.story_id for entry in got}))
            rows = (await connection.execute(of)).mappings()
            by_id = {row["id"]: public_story(row) for row in rows}
        if not got and not carrying:
            raise NotFound(f"nothing under #{name}")
        shown = tuple((by_id[entry.story_id], entry) for entry in got[:limit])
        written = [topic for _, entry in shown for topic in entry.topics]
        written += [topic for story in carrying for topic in story.topics]
        return TopicPage(
            next((each for each in written if folded(each) == name), name),
            shown,
            tuple(carrying) if before is None else (),
            _after(shown[-1][1]) if len(got) > limit else None,
        )


def _after(last: Entry) -> Cursor:
    if last.published_at is None:
        raise AssertionError("a published entry has a time")
    return Cursor(last.published_at, f"{last.seq}.{last.id}")
