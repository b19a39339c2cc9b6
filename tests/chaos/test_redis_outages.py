"""Redis fails in every way it can while entries pour in: posts go on, nobody waits long, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from desk_client import new_story
from posters import Poster, through_redis, token_at, until_redis_is
from processes import Redis, Server
from readers import Reader, all_have, audience
from redis_line import RedisLine

pytestmark = pytest.mark.anyio

BOUND = 2.0  # seconds that a reader may wait for an entry with Redis gone; the contract's


class Scene(NamedTuple):
    """A story that two servers take posts for and both have readers of."""

    poster: Poster
    readers: list[Reader]
    urls: tuple[str, str]

    async def ends_well(self) -> None:
        """After the outage: everything came, in time, once and in order, and Redis is used again."""
        head = len(self.poster.acked)
        await all_have(self.readers, head)
        assert sorted(self.poster.acked) == list(range(1, head + 1))
        assert self.poster.longest_wait(self.readers) < BOUND
        assert self.poster.retries == 0
        # A write does not wait for Redis; the disk of a busy machine may hold one up for seconds.
        assert self.poster.slowest < 20
        await until_redis_is("up", *self.urls)
        for reader in (self.readers[0], self.readers[-1]):
            await through_redis(self.poster, reader)


@asynccontextmanager
async def playing(a: Server, b: Server) -> AsyncIterator[Scene]:
    """`b` may be `a`: then one server takes the posts and has all readers."""
    token = await token_at(a)
    slug = new_story(a.url, token)
    async with (
        Poster(token, slug, a.url, b.url) as poster,
        audience(a.ws, slug, 3) as at_a,
        audience(b.ws, slug, 3) as at_b,
    ):
        await until_redis_is("up", a.url, b.url)
        yield Scene(poster, [*at_a, *at_b], (a.url, b.url))


async def test_redis_killed_and_started_again(pair: tuple[Server, Server], redis: Redis) -> None:
    async with playing(*pair) as scene:
        pouring = asyncio.create_task(scene.poster.pour(160, pace=20))
        await scene.poster.until(20)
        redis.kill()
        await scene.poster.until(80)
        with Redis(redis.folder, redis.port):
            await pouring
            await scene.ends_well()


async def test_redis_cuts_its_subscribers_again_and_again(
    pair: tuple[Server, Server], redis: Redis
) -> None:
    async with playing(*pair) as scene:
        pouring = asyncio.create_task(scene.poster.pour(200, pace=50))
        cut = 0
        for moment in range(10, 200, 10):
            await scene.poster.until(moment)
            cut += int(redis.call("CLIENT", "KILL", "TYPE", "pubsub").removeprefix(":"))
        await pouring
        assert cut >= 10
        await scene.ends_well()


async def test_redis_that_stands_still_is_noticed(
    pair: tuple[Server, Server], redis: Redis
) -> None:
    """Longer than the beacon waits: the connections stay open and bring nothing."""
    async with playing(*pair) as scene:
        pouring = asyncio.create_task(scene.poster.pour(130, pace=10))
        await scene.poster.until(10)
        redis.pause()
        try:
            await until_redis_is("down", *scene.urls)
            await scene.poster.until(len(scene.poster.acked) + 20)
        finally:
            redis.resume()
        await pouring
        await scene.ends_well()


async def test_a_dead_line_to_redis_is_noticed_and_made_anew(tmp_path: Path, redis: Redis) -> None:
    """Half open: the connections live on and bring nothing, and only new ones work."""
    async with RedisLine(redis.port) as line:
        url = f"redis://127.0.0.1:{line.port}/0"
        with await asyncio.to_thread(Server, tmp_path / "server", REDIS_URL=url) as server:
            async with playing(server, server) as scene:
                pouring = asyncio.create_task(scene.poster.pour(60, pace=10))
                await scene.poster.until(10)
                assert line.go_dead() >= 2
                await until_redis_is("down", server.url)
                await pouring
                await scene.ends_well()
