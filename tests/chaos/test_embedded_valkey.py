"""The embedded Valkey: killed, shared, taken over, and gone with its server."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from desk_client import new_story
from posters import Poster, through_redis, token_at, until_redis_is, whole_log
from processes import Server, command_line, gone, until
from readers import all_have, audience

pytestmark = pytest.mark.anyio


async def valkey_of(server: Server, other_than: int | None = None) -> int:
    """Waits until the server runs a Valkey, and gives its process id."""
    await until(lambda: server.valkey() not in {None, other_than})
    pid = server.valkey()
    assert pid is not None
    return pid


async def test_a_killed_valkey_is_started_again_and_nothing_is_lost(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        token = await token_at(server)
        slug = new_story(server.url, token)
        async with (
            Poster(token, slug, server.url) as poster,
            audience(server.ws, slug, 5) as readers,
        ):
            pouring = asyncio.create_task(poster.pour(120, pace=30))
            killed = None
            for moment in (20, 50, 80):
                await poster.until(moment)
                killed = await valkey_of(server, other_than=killed)
                os.kill(killed, signal.SIGKILL)
            await pouring
            await all_have(readers, 120)
            assert poster.longest_wait(readers) < 2
            assert poster.retries == 0
            await valkey_of(server, other_than=killed)
            await until_redis_is("up", server.url)
            await through_redis(poster, readers[0])


async def test_nothing_of_a_killed_server_stays_behind(tmp_path: Path) -> None:
    with Server(tmp_path, WEB_CONCURRENCY="2") as server:
        await valkey_of(server)
        family = server.children()
        assert len(server.workers()) == 2
        # A worker ends with its parent once it has begun.
        await until(lambda: server.said().count("Application startup complete") == 2)
        token = await token_at(server)
        slug = new_story(server.url, token)
        server.kill()
        # At once, on the same port and the same data: whatever is left of the first is in the way.
        with Server(tmp_path, port=server.port) as successor:
            await gone(family)
            async with (
                Poster(token, slug, successor.url) as poster,
                audience(successor.ws, slug, 2) as readers,
            ):
                await until_redis_is("up", successor.url)
                await through_redis(poster, readers[0])
                assert len(await whole_log(successor.url, slug)) == 8
            successor_valkey = await valkey_of(successor)
            assert successor.stop() == 0
            await gone([successor_valkey])


async def test_servers_on_one_data_folder_share_a_valkey_and_take_it_over(tmp_path: Path) -> None:
    with Server(tmp_path) as owner, Server(tmp_path) as heir:
        assert heir.valkey() is None
        shared = await valkey_of(owner)
        token = await token_at(owner)
        slug = new_story(owner.url, token)
        async with (
            Poster(token, slug, owner.url) as at_owner,
            Poster(token, slug, heir.url) as at_heir,
            audience(heir.ws, slug, 3) as readers,
        ):
            await until_redis_is("up", owner.url, heir.url)
            await through_redis(at_owner, readers[0])

            pouring = asyncio.create_task(at_heir.pour(60, pace=30))
            await at_heir.until(20)
            owner.kill()
            await pouring
            await all_have(readers, 68)
            assert at_heir.longest_wait(readers) < 2
            assert at_heir.retries == 0

            await valkey_of(heir)
            assert not command_line(shared)
            await until_redis_is("up", heir.url)
            await through_redis(at_heir, readers[0])
            await all_have(readers, 76)
