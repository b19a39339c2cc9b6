"""Two servers with folders of their own, on one PostgreSQL and one Redis in each of its larger forms, while posts go to both
and both have readers: masters are lost, slots move, servers and database connections are killed."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from commands import run
from desk_client import new_story
from posters import Poster, through_redis, token_at, until_redis_is
from processes import Postgres, Redis, Server, environment, until
from readers import Reader, all_have, audience
from redis_forms import Cluster, Sentinels
from sqlalchemy import text

from liveblog.bus.nodes import slot_of
from liveblog.store.database import Database

pytestmark = pytest.mark.anyio

# Of each server. `LIVEBLOG_TEST_READERS=2000` takes some minutes and 5,000 open files.
READERS = int(os.environ.get("LIVEBLOG_TEST_READERS", "50"))
PACE = min(20.0, 4_000 / READERS)  # posts a second
BOUND = 2.0  # seconds that a reader may wait for an entry with Redis gone; the contract's


class Stage:
    """Both servers. `redis` is what they use; `database` its URL."""

    def __init__(self, folder: Path, redis: Cluster | Sentinels, database: str) -> None:
        self.redis = redis
        self.database = database
        self._stack = ExitStack()
        self._settings = {
            "DATABASE_URL": database,
            "REDIS_URL": redis.url,
            "SECRET_KEY": secrets.token_hex(16),
        }
        done = run("migrate", env=environment(**self._settings))
        assert done.returncode == 0, done.stderr
        self.servers = [self._started(folder / name) for name in ("a", "b")]

    def _started(self, folder: Path, port: int | None = None) -> Server:
        return self._stack.enter_context(Server(folder, port=port, **self._settings))

    def again(self, number: int) -> None:
        """Starts a server that was killed."""
        old = self.servers[number]
        self.servers[number] = self._started(old.folder, old.port)

    @property
    def urls(self) -> list[str]:
        return [server.url for server in self.servers]

    def master(self, slug: str) -> Redis:
        """The Redis that carries a story's events."""
        if isinstance(self.redis, Cluster):
            return self.redis.owner(slot_of(slug))
        return self.redis.master

    def close(self) -> None:
        self._stack.close()


FORMS: dict[str, Callable[[Path], Cluster | Sentinels]] = {
    "cluster": lambda folder: Cluster(folder, masters=3, replicas=1),
    "sentinel": Sentinels,
}


@pytest.fixture(scope="module", params=FORMS)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp(request.param)
    with FORMS[request.param](folder / "redis") as redis:
        made = Stage(folder, redis, postgres.database(f"failover_{request.param}"))
        try:
            yield made
        finally:
            made.close()


class Scene(NamedTuple):
    """A story that both servers take posts for and have readers of."""

    slug: str
    poster: Poster
    readers: list[Reader]


@asynccontextmanager
async def playing(stage: Stage) -> AsyncIterator[Scene]:
    await asyncio.to_thread(stage.redis.mend)
    a, b = stage.servers
    token = await token_at(a)
    slug = new_story(a.url, token)
    async with (
        Poster(token, slug, a.url, b.url) as poster,
        audience(a.ws, slug, READERS) as at_a,
        audience(b.ws, slug, READERS) as at_b,
    ):
        await until_redis_is("up", *stage.urls)
        yield Scene(slug, poster, [*at_a, *at_b])


async def ends_well(stage: Stage, scene: Scene, *, servers_lived: bool = True) -> None:
    """Every reader has everything, once and in order, and Redis is used again.

    While the servers live, no post fails, and no reader waits longer than without Redis.
    """
    head = len(scene.poster.acked)
    await all_have(scene.readers, head)
    assert sorted(scene.poster.acked) == list(range(1, head + 1))
    assert {reader.resets for reader in scene.readers} == {0}
    if servers_lived:
        assert scene.poster.longest_wait(scene.readers) < BOUND
        assert scene.poster.retries == 0
    await until_redis_is("up", *stage.urls)
    for reader in (scene.readers[0], scene.readers[-1]):
        await through_redis(scene.poster, reader)


async def test_a_redis_master_is_lost(stage: Stage) -> None:
    async with playing(stage) as scene:
        pouring = asyncio.create_task(scene.poster.pour(120, pace=PACE))
        await scene.poster.until(20)
        killed = await asyncio.to_thread(stage.master, scene.slug)
        killed.kill()
        await pouring
        await ends_well(stage, scene)


async def test_servers_and_database_connections_are_lost_with_a_redis_master(stage: Stage) -> None:
    """All at once: a master, then one server, the other, and every connection to the database."""
    async with playing(stage) as scene:
        pouring = asyncio.create_task(scene.poster.pour(200, pace=PACE))
        await scene.poster.until(20)
        killed = await asyncio.to_thread(stage.master, scene.slug)
        killed.kill()
        for number in (0, 1):
            await scene.poster.until(50 + 50 * number)
            stage.servers[number].kill()
            await asyncio.to_thread(stage.again, number)
        await scene.poster.until(150)
        assert await ended_connections(stage.database) >= 2
        await pouring
        await ends_well(stage, scene, servers_lived=False)


async def ended_connections(url: str) -> int:
    """Ends all other connections to the database."""
    database = Database(url)
    try:
        async with database.write() as connection:
            ended = await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            return len(ended.all())
    finally:
        await database.close()


@pytest.mark.parametrize("stage", ["cluster"], indirect=True)
async def test_slots_of_a_story_move(stage: Stage) -> None:
    """Again and again, from node to node: nobody notices."""
    assert isinstance(stage.redis, Cluster)
    async with playing(stage) as scene:
        pouring = asyncio.create_task(scene.poster.pour(120, pace=PACE))
        for moment in range(10, 120, 10):
            await scene.poster.until(moment)
            owner = await asyncio.to_thread(stage.master, scene.slug)
            masters = await asyncio.to_thread(stage.redis.masters)
            target = masters[(masters.index(owner) + 1) % len(masters)]
            await asyncio.to_thread(stage.redis.move, slot_of(scene.slug), target)
        await pouring
        await ends_well(stage, scene)


@pytest.mark.parametrize("stage", ["sentinel"], indirect=True)
async def test_a_master_is_demoted_and_still_answers(stage: Stage) -> None:
    """The Sentinels cannot tell it, nor end its connections: the servers leave it by themselves."""
    assert isinstance(stage.redis, Sentinels)
    old, heir = stage.redis.master, stage.redis.replica
    async with playing(stage) as scene:
        pouring = asyncio.create_task(scene.poster.pour(120, pace=PACE))
        await scene.poster.until(20)
        assert old.call("ACL", "SETUSER", "default", "-client|kill") == "+OK"
        assert stage.redis.sentinels[0].call("SENTINEL", "FAILOVER", "news") == "+OK"
        await until(lambda: heir.ask("PUBSUB", "NUMSUB", "liveblog:beacon").endswith(":2"))
        await pouring
        await ends_well(stage, scene)
        assert old.ask("PUBSUB", "NUMSUB", "liveblog:beacon").endswith(":0")
    assert old.call("ACL", "SETUSER", "default", "+@all") == "+OK"
    await asyncio.to_thread(stage.redis.demote, old)
