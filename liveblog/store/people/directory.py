"""The directory of contributors and sources. Published entries add to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, Text, cast, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Conflict, NotFound
from liveblog.models.content import Contributor, Credit, Entry, EntryStatus, KnownSource, Source
from liveblog.store.database import Database, upsert
from liveblog.store.people.protections import protected
from liveblog.store.tables import contributors, entries, sources

LISTED = 500


def contributor_key(name: str, handle: str | None) -> str:
    """The key of a contributor in the directory: the handle, else the name, without regard to case."""
    return (handle or name).casefold().removeprefix("@")


def source_key(kind: str, name: str) -> str:
    """The key of a source in the directory: its kind and name, without regard to case."""
    return f"{kind} {name.casefold()}"


Lines = dict[str, dict[str, Any]]


def _people(credits_: Iterable[Credit]) -> Lines:
    """Lines of the directory, by key. The first of several credits with one key counts."""
    return {
        contributor_key(one.name, one.handle): one.model_dump() for one in reversed(list(credits_))
    }


def _origins(sources_: Iterable[Source]) -> Lines:
    """Lines of the directory, by key. The first of several sources with one key counts."""
    return {
        source_key(one.kind, one.name): one.model_dump(include={"kind", "name", "url"})
        for one in reversed(list(sources_))
    }


async def learn(connection: AsyncConnection, entry: Entry, at: datetime) -> None:
    """Adds the people and sources in a published entry to the directory, or notes that they
    were named again."""
    people, origins = _people(entry.credits), _origins(entry.sources)
    for table, found in ((contributors, people), (sources, origins)):
        # The same order in all transactions, against deadlocks.
        rows = [
            {"key": key, "origin": entry.id, "used_at": at} | found[key] for key in sorted(found)
        ]
        if rows:
            adding = upsert(connection, table)
            await connection.execute(
                adding.on_conflict_do_update(index_elements=["key"], set_={"used_at": at}), rows
            )


async def forget(connection: AsyncConnection, entry_id: str) -> None:
    """Deletes the lines that the directory has from a purged entry.

    Lines that were written by hand stay. If another published entry has the name, the line gets
    what that entry says.
    """
    for table in (contributors, sources):
        known = await connection.execute(select(table).where(table.c.origin == entry_id))
        for line in known.mappings().all():
            named = await _named_elsewhere(connection, table, line, entry_id)
            if named is None:
                await connection.execute(delete(table).where(table.c.id == line["id"]))
            else:
                await connection.execute(
                    update(table).where(table.c.id == line["id"]).values(named)
                )


async def _named_elsewhere(
    connection: AsyncConnection, table: Table, line: Any, entry_id: str
) -> dict[str, Any] | None:
    """The line as the newest other published entry has it; None if there is no such entry."""
    column = entries.c.credits if table is contributors else entries.c.sources
    # The text in the JSON narrows the search; the key decides.
    written = json.dumps((line.get("handle") or line["name"]).removeprefix("@"))[1:-1]
    query = (
        select(entries.c.id, column)
        .where(
            entries.c.status == EntryStatus.PUBLISHED,
            entries.c.id != entry_id,
            cast(column, Text).icontains(written, autoescape=True),
        )
        .order_by(entries.c.published_at.desc())
    )
    for other, said in await connection.execute(query):
        if table is contributors:
            lines = _people(Credit.model_validate(one) for one in said)
        else:
            lines = _origins(Source.model_validate(one) for one in said)
        if line["key"] in lines:
            return lines[line["key"]] | {"origin": other}
    return None


def _shown(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in row if name not in {"key", "origin", "used_at"}}


class Directory:
    """Reads the directory, and changes it by hand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def contributors(self, text: str = "", limit: int = LISTED) -> list[Contributor]:
        """The contributors with the text in their name or handle, named last first, at most `limit`."""
        columns = (contributors.c.name, contributors.c.handle)
        rows = await self._search(contributors, columns, text, limit)
        return [Contributor.model_validate(row) for row in rows]

    async def sources(self, text: str = "", limit: int = LISTED) -> list[KnownSource]:
        """The sources with the text in their name, named last first, at most `limit`."""
        rows = await self._search(sources, (sources.c.name,), text, limit)
        return [KnownSource.model_validate(row) for row in rows]

    async def put_contributor(self, values: dict[str, Any], at: datetime, row: int | None) -> None:
        """Adds a line, or changes the line `row`. Raises `Conflict`, `NotFound`."""
        key = contributor_key(values["name"], values["handle"])
        await self._put(contributors, values | {"key": key, "used_at": at}, row)

    async def contributor(self, row: int) -> Contributor | None:
        """The contributor in the line `row`; None if there is none."""
        query = select(contributors).where(contributors.c.id == row)
        async with self._database.read_point() as connection:
            line = (await connection.execute(query)).mappings().first()
        return None if line is None else Contributor.model_validate(_shown(line))

    async def portrait(self, credit: Credit) -> str | None:
        """The upload with the face of the person whom a credit names. None if there is none, or if that person is protected."""
        key = contributor_key(credit.name, credit.handle)
        query = select(contributors.c.portrait).where(contributors.c.key == key)
        async with self._database.read_point() as connection:
            found: str | None = (await connection.execute(query)).scalar()
            if found is None or await protected(connection, credit.keys):
                return None
        return found

    async def may_be_shown(self, names: Collection[str]) -> bool:
        """Whether a portrait may be shown beside these names: none of them is a protected user's."""
        async with self._database.read_point() as connection:
            return not await protected(connection, names)

    async def put_source(self, values: dict[str, Any], at: datetime, row: int | None) -> None:
        """Adds a line, or changes the line `row`. Raises `Conflict`, `NotFound`."""
        key = source_key(values["kind"], values["name"])
        await self._put(sources, values | {"key": key, "used_at": at}, row)

    async def strike_contributor(self, row: int) -> None:
        """Deletes a line. Raises `NotFound`."""
        await self._strike(contributors, row)

    async def strike_source(self, row: int) -> None:
        """Deletes a line. Raises `NotFound`."""
        await self._strike(sources, row)

    async def _search(
        self, table: Table, columns: Sequence[Any], text: str, limit: int
    ) -> list[dict[str, Any]]:
        query = select(table).order_by(table.c.used_at.desc(), table.c.id.desc()).limit(limit)
        if text:
            # The key is folded in Python, because SQLite folds the case of ASCII only.
            matches = [column.icontains(text, autoescape=True) for column in columns]
            folded = table.c.key.contains(text.casefold(), autoescape=True)
            query = query.where(or_(folded, *matches))
        async with self._database.read_point() as connection:
            return [_shown(row) for row in (await connection.execute(query)).mappings()]

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
            message = "is in the book already; change that line"
            raise Conflict(f"name: {message}", {"name": message}) from None
        if not done.rowcount:
            raise NotFound("no such line in the book")

    async def _strike(self, table: Table, row: int) -> None:
        async with self._database.write() as connection:
            done = await connection.execute(delete(table).where(table.c.id == row))
        if not done.rowcount:
            raise NotFound("no such line in the book")
