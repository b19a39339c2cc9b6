"""The revisions of entries: the history that the newsroom sees."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, EntryStatus
from liveblog.store.people import directory
from liveblog.store.prepared import Prepared, valued
from liveblog.store.tables import revisions

_NEW = Prepared(
    valued(insert(revisions), ("entry_id", "rev", "at", "user_id", "action", "note", "entry"))
)
EMBEDDED = "embedded"  # the action of a revision that adds link cards and changes nothing else


class RevisionMade(NamedTuple):
    """A revision that was made: of which entry, by which action, and by whom."""

    entry: Entry
    action: str
    user_id: int | None


class TxRevisions:
    def __init__(self, connection: AsyncConnection, made: list[RevisionMade]) -> None:
        self._connection = connection
        self._made = made

    async def fields(self, entry_id: str, rev: int) -> dict[str, Any]:
        """The fields of an entry at a revision; empty if there is no such revision or it was scrubbed."""
        found = await self._connection.execute(
            select(revisions.c.entry).where(
                revisions.c.entry_id == entry_id, revisions.c.rev == rev
            )
        )
        return dict(found.scalar() or {})

    async def made_by(self, entry_id: str, rev: int) -> int | None:
        """The id of the user who made a revision."""
        found = await self._connection.execute(
            select(revisions.c.user_id).where(
                revisions.c.entry_id == entry_id, revisions.c.rev == rev
            )
        )
        user_id: int | None = found.scalar()
        return user_id

    async def only_embedded_since(self, entry_id: str, rev: int) -> bool:
        """Whether an entry got link cards and no other change after a revision."""
        found = await self._connection.execute(
            select(revisions.c.action).where(
                revisions.c.entry_id == entry_id, revisions.c.rev > rev
            )
        )
        return set(found.scalars()) == {EMBEDDED}

    async def record(
        self,
        entry: Entry,
        at: datetime,
        user_id: int | None,
        action: str,
        note: str | None,
        *,
        told: bool = True,
    ) -> None:
        """Stores the entry as it is now. If it is published, the directory learns whom it names.

        A revision from elsewhere, of an imported entry, is not `told` to the desks and the directory.
        """
        if told:
            self._made.append(RevisionMade(entry, action, user_id))
        if told and entry.status is EntryStatus.PUBLISHED:
            await directory.learn(self._connection, entry, at)
        await _NEW.run(
            self._connection,
            entry_id=entry.id,
            rev=entry.rev,
            at=at,
            user_id=user_id,
            action=action,
            note=note,
            entry=entry.model_dump(mode="json", exclude={"id", "story_id", "created_by"}),
        )

    async def scrub(self, entry_id: str) -> int:
        """Deletes every text in the history of an entry, and keeps the list of its revisions.

        Returns the number of revisions.
        """
        done = await self._connection.execute(
            update(revisions).where(revisions.c.entry_id == entry_id).values(entry={}, note=None)
        )
        return done.rowcount
