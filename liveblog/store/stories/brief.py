"""Reads what the Brief of a story is made of (models/brief.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, not_
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.brief import MOST_POINTS, Basis
from liveblog.models.content import Story
from liveblog.store.prepared import Prepared, one_of
from liveblog.store.stories import timeline
from liveblog.store.stories.views import public_of
from liveblog.store.tables import entries


def _counted(query: Select[Any]) -> Select[Any]:
    return query.order_by(None).with_only_columns(func.count().label("count"))


_PUBLIC = public_of(bindparam("story_id"))
_KEYS = _PUBLIC.where(entries.c.key)
_BOUND = Prepared(lambda dialect: _PUBLIC.where(one_of(dialect, entries.c.id, "ids")))
_DRAWN = Prepared(_KEYS.limit(MOST_POINTS))
_REST = Prepared(lambda dialect: _counted(_KEYS.where(not_(one_of(dialect, entries.c.id, "ids")))))
_NEWEST_KEY = Prepared(_KEYS.with_only_columns(entries.c.published_at).limit(1))
_LATER = Prepared(_counted(_PUBLIC.where(entries.c.published_at > bindparam("as_of"))))


async def basis(connection: AsyncConnection, story: Story) -> Basis:
    """What the Brief is made of now. Entries that are not published are left out."""
    named = [point.entry for point in story.points if point.entry is not None]
    bound, drawn = [], []
    if named:
        bound = await _BOUND.all(connection, story_id=story.id, ids=named)
    if not story.points:
        drawn = await _DRAWN.all(connection, story_id=story.id)
    used = [*named, *(row["id"] for row in drawn)]
    rest = await _REST.scalar(connection, story_id=story.id, ids=used)
    as_of = story.points_at if story.points else (drawn[0]["published_at"] if drawn else None)
    return Basis(
        story,
        {row["id"]: timeline.entry_from(row) for row in bound},
        tuple(map(timeline.entry_from, drawn)),
        int(rest),
        as_of,
        await _later(connection, story, as_of),
    )


async def since(connection: AsyncConnection, story: Story) -> int:
    """`since` of the basis alone, without reading the entries."""
    as_of = story.points_at
    if not story.points:
        as_of = await _NEWEST_KEY.scalar(connection, story_id=story.id)
    return await _later(connection, story, as_of)


async def _later(connection: AsyncConnection, story: Story, as_of: datetime | None) -> int:
    if as_of is None:
        return 0
    return int(await _LATER.scalar(connection, story_id=story.id, as_of=as_of))
