"""Thousands of share pictures asked for at once: they slow nobody, and few of them wait."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx2
import pytest
from copies import database, multiply
from desk_client import Editor
from honest import Honest
from processes import NO_TLS, PATIENCE, Server

pytestmark = pytest.mark.anyio

ENTRIES = 10_000
AT_ONCE = 32


def addresses(server: Server, slug: str) -> list[str]:
    query = "SELECT e.id FROM entries e JOIN stories s ON s.id = e.story_id WHERE s.slug = ?"
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection:
        return [
            f"/stories/{slug}/entries/{entry}/card.png"
            for (entry,) in connection.execute(query, [slug])
        ]


def flood(url: str, paths: list[str]) -> Iterator[None]:
    with (
        httpx2.Client(
            base_url=url,
            timeout=PATIENCE,
            trust_env=False,
            verify=NO_TLS,
            limits=httpx2.Limits(max_connections=AT_ONCE),
        ) as client,
        ThreadPoolExecutor(AT_ONCE) as crowd,
    ):
        while True:
            for answer in crowd.map(client.get, paths):
                assert answer.status_code in {200, 429}
                yield


async def test_ten_thousand_addresses_slow_nobody(
    shared_server: Server, shared_token: str, editor: Editor
) -> None:
    slug = editor.story(title="A story of many updates")
    editor.post(slug)
    multiply(shared_server, slug, ENTRIES)
    paths = addresses(shared_server, slug)
    assert len(paths) >= ENTRIES
    async with Honest(shared_server, shared_token) as honest:
        before, during = await honest.hold_beside(flood, shared_server.url, paths)
    print(f"before {before}, during {during}")


def test_who_asks_for_too_many_at_once_is_told_to_wait(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story(title="A story of many updates")
    paths = [
        f"/stories/{slug}/entries/{editor.post(slug, headline=f'Number {number}')['id']}/card.png"
        for number in range(60)
    ]
    limits = httpx2.Limits(max_connections=60)
    with (
        httpx2.Client(
            base_url=shared_server.url,
            timeout=PATIENCE,
            trust_env=False,
            verify=NO_TLS,
            limits=limits,
        ) as client,
        ThreadPoolExecutor(60) as crowd,
    ):
        answers = list(crowd.map(client.get, paths))
    told = Counter(answer.status_code for answer in answers)
    assert told.keys() == {200, 429}
    assert all("retry-after" in one.headers for one in answers if one.status_code == 429)
