"""The messages from chats and e-mail that became entries, and the files that came with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry
from liveblog.store.integrations import attachments, inlets
from liveblog.store.integrations.inlets import Received
from liveblog.store.transaction.revisions import EMBEDDED


class TxInbound:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def received(self, inlet_id: int, message: str) -> Received | None:
        """What became of a message; None where it has not come in before."""
        return await inlets.received(self._connection, inlet_id, message)

    async def take_in(self, inlet_id: int, message: str, became: Received) -> bool:
        """Notes what became of a message; False where that was noted before."""
        return await inlets.take_in(self._connection, inlet_id, message, became)

    async def follow_revision(self, entry: Entry, rev: int) -> None:
        """Raises an entry to revision `rev` in the notes of its messages, where the newsroom has not touched
        the entry since: it still counts as untouched. Call it before the revision is recorded."""
        await inlets.follow_revision(self._connection, entry, rev, EMBEDDED)

    async def add_attachments(
        self, inlet_id: int, entry_id: str, files: Sequence[str], at: datetime
    ) -> None:
        """Notes files that came with a message and are to be fetched for an entry."""
        await attachments.add(self._connection, inlet_id, entry_id, files, at)

    async def close_attachment(self, attachment_id: str) -> bool:
        """Takes a file off the list of files to fetch; False where it is not on the list."""
        return await attachments.close(self._connection, attachment_id)

    async def drop_attachments(self, entry_id: str) -> int:
        """Takes all files of an entry off that list and returns their number."""
        return await attachments.drop(self._connection, entry_id)
