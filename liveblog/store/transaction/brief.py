"""The Brief of the story, as it is within the transaction."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.brief import Basis
from liveblog.models.content import Story
from liveblog.store.stories import brief


class TxBrief:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def basis(self, story: Story) -> Basis:
        """What the Brief is made of. `story` is the story as it is now."""
        return await brief.basis(self._connection, story)

    async def since(self, story: Story) -> int:
        """The number of entries published since the Brief was written."""
        return await brief.since(self._connection, story)
