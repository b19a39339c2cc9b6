"""Connections to SQLite that stay open: whoever is cancelled, and whatever fails, the next one finds them sound."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest
from processes import PATIENCE
from sqlalchemy import column, func, insert, literal, select, table, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from liveblog.errors import Unavailable
from liveblog.store import Store
from liveblog.store.prepared import Prepared
from liveblog.store.sqlite import KEPT, MOST, Connection, Connections, connect

pytestmark = pytest.mark.anyio

# It takes seconds: a cancel comes while the thread works.
_first = select(literal(1).label("i")).cte("n", recursive=True)
_numbers = _first.union_all(select(_first.c.i + 1).where(_first.c.i < 5_000_000))
SLOW = Prepared(select(func.sum(_numbers.c.i).label("total")))


ROOM = Prepared(insert(table("rooms", column("name"))).values(name=literal("two")))


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
            await SLOW.first(connection)

    reads = [asyncio.create_task(slowly()) for _ in range(KEPT)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    for read in reads:
        read.cancel()
    await asyncio.sleep(0)
    for read in reads:  # as a group that ends while it is cancelled itself
        read.cancel()
    await asyncio.wait(reads, timeout=PATIENCE)
    assert time.monotonic() - began < 1, "they waited for their threads"
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


async def test_a_connection_that_cannot_be_rolled_back_is_not_used_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_room(store)

    async def fails(_: Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async def fail() -> None:
        async with store.database.write() as connection:
            await ROOM.run(connection)
            raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(Connection, "rollback", fails)
        with pytest.raises(ZeroDivisionError):
            await fail()
    await asyncio.wait_for(add_room(store), PATIENCE)
    assert await rooms(store) == 2


async def test_there_are_so_many_connections_and_no_more(tmp_path: Path) -> None:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'rooms.sqlite3'}",
        connect_args={"async_creator_fn": connect},
        poolclass=NullPool,
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
