"""The front page of one moment: stories by status, and the most read ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import NotFound
from liveblog.models.brief import Basis
from liveblog.models.content import (
    Entry,
    EntryStatus,
    Medium,
    Story,
    StoryStatus,
    VerificationStatus,
)
from liveblog.store.database import Database
from liveblog.store.prepared import Prepared, one_of
from liveblog.store.stories import brief
from liveblog.store.stories.stories import most_read, public_story
from liveblog.store.stories.timeline import entry_from
from liveblog.store.tables import audience, entries, stories

MOST = 40  # of each status, so that many upcoming stories do not displace live ones
TOP = 5
CATEGORIES = 20
DOUBTED = {VerificationStatus.DISPUTED, VerificationStatus.RETRACTED}
NEWEST = (entries.c.published_at.desc(), entries.c.seq.desc())
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _stories() -> Select[Any]:
    """The stories of a status that changed last, each with the time of its newest entry and the seconds for which it was
    read since a day (UTC)."""
    newest = (
        select(func.max(entries.c.published_at))
        .where(entries.c.story_id == stories.c.id, entries.c.status == EntryStatus.PUBLISHED)
        .scalar_subquery()
    )
    read = (
        select(func.coalesce(func.sum(audience.c.seconds), 0))
        .where(audience.c.story_id == stories.c.id, audience.c.day >= bindparam("since"))
        .scalar_subquery()
    )
    return (
        select(stories, newest.label("updated"), read.label("read"))
        .where(stories.c.status == bindparam("status"))
        .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
        .limit(MOST)
    )


def _keys(dialect: str) -> Select[Any]:
    """The newest published key event of each of the stories `of`."""
    newest = (
        select(entries.c.id)
        .where(
            entries.c.story_id == stories.c.id,
            entries.c.key,
            entries.c.status == EntryStatus.PUBLISHED,
        )
        .order_by(*NEWEST)
        .limit(1)
        .scalar_subquery()
    )
    wanted = select(newest).where(one_of(dialect, stories.c.id, "of"))
    return select(entries).where(entries.c.id.in_(wanted))


_STORIES = Prepared(_stories())
_STORIES_IN = Prepared(_stories().where(stories.c.category == bindparam("category")))
_KEYS = Prepared(_keys)
_CATEGORIES = Prepared(
    select(stories.c.category)
    .where(stories.c.category.is_not(None))
    .group_by(stories.c.category)
    .order_by(func.max(stories.c.updated_at).desc())
    .limit(CATEGORIES)
)


class Card(NamedTuple):
    """A story on the front: its newest key event, and when its newest entry was published, None if it has none."""

    story: Story
    key_event: Entry | None
    updated: datetime | None

    @property
    def picture(self) -> Medium | None:
        """The story's cover, or else a picture of its newest key event, if that stands undisputed."""
        if self.story.cover is not None or self.key_event is None:
            return self.story.cover
        sure = self.key_event.verification
        if sure is not None and sure.status in DOUBTED:
            return None
        return next((one for one in self.key_event.media if one.kind == "picture"), None)


@dataclass(frozen=True)
class Front:
    """Cards by the status of their story: of live and paused stories the most read and newest first (`_rank`), of
    upcoming ones the next, of ended ones the latest.

    `brief` is what the Brief of the lead is made of. `top` are the most read stories.
    """

    live: tuple[Card, ...]
    paused: tuple[Card, ...]
    upcoming: tuple[Card, ...]
    ended: tuple[Card, ...]
    brief: Basis | None
    top: tuple[Story, ...]
    categories: tuple[str, ...]

    @property
    def stories(self) -> Iterator[Story]:
        """The stories of which the page says something."""
        for cards in (self.live, self.paused, self.upcoming, self.ended):
            yield from (card.story for card in cards)
        yield from self.top

    @property
    def lead(self) -> Card | None:
        """The live story at the top; None if no live story has an update."""
        return self.live[0] if self.live and self.live[0].updated else None


class Fronts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, category: str | None = None) -> Front:
        """The front page of all stories, or of a category. Raises `NotFound` if that has no story."""
        now = datetime.now(UTC)
        async with self._database.read() as connection:
            cards = {
                status: await _cards(connection, category, status, now) for status in StoryStatus
            }
            if category is not None and not any(cards.values()):
                raise NotFound(f"no story in the category {category!r}")
            top = await most_read(connection, limit=TOP, category=category)
            front = Front(
                live=cards[StoryStatus.LIVE],
                paused=cards[StoryStatus.PAUSED],
                upcoming=tuple(sorted(cards[StoryStatus.UPCOMING], key=_begins)),
                ended=tuple(sorted(cards[StoryStatus.ENDED], key=_changed, reverse=True)),
                brief=None,
                top=tuple(top),
                categories=await _categories(connection),
            )
            if front.lead is None:
                return front
            return replace(front, brief=await brief.basis(connection, front.lead.story))


async def _cards(
    connection: AsyncConnection, category: str | None, status: StoryStatus, now: datetime
) -> tuple[Card, ...]:
    """The cards of the stories of a status that changed last, by their rank."""
    given: dict[str, Any] = {"status": status, "since": now.date() - timedelta(days=1)}
    if category is None:
        rows = await _STORIES.all(connection, **given)
    else:
        rows = await _STORIES_IN.all(connection, **given, category=category)
    updated: dict[int, datetime | None] = {}
    read: dict[int, int] = {}
    shown: list[Story] = []
    for values in rows:
        updated[values["id"]], read[values["id"]] = values.pop("updated"), values.pop("read")
        shown.append(public_story(values))
    keys = await _KEYS.all(connection, of=list(updated)) if updated else []
    by_story = {row["story_id"]: entry_from(row) for row in keys}
    cards = [Card(story, by_story.get(story.id), updated[story.id]) for story in shown]
    cards.sort(key=_changed, reverse=True)
    return tuple(sorted(cards, key=lambda card: _rank(card, read[card.story.id], now)))


def _rank(card: Card, read: int, now: datetime) -> tuple[bool, int]:
    """The place of a story among others, the lowest first: one without an entry comes last.

    `read` are seconds. Four times the reading is worth one step, and so is half the age of the newest entry, from an hour
    on. So the order does not change each second, and a story that has just begun passes one that was read all day.
    """
    if card.updated is None:
        return True, 0
    hours = max(0, int((now - card.updated).total_seconds() // 3600))
    return False, hours.bit_length() - int(read).bit_length() // 2


async def _categories(connection: AsyncConnection) -> tuple[str, ...]:
    """The categories that changed last, by name."""
    names = [row["category"] for row in await _CATEGORIES.all(connection)]
    return tuple(sorted(names, key=str.casefold))


def _changed(card: Card) -> datetime:
    return card.updated or card.story.created_at


def _begins(card: Card) -> tuple[bool, datetime]:
    begins = card.story.coverage_start
    return begins is None, begins or LONG_AGO
