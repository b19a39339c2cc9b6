"""The topics that an event takes from an entry."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.stories.hashtag import folded
from liveblog.store.tables import hooks, withdrawn_topics


class TxTopics:
    def __init__(self, connection: AsyncConnection, story_id: int) -> None:
        self._connection = connection
        self._story_id = story_id

    async def withdraw(self, topics: Iterable[str], seq: int) -> None:
        """Keeps the topics that the event `seq` took from an entry, until the hubs of WebSub are told.

        The log does not say them any more. Nothing is kept if there is no hub.
        """
        columns = ["hook_id", "story_id", "seq", "topic"]
        for topic in sorted({folded(topic) for topic in topics}):
            row = select(hooks.c.id, literal(self._story_id), literal(seq), literal(topic)).where(
                hooks.c.kind == "websub"
            )
            await self._connection.execute(insert(withdrawn_topics).from_select(columns, row))
