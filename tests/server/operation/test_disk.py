"""Files are their owner's alone; a disk that takes no more, and a database that others keep locked."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import stat
import time
from pathlib import Path

import httpx2
import pytest
from commands import run
from desk_client import Editor, add_token
from photos import jpeg, photo
from processes import NO_TLS, PATIENCE, Postgres, Server, environment
from sqlalchemy import text
from uploads import upload

from liveblog.errors import Unavailable, Unwritable
from liveblog.store import Store, schema

pytestmark = pytest.mark.anyio

DEADLINE = 10.0


def open_to_others(folder: Path) -> list[str]:
    """What in a folder has a mode that lets others in."""
    return [
        f"{path.relative_to(folder)} {stat.filemode(mode)}"
        for path in sorted(folder.rglob("*"))
        if (mode := path.lstat().st_mode) & 0o077
    ]


def test_files_are_their_owners_alone_whatever_the_folder_was(tmp_path: Path) -> None:
    data, media = tmp_path / "data", tmp_path / "pictures"
    for folder in (data, media):
        folder.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        env = environment(LIVEBLOG_DATA=str(data), LIVEBLOG_MEDIA=str(media))
        for words in (["migrate"], ["story", "add", "a", "--title", "A"], ["post", "a", "Words"]):
            done = run(*words, env=env)
            assert done.returncode == 0, done.stderr
            assert open_to_others(data) == []
        # As an earlier release left them.
        for path in data.iterdir():
            path.chmod(0o755 if path.is_dir() else 0o644)
        with Server(tmp_path, LIVEBLOG_MEDIA=str(media)) as server:
            editor = Editor(server.url, add_token(server.env))
            assert upload(editor, jpeg()).status_code == 201
            editor.close()
            assert {"liveblog.sqlite3-wal", "liveblog.sqlite3-shm", "valkey.sock"} <= {
                path.name for path in data.iterdir()
            }
            assert open_to_others(data) == open_to_others(media) == []
            said = [line for line in server.said().splitlines() if "chmod 700" in line]
            assert [
                folder.name in line for folder, line in zip((data, media), said, strict=True)
            ] == [
                True,
                True,
            ]
        assert stat.S_IMODE(data.stat().st_mode) == 0o755  # what somebody else made stays as it is
    finally:
        os.umask(before)


def test_a_folder_of_ours_is_closed_and_nothing_is_said(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert "chmod" not in server.said()


async def test_all_writers_wait_for_a_lock_no_longer_than_one(tmp_path: Path) -> None:
    """Another process holds the database for longer than anybody waits. Readers read on, and when it is free,
    so do writers."""
    with Server(tmp_path) as server:
        editor = Editor(server.url, token := add_token(server.env))
        slug = editor.story()
        other = sqlite3.connect(tmp_path / "data" / "liveblog.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        headers = {"Authorization": f"Bearer {token}"}
        limits = httpx2.Limits(max_connections=100)
        async with httpx2.AsyncClient(
            base_url=server.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS, limits=limits
        ) as http:

            async def post(number: int) -> tuple[int, float]:
                begun = time.monotonic()
                address = f"/api/stories/{slug}/entries"
                answer = await http.post(address, json={"body": f"No. {number}"}, headers=headers)
                return answer.status_code, time.monotonic() - begun

            posts = [asyncio.create_task(post(number)) for number in range(20)]
            reads = 0
            while not all(task.done() for task in posts):
                begun = time.monotonic()
                assert (await http.get(f"/stories/{slug}?show=key")).status_code == 200
                assert time.monotonic() - begun < 5
                reads += 1
                await asyncio.wait(posts, timeout=0.5)
            took = [task.result() for task in posts]
            assert {status for status, _ in took} == {503}
            assert max(seconds for _, seconds in took) < DEADLINE + 5  # one after the other: 200 s
            assert min(seconds for _, seconds in took) > DEADLINE - 2
            assert reads > 5
            other.execute("ROLLBACK")
            other.close()
            assert (await post(20))[0] == 201
        editor.close()


async def test_who_comes_later_waits_as_long_and_who_can_write_at_once_does(store: Store) -> None:
    """The deadline is each writer's own, from its coming; a lock that is let go of keeps nobody."""
    path = store.database.engine.url.database
    assert path
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def written(within: float) -> None:
        async with store.database.write(within):
            pass

    patient = asyncio.create_task(written(PATIENCE))
    for within in (0.05, 0.3):
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="locked"):
            await written(within)
        assert time.monotonic() - begun < 5
    assert not patient.done()
    other.execute("ROLLBACK")
    other.close()
    await asyncio.wait_for(patient, PATIENCE)
    await written(1)


