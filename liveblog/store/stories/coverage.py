"""The stories whose coverage the clock may change, and the history of a story's coverage."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select

from liveblog.models.content import EntryStatus, Story, StoryStatus
from liveblog.models.coverage import CoverageStep
from liveblog.store.database import Database
from liveblog.store.tables import coverage_log, entries, stories, users

MOST = 100  # stories at once
UNENDED = [status.value for status in StoryStatus if status is not StoryStatus.ENDED]


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
        has_ended = stories.c.coverage_end <= now
        begins = and_(
            stories.c.status == StoryStatus.UPCOMING.value, stories.c.coverage_start <= now
        )
        resumes = and_(stories.c.status == StoryStatus.PAUSED.value, stories.c.paused_until <= now)
        wanted = [has_ended, begins, resumes]
        if ask_after is not None:
            wanted.append(_silent(now, ask_after, end_after))
        query = (
            select(stories.c.slug)
            .where(stories.c.status.in_(UNENDED), or_(*wanted))
            .order_by(stories.c.id)
            .limit(MOST)
        )
        async with self._database.read_point() as connection:
            return list((await connection.execute(query)).scalars())

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


def _silent(
    now: datetime, ask_after: timedelta, end_after: timedelta | None
) -> ColumnElement[bool]:
    """Live stories whose desk is to be asked, or has not answered."""
    asked, since = stories.c.asked_at, now - ask_after
    unasked = or_(asked.is_(None), asked <= stories.c.updated_at, asked <= stories.c.continued_at)
    unanswered = [asked <= now - end_after] if end_after is not None else []
    return and_(
        stories.c.status == StoryStatus.LIVE.value,
        stories.c.coverage_end.is_(None),
        stories.c.updated_at <= since,
        or_(stories.c.continued_at.is_(None), stories.c.continued_at <= since),
        or_(unasked, *unanswered),
        ~exists().where(
            entries.c.story_id == stories.c.id, entries.c.status == EntryStatus.SCHEDULED
        ),
    )
