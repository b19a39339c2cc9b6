"""The front page of one moment: stories by status, and the most read ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus, Story, StoryStatus
from liveblog.store.database import Database
from liveblog.store.stories.stories import most_read
from liveblog.store.stories.timeline import found
from liveblog.store.tables import entries, stories

MOST = 40  # of each status, so that many upcoming stories do not displace live ones
TOP = 5
CATEGORIES = 20
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Card(NamedTuple):
    """A story on the front: its newest key event, and when its newest entry was published."""

    story: Story
    key_event: Entry | None
    updated: datetime | None


@dataclass(frozen=True)
class Front:
    """Cards by the status of their story, the latest first; of upcoming stories, the next first.

    `top` are the most read stories.
    """

    live: tuple[Card, ...]
    paused: tuple[Card, ...]
    upcoming: tuple[Card, ...]
    ended: tuple[Card, ...]
    top: tuple[Story, ...]
    categories: tuple[str, ...]


class Fronts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, category: str | None = None) -> Front:
        """The front page of all stories, or of a category. Raises `NotFound` if that has no story."""
        async with self._database.read() as connection:
            cards = {
                status: await _cards(connection, _stories(category, status))
                for status in StoryStatus
            }
            if category is not None and not any(cards.values()):
                raise NotFound(f"no story in the category {category!r}")
            top = await most_read(connection, limit=TOP, category=category)
            categories = await _categories(connection)
        # The next to begin comes first.
        upcoming = sorted(cards[StoryStatus.UPCOMING], key=_begins)
        return Front(
            tuple(cards[StoryStatus.LIVE]),
            tuple(cards[StoryStatus.PAUSED]),
            tuple(upcoming),
            tuple(cards[StoryStatus.ENDED]),
            tuple(top),
            categories,
        )


def _stories(category: str | None, status: StoryStatus) -> Select[Any]:
    """The stories of a status that changed last, each with the time of its newest entry."""
    newest = (
        select(func.max(entries.c.published_at))
        .where(entries.c.story_id == stories.c.id, entries.c.status == EntryStatus.PUBLISHED)
        .scalar_subquery()
    )
    query = (
        select(stories, newest.label("updated"))
        .where(stories.c.status == status)
        .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
        .limit(MOST)
    )
    return query if category is None else query.where(stories.c.category == category)


async def _cards(connection: AsyncConnection, query: Select[Any]) -> list[Card]:
    updated: dict[int, datetime | None] = {}
    shown: list[Story] = []
    for row in (await connection.execute(query)).mappings():
        values = dict(row) | {"change_count": 0}  # as public_story() does
        updated[values["id"]] = values.pop("updated")
        shown.append(Story.model_validate(values))
    newest_key = (
        select(entries.c.id)
        .where(
            entries.c.story_id == stories.c.id,
            entries.c.key,
            entries.c.status == EntryStatus.PUBLISHED,
        )
        .order_by(entries.c.published_at.desc(), entries.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = select(newest_key).where(stories.c.id.in_(list(updated)))
    keys = await found(connection, select(entries).where(entries.c.id.in_(wanted)))
    by_story = {entry.story_id: entry for entry in keys}
    cards = [Card(story, by_story.get(story.id), updated[story.id]) for story in shown]
    return sorted(cards, key=lambda card: card.updated or card.story.created_at, reverse=True)


async def _categories(connection: AsyncConnection) -> tuple[str, ...]:
    """The categories that changed last, by name."""
    query = (
        select(stories.c.category)
        .where(stories.c.category.is_not(None))
        .group_by(stories.c.category)
        .order_by(func.max(stories.c.updated_at).desc())
        .limit(CATEGORIES)
    )
    names = (await connection.execute(query)).scalars()
    return tuple(sorted(names, key=str.casefold))


def _begins(card: Card) -> tuple[bool, datetime]:
    begins = card.story.coverage_start
    return begins is None, begins or LONG_AGO
