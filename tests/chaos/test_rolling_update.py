"""A new version beside the old one, on one database: readers of both have every entry once and in order, while the database is
migrated and while one server after the other is replaced. The old servers are those of the last release.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commands import run
from desk_client import new_story
from posters import Poster, through_redis, until_redis_is, whole_log
from processes import NO_TLS, PATIENCE, Postgres, Redis, Server, environment
from readers import Reader, all_have, audience
from releases import ReleasedServer, released_code

pytestmark = pytest.mark.anyio

READERS = 10  # of each server
PACE = 20  # entries a second


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return released_code(tmp_path / "code")


async def old_command(code: Path, env: dict[str, str], *args: str) -> str:
    """What a command of the last release prints."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "liveblog", *args],
        env=env | {"PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def replaced(old: Server, settings: dict[str, Any]) -> Server:
    """A server of this version in the place of an old one, at its address."""
    assert await asyncio.to_thread(old.stop) == 0
    return await asyncio.to_thread(lambda: Server(old.folder, port=old.port, **settings))


@pytest.fixture
async def settings(postgres: Postgres, redis: Redis, code: Path) -> dict[str, Any]:
    """Of servers on one PostgreSQL, which the last release has migrated, and one Redis."""
    given = {
        "DATABASE_URL": postgres.database(f"rolling_{secrets.token_hex(4)}"),
        "SECRET_KEY": secrets.token_hex(16),
        "LIVEBLOG_DRAIN_SECONDS": "1",
    }
    await old_command(code, environment(**given), "migrate")
    return given | {"REDIS_URL": redis.url}


@pytest.fixture
async def old(code: Path, tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[list[Server]]:
    """Two servers of the last release."""
    servers = [ReleasedServer(code, tmp_path / name, **settings) for name in "ab"]
    yield list(servers)
    for server in servers:
        server.close()


async def test_readers_notice_nothing_of_an_update(
    code: Path, old: list[Server], settings: dict[str, Any]
) -> None:
    env = old[0].env | {"LIVEBLOG_PASSWORD": "a long enough password"}
    who = "editor@example.org"
    await old_command(code, env, "user", "add", who, "--name", "Ed", "--role", "editor")
    token = await old_command(code, env, "token", "add", who, "--label", "tests")
    slug = await asyncio.to_thread(new_story, old[0].url, token)
    async with AsyncExitStack() as stack:
        readers: list[Reader] = []
        for server in old:
            readers += await stack.enter_async_context(audience(server.ws, slug, READERS))
        poster = Poster(token, slug, *(server.url for server in old))
        await stack.enter_async_context(poster)
        await until_redis_is("up", *(server.url for server in old))
        ended = asyncio.Event()
        pouring = asyncio.create_task(poster.pour_until(ended, PACE))
        await poster.more(20)

        done = await asyncio.to_thread(run, "migrate", env=environment(**settings))
        assert (done.returncode, done.stderr) == (0, "")
        # The old servers go on, with the new schema under them, and nobody was disconnected.
        await poster.more(20)
        assert not any(reader.closes for reader in readers)
        assert poster.retries == 0

        servers = list(old)
        for place, server in enumerate(old):
            servers[place] = await replaced(server, settings)
            stack.callback(servers[place].close)
            await until_redis_is("up", servers[place].url)
            if place == 0:  # old and new beside each other
                for one, other in ((0, 1), (1, 0)):
                    async with Poster(token, slug, servers[one].url) as lone:
                        await through_redis(lone, readers[other * READERS])
        ended.set()
        await pouring
        events = await whole_log(servers[0].url, slug)
        await all_have(readers, events[-1]["seq"])
        assert poster.ids.items() <= {event["seq"]: event["id"] for event in events}.items()
        assert all(set(reader.closes) == {1012} for reader in readers)
        assert not any(reader.resets for reader in readers)
        pages = {await page_of(server, slug) for server in servers}
        assert len(pages) == 1
        for server in servers:
            assert "Traceback" not in server.said()


async def page_of(server: Server, slug: str) -> str:
    async with httpx2.AsyncClient(verify=NO_TLS, trust_env=False, timeout=PATIENCE) as http:
        answer = await http.get(f"{server.url}/stories/{slug}")
        assert answer.status_code == 200
        return answer.text
