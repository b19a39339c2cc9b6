"""The books: who contributes, and who or what is a source. They fill themselves from what is published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Conflict, NotFound
from liveblog.models import Contributor, Entry, KnownSource
from liveblog.store.database import Database
from liveblog.store.tables import contributors, sources

LISTED = 500


def contributor_key(name: str, handle: str | None) -> str:
    """Under what somebody stands in the book: the handle, else the name, without regard to case."""
    return (handle or name).casefold().removeprefix("@")


def source_key(kind: str, name: str) -> str:
    return f"{kind} {name.casefold()}"


async def learn(connection: AsyncConnection, entry: Entry, at: datetime) -> None:
    """Puts those whom a published entry names into the books, or notes that they were named again."""
    people = {
        contributor_key(credit.name, credit.handle): {
            "name": credit.name,
            "handle": credit.handle,
            "role": credit.role,
            "url": credit.url,
        }
        for credit in reversed(entry.credits)
    }
    origins = {
        source_key(source.kind, source.name): {
            "kind": source.kind,
            "name": source.name,
            "url": source.url,
        }
        for source in reversed(entry.sources)
    }
    new = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for table, found in ((contributors, people), (sources, origins)):
        # In one order, so that transactions of two stories do not wait for each other.
        rows = [
            {"key": key, "origin": entry.id, "used_at": at} | found[key] for key in sorted(found)
        ]
        if rows:
            adding = new(table)
            await connection.execute(
                adding.on_conflict_do_update(index_elements=["key"], set_={"used_at": at}), rows
            )


async def forget(connection: AsyncConnection, entry_id: str) -> None:
    """Takes out whom the books know from an entry that is purged; what was written by hand stays."""
    for table in (contributors, sources):
        await connection.execute(delete(table).where(table.c.origin == entry_id))


class Books:
    """Reads and changes the books by hand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def contributors(self, text: str = "", limit: int = LISTED) -> list[Contributor]:
        """Those whose name or handle has the text in it, named last first."""
        columns = (contributors.c.name, contributors.c.handle)
        rows = await self._search(contributors, columns, text, limit)
        return [Contributor.model_validate(row) for row in rows]

    async def sources(self, text: str = "", limit: int = LISTED) -> list[KnownSource]:
        rows = await self._search(sources, (sources.c.name,), text, limit)
        return [KnownSource.model_validate(row) for row in rows]

    async def put_contributor(self, values: dict[str, Any], at: datetime, row: int | None) -> None:
        """Adds a line, or changes the line `row`. Raises `Conflict`, `NotFound`."""
        key = contributor_key(values["name"], values["handle"])
        await self._put(contributors, values | {"key": key, "used_at": at}, row)

    async def put_source(self, values: dict[str, Any], at: datetime, row: int | None) -> None:
        key = source_key(values["kind"], values["name"])
        await self._put(sources, values | {"key": key, "used_at": at}, row)

    async def strike_contributor(self, row: int) -> None:
        """Takes a line out. Raises `NotFound`."""
        await self._strike(contributors, row)

    async def strike_source(self, row: int) -> None:
        await self._strike(sources, row)

    async def _search(
        self, table: Table, columns: Sequence[Any], text: str, limit: int
    ) -> list[dict[str, Any]]:
        query = select(table).order_by(table.c.used_at.desc(), table.c.id.desc()).limit(limit)
        if text:
            # The key is folded in Python, for SQLite folds the case of ASCII alone.
            matches = [column.icontains(text, autoescape=True) for column in columns]
            folded = table.c.key.contains(text.casefold(), autoescape=True)
            query = query.where(or_(folded, *matches))
        hidden = {"key", "origin", "used_at"}
        async with self._database.look_up() as connection:
            rows = (await connection.execute(query)).mappings()
            return [{name: row[name] for name in row if name not in hidden} for row in rows]

    async def _put(self, table: Table, values: dict[str, Any], row: int | None) -> None:
        by_hand = values | {"origin": None}
        try:
            async with self._database.write() as connection:
                if row is None:
                    await connection.execute(insert(table).values(by_hand))
                    return
                done = await connection.execute(
                    update(table).where(table.c.id == row).values(by_hand)
                )
        except IntegrityError:
            message = "stands in the book already; change that line"
            raise Conflict(f"name: {message}", {"name": message}) from None
        if not done.rowcount:
            raise NotFound("no such line in the book")

    async def _strike(self, table: Table, row: int) -> None:
        async with self._database.write() as connection:
            done = await connection.execute(delete(table).where(table.c.id == row))
        if not done.rowcount:
            raise NotFound("no such line in the book")
