"""Statements that are built and compiled once: for what is run at each post, each request or each second.

SQLAlchemy builds, hashes and looks up a statement each time (0.1 to 0.3 ms of CPU), and SQLite runs it in 5 µs. The SQL and the
types are SQLAlchemy's here, too. On PostgreSQL only the building is saved: there the network takes longer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Dialect,
    Executable,
    String,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from liveblog.store.sqlite import driver, sqlalchemys

Processor = Callable[[Any], Any]
Row = dict[str, Any]


class Prepared:
    """A statement with the values left out, as `bindparam()`s, which are given by name.

    `statement` is one, or a function of the dialect's name that makes one. Lists of values are given by `one_of()`: `in_()`
    takes none that is not known yet. Errors are SQLAlchemy's.
    """

    def __init__(self, statement: Executable | Callable[[str], Executable]) -> None:
        self._given = statement
        self._made: dict[str, Executable] = {}
        self._compiled: _Compiled | None = None

    async def all(self, connection: AsyncConnection, **values: Any) -> list[Row]:
        """The rows, by the names of their columns."""
        if (compiled := self._for_driver(connection)) is not None:
            rows, _ = await compiled.run(connection, values)
            return compiled.named(rows)
        found = await connection.execute(self._for(connection.dialect), values)
        return [dict(row) for row in found.mappings()]

    async def first(self, connection: AsyncConnection, **values: Any) -> Row | None:
        """The first row; None if there is none."""
        rows = await self.all(connection, **values)
        return rows[0] if rows else None

    async def scalar(self, connection: AsyncConnection, **values: Any) -> Any:
        """The first value of the first row; None if there is none."""
        row = await self.first(connection, **values)
        return next(iter(row.values())) if row else None

    async def run(self, connection: AsyncConnection, **values: Any) -> int:
        """The number of rows that were written."""
        if (compiled := self._for_driver(connection)) is not None:
            return (await compiled.run(connection, values))[1]
        done = await connection.execute(self._for(connection.dialect), values)
        return done.rowcount

    async def run_each(
        self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Runs the statement with the values of each row, in their order."""
        if (compiled := self._for_driver(connection)) is not None:
            for row in rows:
                await compiled.run(connection, row)
        elif rows:
            await connection.execute(self._for(connection.dialect), list(rows))

    def _for(self, dialect: Dialect) -> Executable:
        if isinstance(self._given, Executable):
            return self._given
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = self._given(dialect.name)
        return made

    def _for_driver(self, connection: AsyncConnection) -> _Compiled | None:
        """The compiled statement; None for PostgreSQL."""
        dialect = connection.dialect
        if dialect.name != "sqlite":
            return None
        if self._compiled is None:
            self._compiled = _Compiled(self._for(dialect), dialect)
        return self._compiled


def valued(statement: Any, names: Iterable[str]) -> Any:
    """An INSERT or UPDATE of these columns, each with the value of its own name."""
    return statement.values({name: bindparam(name) for name in names})


def one_of(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a text or a number is in a list of any length, which is given as one value: the list `name`."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
        return column.in_(select(listed.c.value))
    # Without the length of the column: a longer text would be cut, and might be found.
    kind = String() if isinstance(column.type, String) else column.type
    return column == any_(bindparam(name, type_=ARRAY(kind)))


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """What makes a value of a column from what SQLite has."""
    read = kind.dialect_impl(dialect).result_processor(dialect, None)
    if read is None or not isinstance(kind, JSON):
        return read
    return lambda text: [] if text == "[]" else read(text)  # so are most lists of an entry


class _Compiled:
    """A statement as SQLite takes it."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._dialect = dialect
        binds = compiled.binds
        self._fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._places: list[tuple[str, Processor | None]] = [
            (name, binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup
        ]
        columns = list(statement.exported_columns)  # of a SELECT, or of what RETURNING names
        self._names = [column.key for column in columns]
        processors = [_reader(column.type, dialect) for column in columns]
        self._processors = [(n, work) for n, work in enumerate(processors) if work]

    async def run(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> tuple[list[tuple[Any, ...]], int]:
        """The rows, and the number of rows that were written."""
        fixed = self._fixed
        given = [
            (work(value) if work else value)
            for name, work in self._places
            for value in (values[name] if name in values else fixed[name],)
        ]
        try:
            return await driver(connection).run(self._sql, given)
        except sqlite3.Error as error:
            raise sqlalchemys(error, self._dialect, self._sql) from error

    def named(self, rows: Iterable[tuple[Any, ...]]) -> list[Row]:
        found = []
        for row in rows:
            cells = list(row)
            for place, work in self._processors:
                cells[place] = work(cells[place])
            found.append(dict(zip(self._names, cells, strict=True)))
        return found
