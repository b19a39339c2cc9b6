"""Every entry reaches every reader once and in order: over several servers, workers and joins."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from desk_client import new_story
from posters import Poster, through_redis, token_at, until_redis_is, whole_log
from processes import PATIENCE, Server, gone, until
from readers import Reader, all_have, audience

pytestmark = pytest.mark.anyio


async def joining(
    stack: AsyncExitStack, servers: Sequence[Server], slug: str, places: Sequence[int]
) -> list[Reader]:
    """Readers that begin after each of the places, at one server or another."""
    readers = [Reader(random.choice(servers).ws, slug, after) for after in places]
    await asyncio.gather(*(stack.enter_async_context(reader) for reader in readers))
    return readers


async def test_readers_of_one_server_have_what_two_servers_take(
    pair: tuple[Server, Server],
) -> None:
    """The slow one: 50 entries a second at each of two servers, for 20 seconds."""
    a, b = pair
    token = await token_at(a)
    slug = new_story(a.url, token)
    async with (
        audience(b.ws, slug, 100) as readers,
        Poster(token, slug, a.url) as at_a,
        Poster(token, slug, b.url) as at_b,
        AsyncExitStack() as later,
    ):
        await all_have(readers, await at_a.post())
        await until_redis_is("up", a.url, b.url)
        await through_redis(at_a, readers[0])

        await asyncio.gather(at_a.pour(1000, pace=50), at_b.pour(1000, pace=50))
        head = 2009
        assert sorted([*at_a.acked, *at_b.acked]) == list(range(1, head + 1))
        await all_have(readers, head)
        bodies = [event["html"] for event in readers[0].events]
        assert len(set(bodies)) == head

        # More than a process holds in memory: these read the log, while it grows.
        places = [0, 1, 1000, 1008, 1009, 1010, 1500, head]
        pouring = asyncio.create_task(at_a.pour(100, pace=50))
        joined = await joining(later, pair, slug, places)
        await pouring
        await all_have([*joined, *readers], head + 100)

        # The first may have come before all of them.
        await until(lambda: any(frame["readers"] >= 100 for frame in heartbeats(readers[0])))
        assert all(frame["head"] <= head + 100 for frame in heartbeats(readers[0]))


def heartbeats(reader: Reader) -> list[dict[str, Any]]:
    return [frame for frame in reader.frames if frame["type"] == "head"]


async def test_a_reader_that_joins_anywhere_has_exactly_what_it_lacks(
    shared_server: Server, shared_token: str
) -> None:
    slug = new_story(shared_server.url, shared_token)
    async with Poster(shared_token, slug, shared_server.url) as poster, AsyncExitStack() as stack:
        await poster.pour(30, pace=1000)
        pouring = asyncio.create_task(poster.pour(150, pace=50))
        readers = await joining(stack, [shared_server], slug, range(31))
        while not pouring.done():
            places = [random.randint(0, len(poster.acked)) for _ in range(3)]
            readers += await joining(stack, [shared_server], slug, places)
            await poster.until(min(180, len(poster.acked) + 4))
        await pouring
        await all_have(readers, 180)


async def test_a_reader_without_a_place_begins_with_the_present(
    shared_server: Server, shared_token: str
) -> None:
    slug = new_story(shared_server.url, shared_token)
    async with Poster(shared_token, slug, shared_server.url) as poster:
        await poster.pour(5, pace=1000)
        async with Reader(shared_server.ws, slug, after=None) as reader:
            assert reader.frames[0]["head"] == 5
            await poster.post()
            await all_have([reader], 6)
            assert reader.log == [6]


async def test_a_cut_connection_is_resumed_without_a_gap(
    shared_server: Server, shared_token: str
) -> None:
    slug = new_story(shared_server.url, shared_token)
    async with (
        audience(shared_server.ws, slug, 5) as readers,
        Poster(shared_token, slug, shared_server.url) as poster,
    ):
        pouring = asyncio.create_task(poster.pour(100, pace=50))
        for moment in range(5, 100, 5):
            await poster.until(moment)
            reader = random.choice(readers)
            async with asyncio.timeout(PATIENCE):
                await reader.connected.wait()
            reader.cut()
        await pouring
        await all_have(readers, 100)
        await until(lambda: sum(len(reader.closes) for reader in readers) >= 19)


async def test_workers_of_one_server_share_readers_and_entries(tmp_path: Path) -> None:
    with Server(tmp_path, "--workers", "2") as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        await until(lambda: len(server.workers()) == 2)
        one, other = server.workers()
        readers: list[Reader] = []
        posters: list[Poster] = []
        async with AsyncExitStack() as stack:
            # While its sibling is stopped, a worker gets all new connections.
            for stopped in (one, other):
                os.kill(stopped, signal.SIGSTOP)
                try:
                    readers += await stack.enter_async_context(audience(server.ws, slug, 10))
                    poster = Poster(token, slug, server.url, at_once=1)
                    posters.append(await stack.enter_async_context(poster))
                    await poster.post()
                finally:
                    os.kill(stopped, signal.SIGCONT)
            await until_redis_is("up", server.url)
            await asyncio.gather(*(poster.pour(49, pace=50) for poster in posters))
            await all_have(readers, 100)
            for reader in (readers[0], readers[-1]):
                await through_redis(posters[0], reader)

            os.kill(one, signal.SIGKILL)
            await gone([one])
            await posters[0].pour(20, pace=20)
            await all_have(readers, 136)
            await until(lambda: len(server.workers()) == 2)  # the killed one is replaced
            assert len(await whole_log(server.url, slug)) == 136
