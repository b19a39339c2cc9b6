"""The exact places and times of entries that readers may not have yet."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.members import WithheldPlace
from liveblog.store.people import protections


class TxPlaces:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def withheld(self, entry_id: str) -> WithheldPlace | None:
        """What is withheld of the place and time of an entry; None if nothing is."""
        return (await protections.find(self._connection, [entry_id])).get(entry_id)

    async def keep(self, known: WithheldPlace) -> None:
        """Stores what is withheld of an entry, in the place of what was stored before."""
        await protections.keep(self._connection, known)

    async def drop(self, entry_id: str) -> int:
        """Deletes what was withheld of an entry, and returns the number of rows."""
        return await protections.drop(self._connection, entry_id)
