"""The notes of the newsroom on entries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry
from liveblog.store.people import directory
from liveblog.store.tables import notes
from liveblog.store.transaction.revisions import RevisionMade


class TxNotes:
    def __init__(self, connection: AsyncConnection, made: list[RevisionMade]) -> None:
        self._connection = connection
        self._made = made

    async def add(
        self, entry: Entry, at: datetime, user_id: int | None, kind: str, text: str
    ) -> None:
        """Adds a note. The desks are told of it, unless this transaction has made a revision."""
        values = {"entry_id": entry.id, "at": at, "user_id": user_id, "kind": kind, "text": text}
        await self._connection.execute(insert(notes), values)
        if not self._made:
            self._made.append(RevisionMade(entry, "noted", user_id))

    async def scrub(self, entry_id: str) -> None:
        """Deletes the notes on an entry, and the names that the directory has from it."""
        await self._connection.execute(delete(notes).where(notes.c.entry_id == entry_id))
        await directory.forget(self._connection, entry_id)
