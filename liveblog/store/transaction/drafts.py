"""The drafts of entries."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.tables import drafts


class TxDrafts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def scrub(self, entry_id: str) -> int:
        """Deletes all drafts of an entry that this transaction purges, and returns their number.

        None can be saved afterwards.
        """
        done = await self._connection.execute(delete(drafts).where(drafts.c.entry_id == entry_id))
        return done.rowcount
