"""Which kinds of work are due: one query, because most seconds nothing is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Executable, Exists, Select, bindparam, select

from liveblog.store.database import Database
from liveblog.store.integrations.attachments import DUE_FILES
from liveblog.store.integrations.webhooks import ready
from liveblog.store.log import DUE_ENTRIES
from liveblog.store.media.link_cards import DUE_CARDS
from liveblog.store.people.protections import DUE_PLACES
from liveblog.store.prepared import Prepared
from liveblog.store.stories.coverage import due_stories, parameters
from liveblog.store.tables import hooks


class Due(StrEnum):
    """A kind of work. `RECEIVERS` means that a receiver of events may be told, if there is something to tell."""

    ENTRIES = "entries"
    PLACES = "places"
    COVERAGE = "coverage"
    CARDS = "cards"
    FILES = "files"
    RECEIVERS = "receivers"


def _any(query: Select[Any]) -> Exists:
    """Whether a query finds something."""
    return query.order_by(None).limit(None).exists()


def _agenda() -> Executable:
    return select(
        _any(DUE_ENTRIES).label(Due.ENTRIES),
        _any(DUE_PLACES).label(Due.PLACES),
        _any(due_stories()).label(Due.COVERAGE),
        _any(DUE_CARDS).label(Due.CARDS),
        _any(DUE_FILES).label(Due.FILES),
        _any(select(hooks.c.id).where(*ready(bindparam("now")))).label(Due.RECEIVERS),
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
