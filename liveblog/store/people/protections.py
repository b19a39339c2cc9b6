"""How users are protected, and what is withheld of entries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus
from liveblog.models.members import Precision, Protection, WithheldPlace
from liveblog.models.names import compared
from liveblog.store.database import Database, upsert
from liveblog.store.prepared import Prepared, one_of
from liveblog.store.tables import entries, protections, revisions, stories, users, withheld_places

# The name of a user for those who may not see the real one.
PUBLIC_NAME: ColumnElement[str] = func.coalesce(protections.c.byline, users.c.name)


_AUTHOR = Prepared(
    select(users.c.name, users.c.email, protections)
    .join(protections, protections.c.user_id == users.c.id, isouter=True)
    .where(users.c.id == bindparam("author"))
)
_BYLINES = Prepared(
    select(users.c.name, users.c.email, protections)
    .join(protections, protections.c.user_id == users.c.id)
    .where(protections.c.byline.is_not(None))
    .order_by(users.c.id)
)

DUE_PLACES = (
    select(stories.c.slug, entries.c.id)
    .join(entries, entries.c.story_id == stories.c.id)
    .join(withheld_places, withheld_places.c.entry_id == entries.c.id)
    .where(
        withheld_places.c.show_at <= bindparam("now"),
        # An expression instead of the column: SQLite would begin with the published entries, which are nearly all.
        func.coalesce(entries.c.status, "") == EntryStatus.PUBLISHED.value,
    )
    .order_by(withheld_places.c.show_at)
    .limit(100)
)
_DUE = Prepared(DUE_PLACES)
_PLACES = Prepared(
    lambda dialect: select(withheld_places).where(
        one_of(dialect, withheld_places.c.entry_id, "ids")
    )
)


class Author(NamedTuple):
    """The author of an entry: the real name and address, which readers must not see, and the protection."""

    name: str
    email: str
    protection: Protection


async def author(connection: AsyncConnection, user_id: int | None) -> Author | None:
    """The author with this user id; None if there is no such user."""
    row = await _AUTHOR.first(connection, author=user_id)
    return None if row is None else Author(row["name"], row["email"], _protection(row))


async def bylines(connection: AsyncConnection) -> list[Author]:
    """The users who have a public name."""
    rows = await _BYLINES.all(connection)
    return [Author(row["name"], row["email"], _protection(row)) for row in rows]


async def protected_names(connection: AsyncConnection) -> set[str]:
    """All names of the users with a protection as they are compared: real and public ones, addresses, and handles without "@"."""
    query = select(users.c.name, users.c.email, protections).join(
        protections, protections.c.user_id == users.c.id
    )
    rows = (await connection.execute(query)).mappings().all()
    return {
        comparable(name)
        for row in rows
        if _protection(row) != Protection()
        for name in (row["name"], row["email"], row["byline"], row["handle"])
        if name
    }


def comparable(name: str) -> str:
    """A name, an address or a handle as `protected_names()` has it."""
    return compared(name).removeprefix("@")


async def written_at(connection: AsyncConnection, entry: Entry) -> datetime:
    """When the entry's author last wrote in it."""
    query = select(func.max(revisions.c.at)).where(
        revisions.c.entry_id == entry.id, revisions.c.user_id == entry.created_by
    )
    return (await connection.execute(query)).scalar() or entry.created_at


async def find(connection: AsyncConnection, ids: Collection[str]) -> dict[str, WithheldPlace]:
    """What is withheld of these entries, by entry id."""
    rows = await _PLACES.all(connection, ids=list(ids))
    return {row["entry_id"]: WithheldPlace.model_validate(row) for row in rows}


async def keep(connection: AsyncConnection, known: WithheldPlace) -> None:
    """Stores what is withheld of an entry, in the place of what was stored before."""
    await drop(connection, known.entry_id)
    await connection.execute(insert(withheld_places), known.model_dump())


async def drop(connection: AsyncConnection, entry_id: str) -> int:
    """Deletes what was withheld of an entry, and returns the number of rows."""
    gone = await connection.execute(
        delete(withheld_places).where(withheld_places.c.entry_id == entry_id)
    )
    return gone.rowcount


class Protections:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_ids: Collection[int]) -> dict[int, Protection]:
        """The protections of those of these users who have one, by user id."""
        return {user_id: one.protection for user_id, one in (await self.authors(user_ids)).items()}

    async def authors(self, user_ids: Collection[int]) -> dict[int, Author]:
        """Those of these users who have a protection, by user id."""
        if not user_ids:
            return {}
        query = (
            select(users.c.name, users.c.email, protections)
            .join(protections, protections.c.user_id == users.c.id)
            .where(protections.c.user_id.in_(user_ids))
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {row["user_id"]: Author(row["name"], row["email"], _protection(row)) for row in rows}

    async def written_at(self, those: Collection[Entry]) -> dict[str, datetime]:
        """When the author of each of these entries last wrote in it, by entry id."""
        if not those:
            return {}
        theirs = [
            and_(revisions.c.entry_id == entry.id, revisions.c.user_id == entry.created_by)
            for entry in those
        ]
        query = (
            select(revisions.c.entry_id, func.max(revisions.c.at))
            .where(or_(*theirs))
            .group_by(revisions.c.entry_id)
        )
        async with self._database.read_point() as connection:
            rows = (await connection.execute(query)).all()
        last = {entry.id: entry.created_at for entry in those}
        return last | {identity: at for identity, at in rows if at}

    async def bylines(self) -> list[Author]:
        """The users who have a public name."""
        async with self._database.read_point() as connection:
            return await bylines(connection)

    async def of_email(self, email: str) -> Protection:
        """The protection of the user with this address. Raises `NotFound`."""
        async with self._database.read_point() as connection:
            user_id = await _user(connection, email)
            found = await author(connection, user_id)
        return found.protection if found else Protection()

    async def change(self, email: str, **values: Any) -> Protection:
        """Changes the given fields of a user's protection, and returns all of it.

        Other fields stay as they are, also if they are changed at the same time. Raises `NotFound`.
        """
        first = Protection.model_validate(values).model_dump()
        async with self._database.write() as connection:
            user_id = await _user(connection, email)
            new = upsert(connection, protections).values(user_id=user_id, **first)
            given = {name: new.excluded[name] for name in ("user_id", *values)}
            kept = await connection.execute(
                new.on_conflict_do_update(index_elements=["user_id"], set_=given).returning(
                    protections
                )
            )
            return _protection(kept.mappings().one())

    async def withheld_places(self, ids: Collection[str]) -> dict[str, WithheldPlace]:
        """What is withheld of these entries, by entry id."""
        async with self._database.read_point() as connection:
            return await find(connection, ids)

    async def due(self, now: datetime) -> list[tuple[str, str]]:
        """`(slug, entry id)` of the entries whose exact place may be shown by now, at most 100."""
        async with self._database.read_point() as connection:
            return [(row["slug"], row["id"]) for row in await _DUE.all(connection, now=now)]


async def _user(connection: AsyncConnection, email: str) -> int:
    """The id of the user with this address. Raises `NotFound`."""
    query = select(users.c.id).where(users.c.email == email.strip().lower())
    identity: int | None = (await connection.execute(query)).scalar()
    if identity is None:
        raise NotFound(f"no user {email!r}")
    return identity


def _protection(row: Any) -> Protection:
    if row["user_id"] is None:
        return Protection()
    values = {name: row[name] for name in Protection.model_fields}
    return Protection.model_validate(values | {"place": Precision(values["place"])})
