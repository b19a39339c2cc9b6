"""What several processes count of readers is added up, and a database that fails hurts nobody."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Server
from readers import Reader
from reading_counts import COUNTED
from rows import rows as stored
from selectolax.lexbor import LexborHTMLParser

from liveblog.live.reading_time import COUNT_SECONDS

pytestmark = pytest.mark.anyio


async def test_what_several_processes_count_is_added_up(pair: tuple[Server, Server]) -> None:
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
    for row in stored(b, COUNTED):  # two days, where this is midnight
        counted[row["slug"]] += row["seconds"]
    assert counted.keys() == {"much", "little"}
    # `little` says how long the second process counted; the rest of `much` is the first's.
    for seconds in (counted["little"], (counted["much"] - 2 * counted["little"]) / 3):
        assert 0.7 * COUNT_SECONDS <= seconds <= 3 * COUNT_SECONDS

    same: dict[str, Any] = {
        name: a.env[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    }
    with Server(a.folder, **same) as again:
        front = httpx2.get(again.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS).text
        top = LexborHTMLParser(front).css(".most-read .title")
        assert [line.text() for line in top] == ["much", "little"]


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
