"""The authors of entries, and their protection."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry
from liveblog.store.people import protections
from liveblog.store.people.protections import Author


class TxPeople:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def author(self, user_id: int | None) -> Author | None:
        """The author with this user id; None if there is no such user."""
        return await protections.author(self._connection, user_id)

    async def bylines(self) -> list[Author]:
        """The users who have a public name."""
        return await protections.bylines(self._connection)

    async def written_at(self, entry: Entry) -> datetime:
        """When the author of the entry last wrote in it."""
        return await protections.written_at(self._connection, entry)
