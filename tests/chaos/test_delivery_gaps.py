"""What Redis does not bring, one cause at a time: the log closes the gap, for readers of another server."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest
from desk_client import new_story
from posters import Poster, token_at, until_redis_is, whole_log
from processes import NO_TLS, PATIENCE, OrdinaryServer, Redis, Server, until
from readers import Reader, all_have, audience

pytestmark = pytest.mark.anyio

CLAIM = 2.0  # seconds that a reader is behind at most; the contract's


def database(server: Server) -> str:
    return server.env["DATABASE_URL"].removeprefix("sqlite:///")


def execute(server: Server, statement: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection, connection:
        return connection.execute(statement).fetchall()


async def test_a_server_that_dies_between_commit_and_publish(
    pair: tuple[Server, Server], redis: Redis
) -> None:
    a, b = pair
    token = await token_at(a)
    slug = new_story(a.url, token)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
    path = f"/api/stories/{slug}/entries"
    async with (
        httpx2.AsyncClient(
            headers=headers, timeout=PATIENCE, trust_env=False, verify=NO_TLS
        ) as http,
        audience(b.ws, slug, 3) as readers,
    ):
        await until_redis_is("up", a.url, b.url)
        redis.pause()
        posting = asyncio.create_task(http.post(a.url + path, json={"body": "Dying."}))
        await until(lambda: execute(a, "SELECT max(head) FROM stories") == [(1,)])
        a.kill()
        redis.kill()  # with what it may have received and not yet read
        with suppress(httpx2.TransportError):  # unless that was so late that it was answered
            await posting
        await all_have(readers, 1)
        again = await http.post(b.url + path, json={"body": "Dying."})
        assert (again.status_code, json.loads(again.text)["seq"]) == (200, 1)
        assert len(await whole_log(b.url, slug)) == 1


async def test_a_redis_that_was_demoted(tmp_path: Path) -> None:
    """After a failover, one server is still on the former master: it hears all and is not heard."""

    def start(name: str, redis: Redis) -> Server:
        url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
        return Server(tmp_path / name, DATABASE_URL=url, REDIS_URL=redis.url, SECRET_KEY="x" * 32)

    with Redis(tmp_path / "former") as former, Redis(tmp_path / "master") as master:
        assert former.call("REPLICAOF", "127.0.0.1", str(master.port)) == "+OK"
        with start("a", former) as a, start("b", master) as b:
            token = await token_at(a)
            slug = new_story(a.url, token)
            async with (
                Poster(token, slug, a.url, b.url) as poster,
                audience(a.ws, slug, 3) as at_a,
                audience(b.ws, slug, 3) as at_b,
            ):
                await until_redis_is("up", a.url, b.url)
                await poster.pour(80, pace=20)
                for _ in range(2):  # with nothing after it that would show a gap
                    await all_have([*at_a, *at_b], await poster.post())
                waited = sorted(at_b[0].arrived[seq] - at for seq, at in poster.acked.items())
                assert waited[len(waited) * 95 // 100] < CLAIM


async def test_a_reader_who_knows_more_than_the_server_it_reaches(
    pair: tuple[Server, Server], redis: Redis
) -> None:
    """It comes with a place of the one server to another, which has not heard of it yet."""
    a, b = pair
    url, key = a.env["DATABASE_URL"], a.env["SECRET_KEY"]
    folder = a.folder.parent / "c"
    with OrdinaryServer(folder, DATABASE_URL=url, REDIS_URL=redis.url, SECRET_KEY=key) as c:
        token = await token_at(a)
        slug = new_story(a.url, token)
        async with (
            Poster(token, slug, a.url) as poster,
            audience(b.ws, slug, 1) as at_b,
            audience(c.ws, slug, 1) as at_c,
        ):
            redis.kill()
            for other in (at_b[0], at_c[0]):
                for _ in range(4):
                    seq = await poster.post()
                    async with Reader(other.ws, slug, after=seq, epoch=other.epoch) as ahead:
                        assert ahead.frames[0]["head"] >= seq
                        await ahead.until(await poster.post())
                        assert ahead.log == [seq + 1]
                        assert not ahead.resets
            await all_have([*at_b, *at_c], len(poster.acked))


async def test_a_check_that_fails_is_not_the_last(
    pair: tuple[Server, Server], redis: Redis
) -> None:
    a, b = pair
    token = await token_at(a)
    slug = new_story(a.url, token)
    async with Poster(token, slug, a.url) as poster, audience(b.ws, slug, 3) as readers:
        await all_have(readers, await poster.post())
        redis.kill()
        execute(a, "ALTER TABLE stories RENAME TO away")
        failed = b.said().count("periodic task failed")
        await until(lambda: b.said().count("periodic task failed") >= failed + 3)
        execute(a, "ALTER TABLE away RENAME TO stories")
        await poster.pour(10, pace=10)
        await all_have(readers, 11)
        assert not any(reader.closes for reader in readers)
