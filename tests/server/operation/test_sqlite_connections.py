"""Connections to SQLite that stay open: whoever is cancelled, and whatever fails, the next one finds them sound."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest
from processes import PATIENCE
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from liveblog.errors import Unavailable
from liveblog.store import Store
from liveblog.store.sqlite import KEPT, MOST, Connections, connect

pytestmark = pytest.mark.anyio

SLOW = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT sum(i) FROM n"
)


async def add_room(store: Store) -> None:
    async with store.database.write() as connection:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS rooms (name TEXT)"))
        await connection.execute(text("INSERT INTO rooms VALUES ('one')"))


async def rooms(store: Store) -> int:
    async with store.database.read() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM rooms"))).scalar_one())


async def test_a_write_that_is_cancelled_while_it_waits_leaves_no_lock(store: Store) -> None:
    await add_room(store)
    other = sqlite3.connect(store.database.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(add_room(store))
    await asyncio.sleep(0.2)  # it waits in its thread, which nothing tells
    waiting.cancel()
    began = time.monotonic()
    await asyncio.sleep(0)
    assert time.monotonic() - began < 1, "the event loop waited with it"
    assert await rooms(store) == 1
    other.execute("ROLLBACK")
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, PATIENCE)
    for _ in range(KEPT + 1):
        await asyncio.wait_for(add_room(store), PATIENCE)
    assert await rooms(store) == KEPT + 2
    other.execute("BEGIN IMMEDIATE")  # nobody has kept the lock
    other.close()


async def test_a_read_that_is_cancelled_in_its_thread_is_given_up(store: Store) -> None:
    await add_room(store)

    async def slowly() -> None:
        async with store.database.read() as connection:
            await connection.execute(SLOW)

    reads = [asyncio.create_task(slowly()) for _ in range(KEPT)]
    await asyncio.sleep(0.1)
    for read in reads:
        read.cancel()
    await asyncio.wait(reads, timeout=PATIENCE)
    assert all(read.cancelled() for read in reads)
    for _ in range(2 * KEPT):
        assert await rooms(store) == 1


async def test_a_block_that_raises_writes_nothing(store: Store) -> None:
    await add_room(store)

    async def fail() -> None:
        async with store.database.write() as connection:
            await connection.execute(text("INSERT INTO rooms VALUES ('two')"))
            raise ZeroDivisionError

    for _ in range(2 * KEPT):
        with pytest.raises(ZeroDivisionError):
            await fail()
    assert await rooms(store) == 1


async def test_there_are_so_many_connections_and_no_more(tmp_path: Path) -> None:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'rooms.sqlite3'}",
        connect_args={"async_creator_fn": connect},
    )
    connections = Connections(engine, patience=0.2)
    held = [connections.one() for _ in range(MOST)]
    for one in held:
        await one.__aenter__()
    with pytest.raises(TimeoutError):
        async with connections.one():
            pass
    for one in held:
        await one.__aexit__(None, None, None)
    async with connections.one():
        pass
    await connections.close()
    await engine.dispose()


async def test_a_fault_of_a_prepared_statement_is_told_as_any_other(store: Store) -> None:
    async with store.database.write() as connection:
        await connection.execute(text("DROP TABLE tokens"))
    with pytest.raises(Unavailable, match="no such table: tokens"):
        await store.accounts.by_token("a secret")