def readyz(server: Server) -> tuple[int, dict[str, object]]:
    answer = httpx2.get(f"{server.url}/readyz", trust_env=False, verify=NO_TLS, timeout=PATIENCE)
    return answer.status_code, answer.json()


WELL = {"database": "up", "redis": "up", "writable": True, "degraded": False}
FULL = {"database": "up", "redis": "up", "writable": False, "degraded": True}


async def becomes(server: Server, state: dict[str, object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while readyz(server) != (200, state):  # noqa: ASYNC110 - a state tells nobody
            await asyncio.sleep(0.1)


async def test_readers_are_served_and_readyz_knows_while_nothing_can_be_written(
    tmp_path: Path,
) -> None:
    """The kernel lets the server's files grow no more, as a full disk or a quota does, and then it does."""
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        editor.post(slug, "Before")
        await becomes(server, WELL)
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1024, -1))
        assert hard == resource.RLIM_INFINITY
        for _ in range(2):
            refused = editor.http.post(f"/api/stories/{slug}/entries", json={"body": "Meanwhile"})
            assert refused.status_code == 503
            assert "disk is full or read-only" in refused.json()["detail"]
            assert int(refused.headers["retry-after"]) > 0
        assert readyz(server) == (200, FULL)
        picture = upload(editor, jpeg(photo(2000, 1500)))
        assert picture.status_code == 503
        page = editor.http.get(f"/stories/{slug}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "Before" in page.text
        assert editor.http.get(f"/stories/{slug}/events?after=0").status_code == 200
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (-1, -1))
        await becomes(server, WELL)
        editor.post(slug, "After")
        bodies = [
            e["body"] for e in editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
        ]
        assert bodies == ["After", "Before"]
        editor.close()


async def test_a_database_that_may_not_grow_is_known_and_asked_again(store: Store) -> None:
    """Every write that needs room fails, and those that need none do not: that is no recovery."""
    database = store.database
    assert await database.writable()

    async def limit(pages: str) -> None:
        async with database.write() as connection:  # the pool has this one alone
            await connection.execute(text(f"PRAGMA max_page_count={pages}"))

    async def grow() -> None:
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE large (value BLOB)"))
            await connection.execute(text("INSERT INTO large VALUES (zeroblob(1000000))"))

    await limit("1")
    with pytest.raises(Unwritable, match="full"):
        await grow()
    assert not await database.writable()
    database._probed = (float("-inf"), False)
    assert not await database.writable()
    await limit("1073741823")
    async with asyncio.timeout(PATIENCE):
        while not await database.writable():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    await grow()


async def test_a_postgresql_that_is_read_only_is_known(postgres: Postgres) -> None:
    url = postgres.database("read_only")
    writer = Store(url)
    await schema.migrate(writer.database)
    assert await writer.database.writable()
    for value, writable in (("on", False), ("off", True)):
        async with writer.database.write() as connection:
            await connection.execute(text("SET TRANSACTION READ WRITE"))
            command = f"ALTER DATABASE read_only SET default_transaction_read_only = {value}"
            await connection.execute(text(command))
        other = Store(url)
        assert await other.database.writable() is writable
        if not writable:
            with pytest.raises(Unwritable):
                async with other.database.write() as connection:
                    await connection.execute(text("DELETE FROM users"))
        await other.close()
    await writer.close()
