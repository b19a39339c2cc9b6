"""How much stories are read: counted by every process, added up, and nobody's business beyond that."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Server
from readers import Reader
from selectolax.lexbor import LexborHTMLParser

from liveblog.errors import Unavailable
from liveblog.live.feed import Feed
from liveblog.live.hub import Hub
from liveblog.live.reading_time import COUNT_SECONDS, ReadingTime
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


def rows(file: Path) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(file)) as connection:
        query = """SELECT slug, day, seconds FROM audience JOIN stories ON id = story_id
                   ORDER BY slug, day"""
        return connection.execute(query).fetchall()


async def test_what_several_processes_count_is_added_up(
    tmp_path: Path, pair: tuple[Server, Server]
) -> None:
    a, b = pair
    editor = Editor(a.url, add_token(a.env))
    for slug in ("much", "little", "nobodys"):
        editor.story(slug, title=slug)
        editor.post(slug)
    editor.close()
    crowd = [(a, "much")] * 3 + [(b, "much")] * 2 + [(b, "little")]
    async with AsyncExitStack() as stack:
        for server, slug in crowd:
            await stack.enter_async_context(Reader(server.ws, slug))
        # Once by each process at least, whatever its jitter.
        await asyncio.sleep(1.4 * COUNT_SECONDS)
    for server in pair:
        assert server.stop() == 0
    counted: Counter[str] = Counter()
    for slug, _, of_a_day in rows(tmp_path / "shared.sqlite3"):  # two days, where this is midnight
        counted[slug] += of_a_day
    assert counted.keys() == {"much", "little"}
    # `little` says how long the second process counted; the rest of `much` is the first's.
    for seconds in (counted["little"], (counted["much"] - 2 * counted["little"]) / 3):
        assert 0.7 * COUNT_SECONDS <= seconds <= 3 * COUNT_SECONDS

    with Server(
        a.folder, DATABASE_URL=a.env["DATABASE_URL"], REDIS_URL=a.env["REDIS_URL"]
    ) as again:
        front = httpx2.get(again.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS).text
        top = LexborHTMLParser(front).css(".most-read .title")
        assert [line.text() for line in top] == ["much", "little"]


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


async def test_a_database_that_fails_hurts_no_reader_and_no_end(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        file = next((tmp_path / "data").glob("*.sqlite3"))
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DROP TABLE audience")
        async with Reader(server.ws, slug) as reader:
            await asyncio.sleep(1.3 * COUNT_SECONDS)
            editor.post(slug)
            await reader.until(1)
        editor.close()
        before = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - before < 10
        assert "Traceback" not in server.said()
