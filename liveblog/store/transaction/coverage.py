"""What a transaction knows and writes about the coverage of its story."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import EntryStatus, StoryStatus
from liveblog.models.coverage import CoverageReason
from liveblog.store.tables import coverage_log, entries


class TxCoverage:
    def __init__(self, connection: AsyncConnection, story_id: int) -> None:
        self._connection = connection
        self._story_id = story_id

    async def remember(
        self, at: datetime, user_id: int | None, status: StoryStatus, why: CoverageReason
    ) -> None:
        """Adds a change of the state to the story's history."""
        values = {"at": at, "user_id": user_id, "status": status.value, "why": why.value}
        await self._connection.execute(insert(coverage_log), values | {"story_id": self._story_id})

    async def last_reason(self) -> CoverageReason | None:
        """Why the state changed last; None if it never did."""
        query = (
            select(coverage_log.c.why)
            .where(coverage_log.c.story_id == self._story_id)
            .order_by(coverage_log.c.id.desc())
            .limit(1)
        )
        why = (await self._connection.execute(query)).scalar()
        return CoverageReason(why) if why else None

    async def has_scheduled(self) -> bool:
        """Whether an entry of the story is scheduled."""
        query = select(
            exists().where(
                entries.c.story_id == self._story_id, entries.c.status == EntryStatus.SCHEDULED
            )
        )
        return bool((await self._connection.execute(query)).scalar())
