"""Redis as a process uses it: few connections, whatever is asked at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from processes import PATIENCE, Redis
from redis.asyncio import Redis as Client

from liveblog.bus.redis import RedisBus
from liveblog.bus.single import CONNECTIONS

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command may wait for a slow machine here: the tests are about connections."""
    monkeypatch.setattr("liveblog.bus.redis.TIMEOUT", PATIENCE)


async def test_many_commands_at_once_need_few_connections(redis: Redis) -> None:
    bus = RedisBus(redis.url, "test")
    assert all(await asyncio.gather(*(bus.publish("beacon", b"{}") for _ in range(300))))
    assert await connections(redis) <= CONNECTIONS
    await bus.close()


async def test_a_cancelled_command_gives_its_connection_back(redis: Redis) -> None:
    bus = RedisBus(redis.url, "test")
    for steps in range(3 * CONNECTIONS):
        command = asyncio.create_task(bus.publish("beacon", b"{}"))
        for _ in range(steps % 12):
            await asyncio.sleep(0)
        command.cancel()
        with suppress(asyncio.CancelledError):
            await command
    assert all(await asyncio.gather(*(bus.publish("beacon", b"{}") for _ in range(300))))
    await bus.close()


async def connections(redis: Redis) -> int:
    """Of others, to that server."""
    async with Client.from_url(redis.url) as client:
        return len(await client.client_list()) - 1
