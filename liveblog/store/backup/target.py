"""Where a restored database goes: in the place of an SQLite file, or into a PostgreSQL database. Whole, or not at all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Table, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.disk import make_private
from liveblog.errors import Conflict, SettingsError, Unavailable
from liveblog.store import schema
from liveblog.store.backup.rows import BATCH
from liveblog.store.database import Database, is_outage
from liveblog.store.tables import metadata

HOLDS = "the database holds something already; nothing was restored. With --replace it is replaced"
BUSY_SECONDS = 5.0
# Both fail while another connection is open. The first writes nothing; the second ends the write-ahead log.
ALONE = ("PRAGMA locking_mode=EXCLUSIVE", "BEGIN IMMEDIATE", "ROLLBACK")
WITHOUT_LOG = ("PRAGMA journal_mode=DELETE",)


class Target(Protocol):
    """The database that a restored one replaces."""

    async def check(self, *, replace: bool) -> None:
        """Raises `Conflict` if the database holds something and is not to be replaced, `Unavailable` if it is in use."""

    async def take(self, made: Path, *, replace: bool) -> None:
        """Puts the SQLite database `made` in the place of the target. Nobody else has `made` open. Raises as `check()`."""


def database_file(url: str) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    return Path(make_url(url).database or "") if url.startswith("sqlite") else None


def target_of(url: str) -> Target:
    """The target at a URL of prepared settings."""
    path = database_file(url)
    return SqliteFile(path) if path is not None else Postgresql(url)


class SqliteFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    async def check(self, *, replace: bool) -> None:
        if not replace and self._holds_something():
            raise Conflict(HOLDS)
        self._require_alone(ALONE)

    async def take(self, made: Path, *, replace: bool) -> None:
        await self.check(replace=replace)
        self._require_alone(WITHOUT_LOG)
        for suffix in ("-wal", "-shm", "-journal"):
            # Left by a database that is damaged. Beside another database, they would be taken for its own.
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        make_private(made)
        await asyncio.to_thread(self._move, made)

    def _move(self, made: Path) -> None:
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _holds_something(self) -> bool:
        """Whether the file has a row of anybody. A file that is no database counts as something."""
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        try:
            with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as connection:
                names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                return any(
                    connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608 - a name that SQLite gave
                    for (name,) in names.fetchall()
                    if name != "alembic_version"
                )
        except sqlite3.Error:
            return True

    def _require_alone(self, statements: Sequence[str]) -> None:
        """Raises `Unavailable` if another process has the database open: it would write on into a file that is gone."""
        if not self.path.exists():
            return
        with (
            suppress(sqlite3.DatabaseError),  # damaged: then nobody can use it
            closing(sqlite3.connect(self.path, timeout=0.5, isolation_level=None)) as connection,
        ):
            try:
                for statement in statements:
                    connection.execute(statement).fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                raise Unavailable(
                    "a server or another command uses the database; stop it first. Nothing was restored"
                ) from None


class Postgresql:
    def __init__(self, url: str) -> None:
        self._url = url

    async def check(self, *, replace: bool) -> None:
        database = Database(self._url)
        try:
            at = await schema.current(database)
            if at is not None and at not in schema.known():
                raise SettingsError(
                    f"DATABASE_URL: the database is at schema {at!r}, which this release does not know"
                )
            if at is not None and not replace:
                async with database.read() as connection:
                    await _require_empty(connection, at)
        finally:
            await database.close()

    async def take(self, made: Path, *, replace: bool) -> None:
        source, target = Database(f"sqlite:///{made}"), Database(self._url)
        try:
            await schema.check(source)
            async with source.read() as reading, target.write() as writing:
                await _copy(reading, writing, replace=replace)
        finally:
            await source.close()
            await target.close()


async def _copy(reading: AsyncConnection, writing: AsyncConnection, *, replace: bool) -> None:
    lock = text(f"SELECT pg_advisory_xact_lock({schema.MIGRATING})")
    await writing.execute(lock)
    at = await writing.run_sync(schema.revision)
    if at is not None and not replace:
        await _require_empty(writing, at)
    if at != schema.newest():
        await writing.run_sync(schema.upgrade)
    tables = metadata.sorted_tables
    names = ", ".join(writing.dialect.identifier_preparer.format_table(one) for one in tables)
    await writing.execute(text(f"TRUNCATE {names}"))
    for table in tables:
        stream = await reading.stream(select(table), execution_options={"yield_per": BATCH})
        async for rows in stream.mappings().partitions():
            await _insert(writing, table, [dict(row) for row in rows])
        if (number := table.autoincrement_column) is not None:
            # The next row takes the number after the highest.
            sequence = func.pg_get_serial_sequence(table.name, number.name)
            highest = select(func.max(number)).scalar_subquery()
            used = func.coalesce(highest, 0) > 0
            await writing.execute(
                select(func.setval(sequence, func.greatest(func.coalesce(highest, 1), 1), used))
            )
    await writing.execute(text("ANALYZE"))  # the planner knows nothing of the new rows


async def _insert(writing: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Raises `Conflict` for values that SQLite stores and PostgreSQL does not: a NUL, a number or text that is too long."""
    try:
        await writing.execute(table.insert(), rows)
    except DBAPIError as error:
        if is_outage(error):
            raise
        raise Conflict(
            f"PostgreSQL does not take the rows of the table {table.name}; nothing was restored"
        ) from error


async def _require_empty(connection: AsyncConnection, at: str) -> None:
    for table in schema.tables_at(at).sorted_tables:
        if (await connection.execute(select(1).select_from(table).limit(1))).first() is not None:
            raise Conflict(HOLDS)
