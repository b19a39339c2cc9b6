"""Redis drops a subscriber that takes nothing: its readers lack nothing once it goes on."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from desk_client import new_story
from posters import Poster, through_redis, token_at, until_redis_is
from processes import PATIENCE, Redis, Server, Stopwatch, until
from readers import all_have, audience
from redis import Redis as Client

pytestmark = pytest.mark.anyio

BOUND = 2.0  # seconds after which a server that goes on has everything at its readers
LIMIT = '"pubsub 256kb 128kb 1"'
DROPPED = "overcoming of output buffer limits"
BYTES = 60_000  # of an entry; some seventy fill the kernel's buffers first


def subscribers(redis: Redis) -> set[str]:
    """Redis's own ids of the connections that are subscribed."""
    with Client(port=redis.port) as client:
        return {each["id"] for each in client.client_list("pubsub")}


async def subscribed(redis: Redis, count: int) -> set[str]:
    """The subscribers, as soon as there are so many: redis-py may make a connection first, which goes at once."""
    async with asyncio.timeout(PATIENCE):
        while len(found := subscribers(redis)) != count:  # noqa: ASYNC110 - Redis sets no event
            await asyncio.sleep(0.02)
    return found


async def test_a_subscriber_dropped_for_its_full_buffer_catches_up(
    pair: tuple[Server, Server], redis: Redis
) -> None:
    a, b = pair
    token = await token_at(a)
    slug = new_story(a.url, token)
    assert redis.call("CONFIG", "SET", "client-output-buffer-limit", LIMIT) == "+OK"
    async with (
        audience(a.ws, slug, 2) as at_a,
        audience(b.ws, slug, 3) as at_b,
        Poster(token, slug, a.url) as poster,
    ):
        await until_redis_is("up", a.url, b.url)
        await through_redis(poster, at_b[0])
        before = await subscribed(redis, 2)
        b.pause()
        try:
            while DROPPED not in redis.said():
                assert len(poster.acked) < 400, "nobody was dropped"
                await asyncio.gather(*(poster.post(secrets.token_hex(BYTES // 2)) for _ in "ab"))
            kept = await subscribed(redis, 1)
            assert kept < before
            head = 0
            for _ in range(5):
                head = await poster.post()
            await all_have(at_a, head)
        finally:
            b.resume()
        taken = Stopwatch(b)
        await all_have(at_b, head)
        assert taken.seconds < BOUND

        # One look for both: redis-py itself may make a connection first, which goes at once.
        await until(lambda: len(new := subscribers(redis)) == 2 and kept < new != before)
        await through_redis(poster, at_b[0])
        assert redis.said().count(DROPPED) == 1
