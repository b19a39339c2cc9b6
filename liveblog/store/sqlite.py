"""SQLite in an event loop: only calls that may wait for the disk or another writer run in a thread.

`aiosqlite` runs every call of the driver in a thread: some sixty calls for one entry, which cost a quarter of its time. In WAL
mode, reading and writing rows by their keys does not wait. `BEGIN IMMEDIATE` waits for other writers, and a commit waits for
the disk. Those two, and reads of many rows, run in the thread. All other calls run in the event loop.

Connections stay open between transactions (`Connections`): taking one from SQLAlchemy's pool and giving it back costs 0.3 ms
of CPU, sixty times what SQLite needs for a row.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from liveblog.disk import make_private

BUSY_MS = 10_000
MOST = 15  # connections, as in SQLAlchemy's pool
CLOSE_SECONDS = 2.0  # for which the end waits for statements that are at work
KEPT = 5  # of them that stay open
Rows = list[tuple[Any, ...]]


class Mode(Enum):
    """What a transaction is for. The value is the statement that begins it."""

    MANY = "BEGIN"
    POINT = "BEGIN DEFERRED"
    WRITE = "BEGIN IMMEDIATE"


class Connection(aiosqlite.Connection):
    """Its `mode` decides which calls run in the thread. `at_work` tells that the thread has a call, also one of a task that has
    been cancelled.
    """

    mode = Mode.MANY
    at_work = False

    async def begin(self, mode: Mode, until: float) -> None:
        """Begins a transaction. If others write, it waits for them until a time of the event loop."""
        self.mode = mode
        if mode is not Mode.WRITE:
            self._conn.execute(mode.value)
            return
        try:
            self._begin_write(0)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            left = until - asyncio.get_running_loop().time()
            await self._in_thread(self._begin_write, max(1, round(left * 1000)))

    def _begin_write(self, within_ms: int) -> None:
        self._conn.execute(f"PRAGMA busy_timeout={within_ms}")
        try:
            self._conn.execute(Mode.WRITE.value)
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={BUSY_MS}")

    async def run(self, sql: str, values: Sequence[Any]) -> tuple[Rows, int]:
        """The rows of a statement, and the number of rows that it wrote."""
        found: tuple[Rows, int] = await self._execute(self._run, sql, values)
        return found

    def _run(self, sql: str, values: Sequence[Any]) -> tuple[Rows, int]:
        cursor = self._conn.execute(sql, values)
        return cursor.fetchall(), cursor.rowcount

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.mode is Mode.MANY or self._waits(fn):
            return await self._in_thread(fn, *args, **kwargs)
        return fn(*args, **kwargs)

    async def _in_thread(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.at_work = True
        try:
            found = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped there
        except Exception:
            self.at_work = False
            raise
        self.at_work = False
        return found

    def _waits(self, fn: Callable[..., Any]) -> bool:
        return self.mode is Mode.WRITE and fn in {self._conn.commit, self._conn.close}


class Connections:
    """Connections to one database, at most 15 at once. Some stay open between transactions."""

    def __init__(self, engine: AsyncEngine, patience: float) -> None:
        """`patience` is for how many seconds a caller waits for a connection."""
        self._engine = engine
        self._patience = patience
        self._turns = asyncio.Semaphore(MOST)
        self._free: list[AsyncConnection] = []
        self._given_up: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[AsyncConnection]:
        """A connection without a transaction. Raises `TimeoutError`."""
        async with asyncio.timeout(self._patience):
            await self._turns.acquire()
        try:
            connection = self._free.pop() if self._free else await self._engine.connect()
            driver(connection).mode = Mode.MANY
        except BaseException:
            self._turns.release()
            raise
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _give_back(self, connection: AsyncConnection) -> None:
        if _is_sound(connection) and not self._closed and len(self._free) < KEPT:
            self._free.append(connection)
            self._turns.release()
            return
        # In a task of its own: it may wait for the thread, and the caller may have been cancelled.
        task = asyncio.create_task(_give_up(connection))
        self._given_up.add(task)
        task.add_done_callback(self._is_given_up)

    def _is_given_up(self, task: asyncio.Task[None]) -> None:
        self._given_up.discard(task)
        self._turns.release()

    async def close(self) -> None:
        """Closes the connections that are free, and the others as soon as they are."""
        self._closed = True
        while self._free:
            await self._free.pop().close()
        while self._given_up:
            done, _ = await asyncio.wait(self._given_up, timeout=CLOSE_SECONDS)
            if not done:
                return


def _is_sound(connection: AsyncConnection) -> bool:
    """Whether nothing of a caller is left in a connection."""
    if connection.invalidated or _sqlalchemys(connection):
        return False
    raw = driver(connection)
    return not (raw.at_work or raw.in_transaction)


async def _give_up(connection: AsyncConnection) -> None:
    """Closes a connection, when its thread has ended what it is doing."""
    with suppress(Exception):
        raw = driver(connection)
        if raw.at_work and raw.mode is Mode.MANY:
            await raw.interrupt()
    with suppress(Exception):
        await connection.invalidate()
    with suppress(Exception):
        await connection.close()


@asynccontextmanager
async def transaction(connection: AsyncConnection, mode: Mode, until: float) -> AsyncIterator[None]:
    """A transaction, committed if the block was left without an exception.

    If others write, a write waits for them until a time of the event loop. Raises `DBAPIError`.
    """
    try:
        raw = driver(connection)
        try:
            await raw.begin(mode, until)
        except sqlite3.Error as error:
            raise sqlalchemys(error, connection.dialect, mode.value) from error
        yield
        if mode is Mode.MANY:
            raw.mode = Mode.POINT  # the end of a read does not wait
        await _end(connection, raw, commit=True)
    except BaseException:
        await _roll_back(connection)
        raise


async def _roll_back(connection: AsyncConnection) -> None:
    """Never raises: a connection that is left in its transaction is given up."""
    raw = driver(connection) if not connection.invalidated else None
    if raw is not None and not raw.at_work:
        with suppress(Exception):
            await _end(connection, raw, commit=False)


async def _end(connection: AsyncConnection, raw: Connection, *, commit: bool) -> None:
    if _sqlalchemys(connection):  # statements that were not prepared have begun one of SQLAlchemy's
        await (connection.commit() if commit else connection.rollback())
        return
    try:
        await (raw.commit() if commit else raw.rollback())
    except sqlite3.Error as error:
        raise sqlalchemys(error, connection.dialect, "COMMIT" if commit else "ROLLBACK") from error


def _sqlalchemys(connection: AsyncConnection) -> bool:
    """Whether SQLAlchemy has begun a transaction, one that failed included."""
    assert connection.sync_connection is not None
    return connection.sync_connection.get_transaction() is not None


def driver(connection: AsyncConnection) -> Connection:
    """The driver's connection under SQLAlchemy's."""
    assert connection.sync_connection is not None
    found = connection.sync_connection.connection.driver_connection
    assert isinstance(found, Connection)
    return found


def sqlalchemys(error: sqlite3.Error, dialect: Dialect, sql: str) -> BaseException:
    """The error as SQLAlchemy would raise it, without the values of the statement."""
    return DBAPIError.instance(
        sql, None, error, sqlite3.Error, hide_parameters=True, dialect=dialect
    )


def make_file(path: Path) -> None:
    """Creates the file of a database if it is missing, and makes it private to its owner.

    SQLite gives the mode of the file to its write-ahead log and index. Raises `OSError` if the file
    cannot be written.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        make_private(path.with_name(name))


def connect(database: str, **options: Any) -> Connection:
    """Opens a database, as `aiosqlite.connect()` does."""
    options["check_same_thread"] = False  # two threads, but never at once: each call is awaited
    connection = Connection(lambda: sqlite3.connect(database, **options), 64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does, so that an exit does not wait
    return connection
