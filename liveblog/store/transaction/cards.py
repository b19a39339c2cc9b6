"""The link cards of entries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Embed, Entry
from liveblog.store.media import link_cards


class TxCards:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fresh(self, urls: Collection[str], at: datetime) -> dict[str, Embed]:
        """The cards of these links that are stored and fresh, by the address of the link."""
        return await link_cards.held(self._connection, urls, at)

    async def want(
        self, entry: Entry, urls: Sequence[str], missing: Collection[str], at: datetime
    ) -> None:
        """Stores the links of an entry, and puts the cards of the `missing` ones on the list to fetch."""
        await link_cards.want(self._connection, entry.id, urls, missing, at)

    async def scrub(self, entry_id: str) -> int:
        """Deletes the links of an entry, and the cards that no other entry has.

        Returns the number of cards. Call it before the revisions are scrubbed.
        """
        return await link_cards.scrub(self._connection, entry_id)
