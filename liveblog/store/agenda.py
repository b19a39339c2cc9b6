"""Which kinds of work are due: one query, because most seconds nothing is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Executable, and_, bindparam, exists, literal, select

from liveblog.models.content import EntryStatus
from liveblog.store.database import Database
from liveblog.store.integrations.webhooks import ready
from liveblog.store.prepared import Prepared
from liveblog.store.stories.coverage import due_stories, parameters
from liveblog.store.tables import attachments, embeds, entries, hooks, withheld_places


class Due(StrEnum):
    """A kind of work. `RECEIVERS` means that a receiver of events may be told, if there is something to tell."""

    ENTRIES = "entries"
    PLACES = "places"
    COVERAGE = "coverage"
    CARDS = "cards"
    FILES = "files"
    RECEIVERS = "receivers"


def _agenda() -> Executable:
    now: Any = bindparam("now")
    scheduled = and_(entries.c.status == EntryStatus.SCHEDULED.value, entries.c.published_at <= now)
    shown = and_(
        withheld_places.c.show_at <= now,
        withheld_places.c.entry_id == entries.c.id,
        entries.c.status == EntryStatus.PUBLISHED.value,
    )
    stories = due_stories().with_only_columns(literal(1)).order_by(None).limit(None)
    return select(
        exists().where(scheduled).label(Due.ENTRIES),
        exists().where(shown).label(Due.PLACES),
        stories.exists().label(Due.COVERAGE),
        exists().where(embeds.c.due_at <= now).label(Due.CARDS),
        exists().where(attachments.c.due_at <= now).label(Due.FILES),
        exists(hooks).where(*ready(now)).label(Due.RECEIVERS),
    )


_AGENDA = Prepared(_agenda())


class Agenda:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, ask_after: timedelta | None, end_after: timedelta | None
    ) -> Collection[Due]:
        """The kinds of work that are due at `now`. The times after it are those of `Coverage.due()`."""
        async with self._database.read_point() as connection:
            row = await _AGENDA.first(connection, **parameters(now, ask_after, end_after))
        return {kind for kind in Due if row and row[kind]}
