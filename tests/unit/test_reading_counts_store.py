"""How much stories are read: counted by every process, added up, and nobody's business beyond that."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from reading_counts import rows

from liveblog.errors import Unavailable
from liveblog.live.feed import Feed
from liveblog.live.hub import Hub
from liveblog.live.reading_time import ReadingTime
from liveblog.models.content import Story
from liveblog.store import Store

pytestmark = pytest.mark.anyio


def today() -> date:
    return datetime.now(UTC).date()


async def new_story(store: Store, slug: str, **fields: Any) -> Story:
    at = datetime.now(UTC)
    values = Story(
        id=0, slug=slug, title=slug, created_at=at, updated_at=at, epoch="e", head=0, **fields
    ).model_dump(exclude={"id"})
    return await store.stories.create(values)


async def test_what_is_written_at_once_is_lost_by_nobody(store: Store, tmp_path: Path) -> None:
    other = Store(f"sqlite:///{tmp_path / 'liveblog.sqlite3'}")
    await new_story(store, "a")
    await new_story(store, "b")
    try:
        await asyncio.gather(
            *(
                each.audience.add(today(), {"a": 2, "b": 1, "gone": 5})
                for each in (store, other)
                for _ in range(25)
            )
        )
    finally:
        await other.close()
    day = today().isoformat()
    assert rows(tmp_path / "liveblog.sqlite3") == [("a", day, 100), ("b", day, 50)]


async def test_the_week_is_seven_days_and_old_days_go(store: Store, tmp_path: Path) -> None:
    for slug in ("a", "b", "c", "d"):
        await new_story(store, slug)
    await store.audience.add(today() - timedelta(days=100), {"d": 1})
    await store.audience.add(today() - timedelta(days=7), {"a": 1_000})
    await store.audience.add(today() - timedelta(days=6), {"b": 10})
    await store.audience.add(today(), {"b": 10, "c": 15})
    top = await store.stories.top()
    assert [story.slug for story in top] == ["b", "c"]
    assert [story.slug for story in await store.stories.top(days=8)] == ["a", "b", "c"]
    assert [story.slug for story in await store.stories.top(limit=1)] == ["b"]
    assert [story.slug for story in await store.stories.top(other_than=top[0])] == ["c"]
    assert "d" not in {slug for slug, _, _ in rows(tmp_path / "liveblog.sqlite3")}


async def test_more_than_a_small_number_can_hold(store: Store) -> None:
    await new_story(store, "a")
    for _ in range(3):
        await store.audience.add(today(), {"a": 2**31 - 1})
    assert [story.slug for story in await store.stories.top()] == ["a"]


async def test_nothing_of_a_reader_is_kept(store: Store, tmp_path: Path) -> None:
    del store
    with closing(sqlite3.connect(tmp_path / "liveblog.sqlite3")) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(audience)")]
    assert columns == ["story_id", "day", "seconds"]


class Crowd:
    def __init__(self, count: int) -> None:
        self.count = count

    def wake(self) -> None: ...
    def beat(self) -> None: ...


async def test_what_could_not_be_saved_is_saved_later_and_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_story(store, "a")
    feed = Feed("a", "e", 0)
    feed.followers.add(Crowd(3))
    counted = ReadingTime(cast(Hub, SimpleNamespace(feeds={"a": feed})), store.audience)
    clock = iter(range(100, 1000, 5))
    monkeypatch.setattr(counted, "_now", lambda: float(next(clock)))
    counted._counted = 95.0
    file = tmp_path / "liveblog.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE audience RENAME TO elsewhere")
        for _ in range(2):
            await counted._count()
            with pytest.raises(Unavailable):
                await counted._save()
        connection.execute("ALTER TABLE elsewhere RENAME TO audience")
    await counted._count()
    await counted._save()
    await counted._save()
    assert rows(file) == [("a", today().isoformat(), 45)]
    assert counted._seconds == {}
