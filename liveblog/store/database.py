"""Connections to the database: snapshots for reading, one writer at a time for writing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, text
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from liveblog.disk import has_room
from liveblog.errors import SettingsError, Unavailable, Unwritable
from liveblog.store import postgresql, postgresql_pool, sqlite
from liveblog.store.postgresql_pool import Pool
from liveblog.store.sqlite import BUSY_MS, Mode

CHECKPOINT_BUSY_MS = 100  # while it waits for readers, nobody can write
POOL_SECONDS = 5
CONNECTIONS = sqlite.MOST  # unless a setting says otherwise
# Of the connections, those with which requests of readers read at once: the others are for the newsroom and the feeds,
# however many readers ask.
CROWD = 8 / 15
PROBE_SECONDS = 2.0  # an answer of `writable()` holds for so long
PROBE_PATIENCE = 0.5  # seconds
PROBE_BYTES = 64 * 1024
# Classes of SQLSTATE (PostgreSQL 18, appendix A) for trouble with the database, not with a statement:
# connection, read-only standby, sign-in, no such database, deadlocks, resources, shutdown, locks, disk.
OUTAGES = frozenset({"08", "25", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX"})

# SQLSTATEs and SQLite's result codes if nothing can be stored: read-only, disk full, disk error.
NO_WRITES = {"25006", "53100", "58030"}
SQLITE_NO_WRITES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}


# Whether a task works for a reader. Tasks that it starts do as well.
for_a_reader: ContextVar[bool] = ContextVar("for_a_reader", default=False)


def upsert(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that takes ON CONFLICT, in the dialect of the connection's database."""
    return upsert_in(connection.dialect.name, table)


def upsert_in(dialect: str, table: Table) -> Any:
    """An INSERT that takes ON CONFLICT, in a dialect."""
    return (insert_sqlite if dialect == "sqlite" else insert_postgresql)(table)


def _sqlite_address(url: str) -> str:
    try:
        return make_url(url).set(drivername="sqlite+aiosqlite").render_as_string(False)
    except (ArgumentError, ValueError):
        raise SettingsError(f"DATABASE_URL: {url!r} was given; accepted: sqlite:///PATH") from None


def check_file(url: str) -> None:
    """Raises `SettingsError` if SQLite's file cannot be opened for writing.

    This runs before the driver, whose thread would outlive the failure and print a traceback.
    """
    path = make_url(url).database or ""
    try:
        if path == ":memory:":
            raise OSError(0, "each connection would have a database of its own")
        sqlite.make_file(Path(path))
    except OSError as error:
        raise SettingsError(
            f"DATABASE_URL: {url!r} cannot be opened ({error.strerror}); "
            "accepted: sqlite:///PATH of a file this user may write to, in a folder that is there"
        ) from None


