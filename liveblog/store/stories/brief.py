"""Reads what the Brief of a story is made of (models/brief.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.brief import MOST_POINTS, Basis
from liveblog.models.content import Story
from liveblog.store.prepared import Prepared
from liveblog.store.stories import timeline
from liveblog.store.tables import entries


def _counted(query: Select[Any]) -> Select[Any]:
    return query.order_by(None).with_only_columns(func.count().label("count"))


_PUBLIC = timeline.public_of(bindparam("story_id"))
_NEWEST_KEY = Prepared(
    _PUBLIC.where(entries.c.key).with_only_columns(entries.c.published_at).limit(1)
)
_LATER = Prepared(_counted(_PUBLIC.where(entries.c.published_at > bindparam("as_of"))))


async def basis(connection: AsyncConnection, story: Story) -> Basis:
    """What the Brief is made of now. Entries that are not published are left out."""
    public = timeline.public(story)
    keys = public.where(entries.c.key)
    named = [point.entry for point in story.points if point.entry is not None]
    bound = await timeline.found(connection, public.where(entries.c.id.in_(named))) if named else []
    drawn = [] if story.points else await timeline.found(connection, keys.limit(MOST_POINTS))
    rest = keys.where(entries.c.id.not_in([*named, *(entry.id for entry in drawn)]))
    as_of = story.points_at if story.points else (drawn[0].published_at if drawn else None)
    return Basis(
        story,
        {entry.id: entry for entry in bound},
        tuple(drawn),
        await _count(connection, rest),
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


async def _count(connection: AsyncConnection, query: Select[Any]) -> int:
    return int((await connection.execute(_counted(query))).scalar_one())
