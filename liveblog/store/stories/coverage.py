"""The stories whose coverage the clock may change, and the history of a story's coverage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, or_, select

from liveblog.models.content import EntryStatus, Story, StoryStatus
from liveblog.models.coverage import CoverageStep
from liveblog.store.database import Database
from liveblog.store.prepared import Prepared
from liveblog.store.tables import coverage_log, entries, stories, users

MOST = 100  # stories at once


def parameters(
    now: datetime, ask_after: timedelta | None, end_after: timedelta | None
) -> dict[str, datetime | None]:
    """The values that `due_stories()` takes."""
    return {
        "now": now,
        "silent_since": None if ask_after is None else now - ask_after,
        "asked_before": None if end_after is None else now - end_after,
    }


def due_stories() -> Select[Any]:
    """The stories whose time has come. Nothing is `<=` a time that is NULL."""
    column = stories.c
    now: BindParameter[datetime] = bindparam("now")
    since: BindParameter[datetime] = bindparam("silent_since")
    asked = column.asked_at
    unasked = or_(asked.is_(None), asked <= column.updated_at, asked <= column.continued_at)
    # Live stories whose desk is to be asked, or has not answered.
    silent = and_(
        column.status == StoryStatus.LIVE.value,
        column.coverage_end.is_(None),
        column.updated_at <= since,
        or_(column.continued_at.is_(None), column.continued_at <= since),
        or_(unasked, asked <= bindparam("asked_before")),
        ~exists().where(
            entries.c.story_id == column.id, entries.c.status == EntryStatus.SCHEDULED.value
        ),
    )
    begins = and_(column.status == StoryStatus.UPCOMING.value, column.coverage_start <= now)
    resumes = and_(column.status == StoryStatus.PAUSED.value, column.paused_until <= now)
    unended = [status.value for status in StoryStatus if status is not StoryStatus.ENDED]
    return (
        select(column.slug)
        .where(
            or_(*(column.status == status for status in unended)),
            or_(column.coverage_end <= now, begins, resumes, silent),
        )
        .order_by(column.id)
        .limit(MOST)
    )


_DUE = Prepared(due_stories())


class Coverage:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, ask_after: timedelta | None, end_after: timedelta | None
    ) -> list[str]:
        """The slugs of stories whose coverage may have to change, at most 100.

        Those are stories whose time has come, live stories without a change for `ask_after`, and stories whose desk was
        asked `end_after` ago. None: silent stories are left out. The newsroom decides again, with the story locked.
        """
        async with self._database.read_point() as connection:
            rows = await _DUE.all(connection, **parameters(now, ask_after, end_after))
        return [row["slug"] for row in rows]

    async def history(self, story: Story, limit: int = 10) -> list[CoverageStep]:
        """The last changes of the state of a story's coverage, newest first."""
        query = (
            select(
                coverage_log.c.at,
                coverage_log.c.status,
                coverage_log.c.why,
                users.c.name.label("by"),
            )
            .join(users, users.c.id == coverage_log.c.user_id, isouter=True)
            .where(coverage_log.c.story_id == story.id)
            .order_by(coverage_log.c.id.desc())
            .limit(limit)
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [CoverageStep.model_validate(dict(row)) for row in rows]
