"""The rows of a server's database, of whichever kind it is."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from processes import PATIENCE, Server
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.database import Database
from liveblog.store.tables import metadata

Found = TypeVar("Found")


def url_of(server: Server) -> str:
    """The address of a server's database."""
    file = server.folder / "data" / "liveblog.sqlite3"
    return server.env.get("DATABASE_URL") or f"sqlite:///{file}"


def in_database(server: Server, work: Callable[[AsyncConnection], Awaitable[Found]]) -> Found:
    """Runs `work` in one transaction that writes, also where an event loop runs. Returns its result."""

    async def run() -> Found:
        database = Database(url_of(server))
        try:
            async with database.write() as connection:
                return await work(connection)
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result(PATIENCE)


def rows(server: Server, query: str, **values: Any) -> list[Mapping[str, Any]]:
    """The rows of a query, by the names of the columns. `:name` stands for a value."""

    async def work(connection: AsyncConnection) -> list[Mapping[str, Any]]:
        return [dict(row) for row in (await connection.execute(text(query), values)).mappings()]

    return in_database(server, work)


def change(server: Server, statement: str, **values: Any) -> None:
    """Runs a statement that changes rows. `:name` stands for a value."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text(statement), values)

    in_database(server, work)


def key_of(server: Server) -> str:
    """The SECRET_KEY of a server."""
    return server.env.get("SECRET_KEY") or (server.folder / "data" / "secret_key").read_text()


def everything_in(server: Server) -> bytes:
    """All that a server has stored: the files of its data folder, and all rows of a database of PostgreSQL.

    Of SQLite, after it has moved its log into its file.
    """
    files = server.folder / "data"
    found = b""
    if "DATABASE_URL" not in server.env:
        _move_log(files / "liveblog.sqlite3")
    else:
        found = "\n".join(
            str(row)
            for table in metadata.sorted_tables
            for row in rows(server, f"SELECT * FROM {table.name}")
        ).encode()
    return found + b"".join(path.read_bytes() for path in files.rglob("*") if path.is_file())


def _move_log(file: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as database:
        while database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            assert time.monotonic() < deadline, "a reader keeps the log from being moved"
            time.sleep(0.02)
