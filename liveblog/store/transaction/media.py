"""The media that entries show."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.media import media
from liveblog.store.media.media import Stored


class TxMedia:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Those of the media that are stored, by id. They cannot be deleted before the
        transaction ends."""
        return await media.stored(self._connection, ids, lock=True)

    async def release(self, entry_id: str) -> list[str]:
        """Gives up the media that only this entry shows or showed: nobody gets them any more.

        Returns their ids. Call it after the cards are scrubbed and before the revisions are.
        """
        return await media.release(self._connection, entry_id)
