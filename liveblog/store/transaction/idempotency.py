"""The idempotency keys under which entries were created."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry
from liveblog.store.prepared import Prepared, valued
from liveblog.store.tables import idempotency_keys

_FOUND = Prepared(
    select(idempotency_keys.c.entry_id, idempotency_keys.c.digest).where(
        idempotency_keys.c.story_id == bindparam("story_id"),
        idempotency_keys.c.user_id == bindparam("user_id"),
        idempotency_keys.c.key == bindparam("key"),
    )
)
_NEW = Prepared(valued(insert(idempotency_keys), idempotency_keys.c.keys()))


class TxKeys:
    def __init__(self, connection: AsyncConnection, story_id: int) -> None:
        self._connection = connection
        self._story_id = story_id

    async def find(self, user_id: int, key: str) -> tuple[str, str] | None:
        """`(entry id, digest)` of the entry that was created under this key; None if there is none."""
        row = await _FOUND.first(
            self._connection, story_id=self._story_id, user_id=user_id, key=key
        )
        return None if row is None else (row["entry_id"], row["digest"])

    async def remember(self, user_id: int, key: str, digest: str, entry: Entry) -> None:
        """Stores the key under which an entry was created, with the digest of its form."""
        await _NEW.run(
            self._connection,
            story_id=self._story_id,
            user_id=user_id,
            key=key,
            digest=digest,
            entry_id=entry.id,
            created_at=entry.created_at,
        )

    async def scrub(self, entry_id: str) -> int:
        """Deletes the digests, by which a text could be recognized, and keeps the keys.

        Returns the number of keys.
        """
        done = await self._connection.execute(
            update(idempotency_keys)
            .where(idempotency_keys.c.entry_id == entry_id)
            .values(digest="")
        )
        return done.rowcount
