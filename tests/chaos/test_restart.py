"""Servers that are killed or told to stop: what was acknowledged is kept, readers are sent away in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from desk_client import new_story
from posters import Poster, token_at, whole_log
from processes import Server, gone, until
from readers import all_have, audience

pytestmark = pytest.mark.anyio


async def test_acknowledged_entries_survive_a_kill_and_come_once(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            Poster(token, slug, server.url) as poster,
            audience(server.ws, slug, 5) as readers,
        ):
            pouring = asyncio.create_task(poster.pour(150, pace=60))
            await poster.until(50)
            # An acknowledgement waits a moment for Redis: now there are entries without one.
            valkey = server.valkey()
            assert valkey
            os.kill(valkey, signal.SIGSTOP)
            await until(lambda: stored(server, slug) >= len(poster.acked) + 4)
            server.kill()
            before = dict(poster.ids)
            assert 50 <= len(before) < 150
            with await asyncio.to_thread(Server, tmp_path, port=server.port) as successor:
                kept = {event["seq"]: event["id"] for event in await whole_log(successor.url, slug)}
                assert before.items() <= kept.items()

                # The editors tried again, with the key of the first attempt.
                await pouring
                assert poster.retries > 0
                await all_have(readers, 150)
                log = await whole_log(successor.url, slug)
                assert {event["seq"]: event["id"] for event in log} == poster.ids
                assert len({event["html"] for event in log}) == 150
                assert all(len(reader.closes) >= 1 for reader in readers)


def stored(server: Server, slug: str) -> int:
    """The head of a story in the database."""
    with closing(sqlite3.connect(server.folder / "data" / "liveblog.sqlite3")) as connection:
        query = "SELECT head FROM stories WHERE slug = ?"
        head: int = connection.execute(query, [slug]).fetchone()[0]
        return head


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_server_told_to_stop_sends_its_readers_away(tmp_path: Path, workers: str) -> None:
    with Server(tmp_path, WEB_CONCURRENCY=workers) as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            audience(server.ws, slug, 20) as readers,
            Poster(token, slug, server.url) as poster,
        ):
            await poster.pour(10, pace=1000)
            await all_have(readers, 10)
            family = server.children()
            begun = time.monotonic()
            assert await asyncio.to_thread(server.stop) == 0
            assert time.monotonic() - begun < 10  # its grace: nobody here needs it
            await gone(family)
            codes = await asyncio.gather(*(reader.until_closed() for reader in readers))
            assert set(codes) == {1012}
        said = server.said().partition("\n")[2]
        assert "Traceback" not in said
        assert "127.0.0.1" not in said  # readers' addresses are nobody's business
