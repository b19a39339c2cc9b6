"""All rows of a database as JSON, read in one snapshot; and rows of JSON back into an empty database.

The form is the same for SQLite and PostgreSQL: times are text in ISO 8601 (UTC), values of JSON columns are JSON. Only
columns of the database's schema revision are there, so that an older one can be filled and then migrated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Self

from sqlalchemy import JSON, Boolean, Date, DateTime, Integer, Table, func, insert, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Invalid, SettingsError
from liveblog.store import schema
from liveblog.store.database import Database
from liveblog.store.tables import LETS_IN, Moment, metadata

BATCH = 500  # rows in memory
Row = dict[str, Any]


class Snapshot:
    """One moment of a database, as long as its block lasts. `revision` is that of the schema."""

    def __init__(self, connection: AsyncConnection, revision: str, tables: Sequence[Table]) -> None:
        self.revision = revision
        self._connection = connection
        self._tables = {table.name: table for table in tables}

    async def counts(self) -> dict[str, int]:
        """The numbers of rows by table, in an order in which no table refers to a later one."""
        return await _counts(self._connection, self._tables)

    async def rows(self, name: str) -> AsyncIterator[Row]:
        """Yields the rows of a table, as JSON values by the names of the columns."""
        table = self._tables[name]
        names = [column.name for column in table.columns]
        times = [c.name for c in table.columns if isinstance(c.type, Moment | DateTime | Date)]
        query = select(table).order_by(*table.primary_key)
        stream = await self._connection.stream(query, execution_options={"yield_per": BATCH})
        async for batch in stream.partitions():
            for row in batch:
                found = dict(zip(names, row, strict=True))
                for time in times:
                    found[time] = _as_text(found[time])
                yield found


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Snapshot]:
    """A snapshot of all tables except those that only let somebody in. Others go on writing meanwhile.

    Raises `SettingsError` if the database is empty, or its schema is not known.
    """
    async with database.read() as connection:
        if not database.sqlite:
            await connection.execute(text("SET TRANSACTION READ ONLY"))
        revision = await connection.run_sync(schema.revision)
        yield Snapshot(connection, _known(revision), tables_of(_known(revision)))


def tables_of(revision: str) -> list[Table]:
    """The tables of a schema revision that a backup has, each after those that it refers to."""
    ours = schema.tables_at(revision).sorted_tables
    let_in = {table.name for table in metadata.tables.values() if table.info.get(LETS_IN)}
    return [table for table in ours if table.name not in let_in]


class Filling:
    """An empty database at a schema revision, which is filled table by table."""

    def __init__(self, database: Database, tables: Sequence[Table]) -> None:
        self._database = database
        self._tables = {table.name: table for table in tables}

    @classmethod
    async def begin(cls, database: Database, revision: str) -> Self:
        """Gives an empty SQLite database the schema of a revision."""
        async with database.write() as connection:
            await connection.run_sync(schema.make_sqlite, revision)
        return cls(database, tables_of(revision))

    def place(self, name: str) -> int | None:
        """The place of a table in the order; None if there is no such table."""
        return list(self._tables).index(name) if name in self._tables else None

    async def add(self, name: str, rows: Sequence[Any]) -> None:
        """Inserts rows of JSON values.

        Raises `Invalid` if they do not have exactly the columns of the table, or do not fit.
        """
        table = self._tables[name]
        names = {column.name for column in table.columns}
        try:
            if not all(isinstance(row, dict) and row.keys() == names for row in rows):
                raise ValueError("other columns")
            values = [{one: _from_json(table, one, row[one]) for one in row} for row in rows]
            if values:
                async with self._database.write() as connection:
                    await connection.execute(insert(table), values)
        except (StatementError, ValueError, TypeError, OverflowError) as error:
            raise Invalid({name: "rows do not fit the table"}) from error

    async def counts(self) -> dict[str, int]:
        """The numbers of rows by table."""
        async with self._database.read() as connection:
            return await _counts(connection, self._tables)


async def _counts(connection: AsyncConnection, tables: Mapping[str, Table]) -> dict[str, int]:
    found = {}
    for name, table in tables.items():
        count = await connection.execute(select(func.count()).select_from(table))
        found[name] = count.scalar_one()
    return found


def _known(revision: str | None) -> str:
    if revision is None:
        raise SettingsError("DATABASE_URL: the database is empty; there is nothing to back up")
    if revision not in schema.known():
        raise SettingsError(
            f"DATABASE_URL: the database is at schema {revision!r}, which this release does not know"
        )
    return revision


def _as_text(value: date | None) -> str | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC).isoformat()
    return None if value is None else value.isoformat()


def _from_json(table: Table, name: str, value: Any) -> Any:
    """A value for a column. Raises `ValueError` for a value of another kind."""
    kind = table.c[name].type
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, Moment | DateTime):
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            raise ValueError(f"{name} has no time zone")
        return time if isinstance(kind, Moment) else time.astimezone(UTC).replace(tzinfo=None)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Boolean):
        expected: type = bool
    else:
        expected = int if isinstance(kind, Integer) else str
    if type(value) is not expected:
        raise ValueError(f"{name} is no {expected.__name__}")
    return value
