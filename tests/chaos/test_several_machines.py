"""Two machines on one PostgreSQL and one Redis, each with a data folder of its own, and media in a folder that they share: readers and
editors of both have everything once and in order, through the loss of either server and of every connection to the database; directly,
and through PgBouncer.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import Editor, new_story
from pgbouncer import PgBouncer
from posters import Poster, through_redis, token_at, until_redis_is, whole_log
from processes import Postgres, Redis, Server, environment
from readers import Reader, all_have, audience
from uploads import uploaded

pytestmark = pytest.mark.anyio

READERS = 10  # of each server
PACE = 20  # entries a second, at each server


@pytest.fixture(params=["direct", "pgbouncer"])
def database(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[tuple[str, str]]:
    """The name of a migrated database, and the address by which servers reach it."""
    name = f"machines_{secrets.token_hex(4)}"
    url = postgres.database(name)
    done = run("migrate", env=environment(DATABASE_URL=url, SECRET_KEY="k" * 32))
    assert done.returncode == 0, done.stderr
    if request.param == "direct":
        yield name, url
        return
    with PgBouncer(postgres) as bouncer:  # 3 connections for both
        yield name, bouncer.url(url)


@pytest.fixture
async def machines(
    database: tuple[str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[list[Server]]:
    settings: dict[str, Any] = {
        "DATABASE_URL": database[1],
        "REDIS_URL": redis.url,
        "SECRET_KEY": "k" * 32,
        "LIVEBLOG_MEDIA": str(tmp_path / "media"),
        "LIVEBLOG_DATABASE_CONNECTIONS": "8",
        "LIVEBLOG_DRAIN_SECONDS": "1",
    }
    servers = [Server(tmp_path / name, **settings) for name in "ab"]
    yield servers
    for server in servers:
        server.close()


async def back(server: Server) -> Server:
    """The same machine, whose server was lost, with a server again."""
    settings = {name: server.env[name] for name in server.env if name != "PORT"}
    return await asyncio.to_thread(lambda: Server(server.folder, port=server.port, **settings))


async def test_the_loss_of_each_server_and_of_every_connection(
    machines: list[Server], database: tuple[str, str], postgres: Postgres
) -> None:
    token = await token_at(machines[0])
    slug = await asyncio.to_thread(new_story, machines[0].url, token)
    async with AsyncExitStack() as stack:
        readers: list[Reader] = []
        for server in machines:
            readers += await stack.enter_async_context(audience(server.ws, slug, READERS))
        posters = [Poster(token, slug, server.url) for server in machines]
        for poster in posters:
            await stack.enter_async_context(poster)
        await until_redis_is("up", *(server.url for server in machines))
        await through_redis(posters[0], readers[-1])
        await through_redis(posters[1], readers[0])
        ended = asyncio.Event()
        pouring = asyncio.gather(*(poster.pour_until(ended, PACE) for poster in posters))

        for round_ in range(3):  # every connection, also the new ones
            await posters[0].more(10)
            await asyncio.to_thread(postgres.end_connections, database[0])
            assert not any(reader.closes for reader in readers), f"round {round_}"
        for place, server in enumerate(machines):
            await posters[place].more(10)
            await asyncio.to_thread(server.kill)
            other = posters[1 - place]
            await other.more(10)  # it goes on meanwhile
            machines[place] = await back(server)
        ended.set()
        await pouring

        events = await whole_log(machines[0].url, slug)
        await all_have(readers, events[-1]["seq"])
        posted = {seq: entry for poster in posters for seq, entry in poster.ids.items()}
        assert {event["seq"]: event["id"] for event in events} == posted
        assert not any(reader.resets for reader in readers)
        for server in machines:
            assert "Traceback" not in server.said()


async def test_media_of_one_are_served_by_the_other(machines: list[Server]) -> None:
    token = await token_at(machines[0])

    def check() -> None:
        one, other = (Editor(server.url, token) for server in machines)
        slug = one.story()
        picture = uploaded(one)
        one.post(slug, media=[picture["id"]])
        found = other.http.get(picture["url"])
        assert (found.status_code, found.content) == (200, one.http.get(picture["url"]).content)
        one.close()
        other.close()

    await asyncio.to_thread(check)
