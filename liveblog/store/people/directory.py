"""The directory of contributors and sources. Published entries add to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, Text, cast, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Conflict, NotFound
from liveblog.models.content import Contributor, Credit, Entry, EntryStatus, KnownSource, Source
from liveblog.store.database import Database, upsert_in
from liveblog.store.people.protections import comparable, protected_names
from liveblog.store.prepared import Prepared, valued
from liveblog.store.tables import contributors, entries, sources

LISTED = 500
KNOWN = "is in the book already; change that line"


def contributor_key(name: str, handle: str | None) -> str:
    """The key of a contributor in the directory: the handle, else the name, without regard to case."""
    return (handle or name).casefold().removeprefix("@")


def source_key(kind: str, name: str) -> str:
    """The key of a source in the directory: its kind and name, without regard to case."""
    return f"{kind} {name.casefold()}"


Lines = dict[str, dict[str, Any]]
# What a line takes from the credit or the source of an entry.
NAMED = {contributors: ("role", "name", "handle", "url"), sources: ("kind", "name", "url")}


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


def _learned(table: Table) -> Prepared:
    """Adds a line, or notes that it was named again."""

    def statement(dialect: str) -> Any:
        new = valued(upsert_in(dialect, table), ("key", "origin", "used_at", *NAMED[table]))
        again = {"used_at": new.excluded.used_at}
        return new.on_conflict_do_update(index_elements=["key"], set_=again)

    return Prepared(statement)


_LEARNED = {table: _learned(table) for table in (contributors, sources)}


async def learn(connection: AsyncConnection, entry: Entry, at: datetime) -> None:
    """Adds the people and sources in a published entry to the directory, or notes that they
    were named again."""
    people, origins = _people(entry.credits), _origins(entry.sources)
    for table, found in ((contributors, people), (sources, origins)):
        # The same order in all transactions, against deadlocks.
        rows = [
            {"key": key, "origin": entry.id, "used_at": at} | found[key] for key in sorted(found)
        ]
        await _LEARNED[table].run_each(connection, rows)


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

    async def put_contributor(
        self, values: dict[str, Any], at: datetime, row: int | None
    ) -> str | None:
        """Adds a line, or changes the line `row`. Without `portrait` in the values, the portrait stays.

        Returns the portrait that the line has no more. Raises `Conflict`, `NotFound`.
        """
        key = contributor_key(values["name"], values["handle"])
        before = await self._put(contributors, values | {"key": key, "used_at": at}, row)
        had: str | None = before["portrait"] if before else None
        return None if had == values.get("portrait", had) else had

    async def require_free(self, name: str, handle: str | None, row: int | None) -> None:
        """Raises `Conflict` if another line than `row` has this key."""
        query = select(contributors.c.id).where(contributors.c.key == contributor_key(name, handle))
        async with self._database.read_point() as connection:
            found = (await connection.execute(query)).scalar()
        if found not in {None, row}:
            raise Conflict(f"name: {KNOWN}", {"name": KNOWN})

    async def portrait(self, credit: Credit) -> str | None:
        """The upload with the face of the person whom a credit names. None if there is none, or if that person is protected."""
        key = contributor_key(credit.name, credit.handle)
        query = select(contributors.c.portrait, contributors.c.name, contributors.c.handle).where(
            contributors.c.key == key, contributors.c.portrait.is_not(None)
        )
        async with self._database.read_point() as connection:
            found = (await connection.execute(query)).first()
            if found is None:
                return None
            names = _comparable(found.name, found.handle, *credit.keys)
            portrait: str = found.portrait
            return None if names & await protected_names(connection) else portrait

    async def may_be_shown(self, *names: str | None) -> bool:
        """Whether a portrait may be shown beside these names: none of them is a protected user's."""
        async with self._database.read_point() as connection:
            return not _comparable(*names) & await protected_names(connection)

    async def hide_protected(self) -> list[str]:
        """Takes the portraits of people who are protected out of the book. Returns the ids of the uploads."""
        query = select(contributors).where(contributors.c.portrait.is_not(None))
        async with self._database.write() as connection:
            names = await protected_names(connection)
            lines = (await connection.execute(query)).mappings().all()
            hidden = [line for line in lines if _comparable(line["name"], line["handle"]) & names]
            those = contributors.c.id.in_([line["id"] for line in hidden])
            await connection.execute(update(contributors).where(those).values(portrait=None))
        return [line["portrait"] for line in hidden]

    async def put_source(self, values: dict[str, Any], at: datetime, row: int | None) -> None:
        """Adds a line, or changes the line `row`. Raises `Conflict`, `NotFound`."""
        key = source_key(values["kind"], values["name"])
        await self._put(sources, values | {"key": key, "used_at": at}, row)

    async def strike_contributor(self, row: int) -> str | None:
        """Deletes a line. Returns its portrait. Raises `NotFound`."""
        portrait: str | None = (await self._strike(contributors, row))["portrait"]
        return portrait

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

    async def _put(
        self, table: Table, values: dict[str, Any], row: int | None
    ) -> RowMapping | None:
        """Returns the line as it was, None for a new one."""
        by_hand = values | {"origin": None}
        try:
            async with self._database.write() as connection:
                if row is None:
                    await connection.execute(insert(table).values(by_hand))
                    return None
                before = await _locked(connection, table, row)
                await connection.execute(update(table).where(table.c.id == row).values(by_hand))
                return before
        except IntegrityError:
            raise Conflict(f"name: {KNOWN}", {"name": KNOWN}) from None

    async def _strike(self, table: Table, row: int) -> RowMapping:
        """Returns the line as it was."""
        async with self._database.write() as connection:
            before = await _locked(connection, table, row)
            await connection.execute(delete(table).where(table.c.id == row))
        return before


async def _locked(connection: AsyncConnection, table: Table, row: int) -> RowMapping:
    """A line that nobody else changes before the transaction ends. Raises `NotFound`."""
    query = select(table).where(table.c.id == row).with_for_update()
    found = (await connection.execute(query)).mappings().first()
    if found is None:
        raise NotFound("no such line in the book")
    return found


def _comparable(*names: str | None) -> set[str]:
    return {comparable(name) for name in names if name}
