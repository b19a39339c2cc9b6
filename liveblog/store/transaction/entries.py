"""The entries of a story, and the tables by which they are found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.entry_fields import Trait, named
from liveblog.store.media.media import index as index_media
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.stories import get_entry
from liveblog.store.stories.timeline import entry_from
from liveblog.store.tables import entries, entry_authors, entry_media, entry_topics


class TxEntries:
    def __init__(self, connection: AsyncConnection, story: Story) -> None:
        self._connection = connection
        self._story = story

    async def get(self, entry_id: str) -> Entry:
        """The entry with this id. Raises `NotFound`."""
        return await get_entry(self._connection, self._story, entry_id)

    async def pinned(self) -> list[Entry]:
        """The published entries that are pinned."""
        found = await self._connection.execute(
            select(entries).where(
                entries.c.story_id == self._story.id,
                entries.c.status == EntryStatus.PUBLISHED,
                entries.c.pinned,
            )
        )
        return [entry_from(row) for row in found.mappings()]

    async def insert(self, entry: Entry) -> None:
        """Stores a new entry, and the keys by which it is found."""
        await self._connection.execute(insert(entries), _columns(entry))
        await self._index(entry)

    async def update(self, entry: Entry) -> None:
        """Replaces an entry, and the keys by which it is found."""
        await self._connection.execute(
            update(entries).where(entries.c.id == entry.id).values(_columns(entry))
        )
        for table in (entry_topics, entry_authors, entry_media):
            await self._connection.execute(delete(table).where(table.c.entry_id == entry.id))
        await self._index(entry)

    async def _index(self, entry: Entry) -> None:
        """Writes the topics, authors and media by which the entry is found, without regard to case."""
        topics = [{"topic": topic} for topic in {folded(topic) for topic in entry.topics}]
        authors = [{"author": author} for author in {name.casefold() for name in entry.authors}]
        for table, rows in ((entry_topics, topics), (entry_authors, authors)):
            if rows:
                await self._connection.execute(
                    insert(table), [{"entry_id": entry.id} | row for row in rows]
                )
        await index_media(self._connection, entry)


def _columns(entry: Entry) -> dict[str, Any]:
    values = entry.model_dump()
    for name in named(Trait.JSON):
        values[name] = entry.model_dump(mode="json", include={name})[name]
    return values