class Database:
    """An engine and its transactions.

    Trouble with the database is raised as `Unavailable`. Other errors are SQLAlchemy's, without the
    values of the statement.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS, *, serving: bool = False) -> None:
        """`connections` is how many PostgreSQL has of this process at most. A server that is `serving` gives up a statement
        that takes long; a command does not.
        """
        self.sqlite = url.startswith("sqlite")
        self._connections: sqlite.Connections | None = None
        self._pool: Pool | None = None
        if self.sqlite:
            check_file(url)
            self.engine = create_async_engine(
                _sqlite_address(url),
                poolclass=NullPool,  # `sqlite.Connections` keeps them open
                hide_parameters=True,  # they are texts of entries, sources, addresses
                connect_args={"async_creator_fn": sqlite.connect},
            )
            event.listen(self.engine.sync_engine, "connect", _set_up_sqlite)
            self._connections = sqlite.Connections(self.engine, POOL_SECONDS)
        else:
            limits = postgresql_pool.SERVING if serving else postgresql_pool.PATIENT
            address = postgresql.read_address(url)
            self._pool = Pool(address, connections, POOL_SECONDS, limits)
            self.engine = self._pool.engine
        # In one process writers queue here, in order, instead of polling SQLite's lock.
        self._turn = asyncio.Lock()
        self._crowd = asyncio.Semaphore(max(1, round(connections * CROWD)))
        self._writes_fail = False  # the last write failed because nothing could be stored
        self._probed = (float("-inf"), True)
        self._probing = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot: all that is read in it is of the same moment. Raises `Unavailable`."""
        async with self._read(Mode.MANY) as connection:
            yield connection

    @asynccontextmanager
    async def read_point(self) -> AsyncIterator[AsyncConnection]:
        """As `read()`, for a few rows that are found by an index. On SQLite it needs no thread."""
        async with self._read(Mode.POINT) as connection:
            yield connection

    @asynccontextmanager
    async def _read(self, mode: Mode) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            if for_a_reader.get():
                await stack.enter_async_context(self._among_readers())
            yield await stack.enter_async_context(self._transaction(mode, 0))

    @asynccontextmanager
    async def write(self, within: float = BUSY_MS / 1000) -> AsyncIterator[AsyncConnection]:
        """A transaction that is durable when this block was left without an exception.

        Raises `Unavailable` if other transactions keep it waiting for longer than `within` seconds.
        This is the whole time, however many writers wait.
        """
        async with AsyncExitStack() as stack:
            until = asyncio.get_running_loop().time() + within
            if self.sqlite:
                await stack.enter_async_context(self._turn_until(until))
            yield await stack.enter_async_context(self._transaction(Mode.WRITE, until))
        self._writes_fail = False

    @asynccontextmanager
    async def _among_readers(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(POOL_SECONDS):
                await self._crowd.acquire()
        except TimeoutError:
            raise Unavailable("too many readers' requests wait for the database") from None
        try:
            yield
        finally:
            self._crowd.release()

    @asynccontextmanager
    async def _turn_until(self, until: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(until):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable(
                "the database is locked, and other writes wait before this one"
            ) from None
        try:
            yield
        finally:
            self._turn.release()

    async def writable(self) -> bool:
        """Whether something can be stored, as far as is known. Raises `Unavailable`.

        It checks the free space in the file system, the result of the last write, and after a
        failure, another write. It checks at most every two seconds, and stores nothing while all is
        well.
        """
        async with self._probing:
            at, known = self._probed
            now = asyncio.get_running_loop().time()
            if now - at >= PROBE_SECONDS:
                known = await self._could_write()
                self._probed = (now, known)
            return known

    async def _could_write(self) -> bool:
        if self.sqlite:
            if not has_room(Path(self.engine.url.database or "").parent):
                return False
        elif await self._is_read_only():
            return False
        if self._writes_fail:
            with suppress(Unavailable):
                await self._probe()
        return not self._writes_fail

    async def _is_read_only(self) -> bool:
        """Whether PostgreSQL is a standby, or was set to read-only."""
        query = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
        async with self.read_point() as connection:
            return bool((await connection.execute(text(query))).scalar_one())

    async def _probe(self) -> None:
        """Takes space and frees it, then rewrites a value. A lock of another writer proves nothing."""
        if self.sqlite:
            async with self.write(PROBE_PATIENCE) as connection:
                await connection.execute(text("CREATE TABLE IF NOT EXISTS room (taken BLOB)"))
                taken = text("INSERT INTO room VALUES (zeroblob(:bytes))")
                await connection.execute(taken, {"bytes": PROBE_BYTES})
            async with self.write(PROBE_PATIENCE) as connection:
                await connection.execute(text("DROP TABLE room"))
        async with self.write(PROBE_PATIENCE) as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))

    async def forget(self) -> None:
        """Removes overwritten data also from SQLite's write-ahead log, as far as its readers allow.

        Never raises: what is left after some tries goes with the next checkpoint.
        """
        if self.sqlite:
            with suppress(Unavailable):
                for pause in (0.1, 0.3, 1.0, 0.0):
                    async with self._turn:
                        if await self._checkpoint():
                            return
                    await asyncio.sleep(pause)  # SQLite does not tell when another checkpoint ends

    async def _checkpoint(self) -> bool:
        """Empties the write-ahead log. False if a reader or another checkpoint may still need it."""
        assert self._connections is not None
        # In no transaction: there no checkpoint can be made.
        with self._told():
            async with self._connections.one() as connection:
                driver: Any = sqlite.driver(connection)
                await driver.execute(f"PRAGMA busy_timeout={CHECKPOINT_BUSY_MS}")
                try:
                    asked = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    (busy, *_) = await asked.fetchone()
                    await asked.close()
                finally:
                    await driver.execute(f"PRAGMA busy_timeout={BUSY_MS}")
                return not busy

    async def close(self) -> None:
        if self._connections is not None:
            await self._connections.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self, mode: Mode, until: float) -> AsyncIterator[AsyncConnection]:
        """A transaction. A write waits for other writers until a time of the event loop."""
        with self._told():
            if self._pool is not None:
                reads = mode is not Mode.WRITE
                lock = None if reads else until - asyncio.get_running_loop().time()
                isolation = "REPEATABLE READ" if reads else None
                async with self._pool.transaction(isolation, lock) as connection:
                    yield connection
            else:
                assert self._connections is not None
                async with (
                    self._connections.one() as connection,
                    sqlite.transaction(connection, mode, until),
                ):
                    yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raises trouble with the database as `Unavailable`."""
        try:
            yield
        except (PoolTimeout, OSError) as error:
            raise Unavailable(f"the database does not answer: {_reason(error)}") from error
        except DBAPIError as error:
            if _takes_no_writes(error):
                self._writes_fail = True
                self._probed = (float("-inf"), False)
                raise Unwritable(f"the database cannot be written: {_reason(error)}") from error
            if is_outage(error):
                raise Unavailable(f"the database failed: {_reason(error)}") from error
            raise _withheld(error).with_traceback(error.__traceback__) from None


def is_outage(error: DBAPIError) -> bool:
    """Whether the database failed. If not, the statement is at fault."""
    if error.connection_invalidated:
        return True
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in OUTAGES
    if isinstance(_cause(error), ValueError):  # asyncpg's DataError: it could not even be sent
        return False
    return isinstance(error, OperationalError | InterfaceError) or type(error) in {
        DatabaseError,
        DBAPIError,
    }


def _takes_no_writes(error: DBAPIError) -> bool:
    """Whether an error means that nothing can be stored."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    code: int = getattr(_cause(error), "sqlite_errorcode", 0)
    return state in NO_WRITES or (code & 0xFF) in SQLITE_NO_WRITES


def _withheld(error: DBAPIError) -> DBAPIError:
    """The same error for the log, without the values that PostgreSQL and asyncpg put into its message."""
    cause = _cause(error)
    said = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
    return type(error)(error.statement, None, Exception(said), hide_parameters=True)


def _cause(error: DBAPIError) -> BaseException:
    """The driver's own exception."""
    driver = error.orig or error
    return driver.__cause__ or driver


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
