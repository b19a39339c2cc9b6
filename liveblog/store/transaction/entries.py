"""The entries of a story, and the tables by which they are found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.entry_fields import Trait, named
from liveblog.store.media.media import index as index_media
from liveblog.store.prepared import Prepared, valued
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.stories import get_entry
from liveblog.store.stories.timeline import entry_from
from liveblog.store.tables import entries, entry_authors, entry_media, entry_topics

_NEW = Prepared(valued(insert(entries), Entry.model_fields))
_CHANGED = Prepared(
    valued(update(entries).where(entries.c.id == bindparam("of_id")), Entry.model_fields)
)
_KEYS = {
    table: Prepared(valued(insert(table), table.c.keys()))
    for table in (entry_topics, entry_authors)
}
_NO_KEYS = [
    Prepared(delete(table).where(table.c.entry_id == bindparam("of_id")))
    for table in (entry_topics, entry_authors, entry_media)
]


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
        await _NEW.run(self._connection, **_columns(entry))
        await self._index(entry)

    async def update(self, entry: Entry) -> None:
        """Replaces an entry, and the keys by which it is found."""
        await _CHANGED.run(self._connection, of_id=entry.id, **_columns(entry))
        for statement in _NO_KEYS:
            await statement.run(self._connection, of_id=entry.id)
        await self._index(entry)

    async def _index(self, entry: Entry) -> None:
        """Writes the topics, authors and media by which the entry is found, without regard to case."""
        topics = [{"topic": topic} for topic in {folded(topic) for topic in entry.topics}]
        authors = [{"author": author} for author in {name.casefold() for name in entry.authors}]
        for table, rows in ((entry_topics, topics), (entry_authors, authors)):
            await _KEYS[table].run_each(
                self._connection, [{"entry_id": entry.id} | row for row in rows]
            )
        await index_media(self._connection, entry)


def _columns(entry: Entry) -> dict[str, Any]:
    values = entry.model_dump()
    for name in named(Trait.JSON):
        values[name] = entry.model_dump(mode="json", include={name})[name]
    return values
