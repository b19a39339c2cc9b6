"""Inlets, and what has come in by them: digests of messages, never who sent them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import NotFound
from liveblog.models.content import Entry
from liveblog.models.integrations import Inlet, InletKind
from liveblog.models.members import Role, User
from liveblog.store.database import Database, upsert
from liveblog.store.stories.stories import get
from liveblog.store.tables import attachments, inbound, inlets, revisions, stories, users


class Received(NamedTuple):
    """What became of a message: the entry (none, where it was deleted before it came), its revision by our
    hand, and the version of the message. `words` stand for what that version said, and name none of it."""

    entry_id: str
    rev: int
    version: int
    words: str = ""


class Inlets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        kind: InletKind,
        slug: str,
        user: User,
        *,
        channel: str | None,
        anyone: bool,
    ) -> Inlet:
        """An inlet without senders yet. Raises `NotFound`."""
        async with self._database.write() as connection:
            story = await get(connection, slug)
            values: dict[str, Any] = {
                "kind": kind,
                "channel": channel,
                "salt": secrets.token_hex(16),
                "anyone": anyone,
                "senders": {},
                "created_at": datetime.now(UTC),
            }
            made = await connection.execute(
                insert(inlets)
                .values(values | {"story_id": story.id, "user_id": user.id})
                .returning(inlets.c.id)
            )
            return Inlet.model_validate(
                values | {"id": made.scalar_one(), "story": slug, "user": user}
            )

    async def allow(self, inlet: Inlet, senders: dict[str, str | None]) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                inlets.update().where(inlets.c.id == inlet.id).values(senders=senders)
            )

    async def all(self, kind: InletKind | None = None) -> list[Inlet]:
        """All inlets, or those of a kind that take messages: none of a user who is disabled."""
        query = (
            select(
                inlets,
                stories.c.slug,
                users.c.email,
                users.c.name,
                users.c.role,
            )
            .join(stories, stories.c.id == inlets.c.story_id)
            .join(users, users.c.id == inlets.c.user_id)
            .order_by(inlets.c.id)
        )
        if kind is not None:
            query = query.where(inlets.c.kind == kind, users.c.disabled_at.is_(None))
        async with self._database.read_point() as connection:
            return [_inlet(row) for row in (await connection.execute(query)).mappings()]

    async def remove(self, inlet_id: int) -> None:
        """What came in by it stays; what was to be fetched by it is not. Raises `NotFound`."""
        async with self._database.write() as connection:
            for table in (inbound, attachments):
                await connection.execute(delete(table).where(table.c.inlet_id == inlet_id))
            gone = await connection.execute(delete(inlets).where(inlets.c.id == inlet_id))
        if not gone.rowcount:
            raise NotFound(f"there is no inlet {inlet_id}")

    async def find(self, inlet_id: int) -> Inlet:
        """Raises `NotFound`."""
        found = [one for one in await self.all() if one.id == inlet_id]
        if not found:
            raise NotFound(f"there is no inlet {inlet_id}")
        return found[0]

    async def keep_token(self, inlet: Inlet, token: str | None) -> None:
        """`token` is sealed."""
        async with self._database.write() as connection:
            await connection.execute(
                inlets.update().where(inlets.c.id == inlet.id).values(token=token)
            )

    async def received(self, inlet: Inlet, message: str) -> Received | None:
        async with self._database.read_point() as connection:
            return await received(connection, inlet.id, message)

    async def take_back(self, inlet: Inlet, message: str, version: int) -> tuple[Received, bool]:
        """Notes that the sender deleted a message, by a `version` that none is newer than. Gives what became of
        the message, and whether its deletion was noted before."""
        values = {"inlet_id": inlet.id, "message": message} | Received("", 0, version)._asdict()
        async with self._database.write() as connection:
            before = await received(connection, inlet.id, message)
            new = upsert(connection, inbound).values(values)
            await connection.execute(
                new.on_conflict_do_update(
                    index_elements=["inlet_id", "message"], set_={"version": version}
                )
            )
            became = await received(connection, inlet.id, message)
        assert became is not None
        return became, before is not None and before.version >= version

    async def note(
        self, inlet: Inlet, message: str, became: Received, before: Received | None = None
    ) -> None:
        """What a message became; with `before`, by an edit that made a new revision of an entry that others
        may be in as well."""
        values = {"inlet_id": inlet.id, "message": message} | became._asdict()
        async with self._database.write() as connection:
            new = upsert(connection, inbound).values(values)
            await connection.execute(
                new.on_conflict_do_update(
                    index_elements=["inlet_id", "message"],
                    set_=became._asdict(),
                    where=inbound.c.version < new.excluded.version,
                )
            )
            if before is not None and before.entry_id == became.entry_id:
                await connection.execute(
                    update(inbound)
                    .where(inbound.c.entry_id == before.entry_id, inbound.c.rev == before.rev)
                    .values(rev=became.rev)
                )


async def received(connection: AsyncConnection, inlet_id: int, message: str) -> Received | None:
    """What became of a message."""
    query = select(*(inbound.c[name] for name in Received._fields)).where(
        inbound.c.inlet_id == inlet_id, inbound.c.message == message
    )
    row = (await connection.execute(query)).first()
    return None if row is None else Received(*row)


async def take_in(
    connection: AsyncConnection, inlet_id: int, message: str, became: Received
) -> bool:
    """Notes what became of a message; False where that was noted before."""
    values = {"inlet_id": inlet_id, "message": message} | became._asdict()
    new = upsert(connection, inbound).values(values).on_conflict_do_nothing()
    return (await connection.execute(new.returning(inbound.c.message))).first() is not None


async def follow_revision(connection: AsyncConnection, entry: Entry, rev: int, aside: str) -> None:
    """Messages to which an entry stood untouched, but for revisions by the action `aside`, are level with
    its new revision."""
    newest = (
        select(func.max(revisions.c.rev))
        .where(revisions.c.entry_id == entry.id, revisions.c.action != aside)
        .scalar_subquery()
    )
    await connection.execute(
        update(inbound)
        .where(inbound.c.entry_id == entry.id, inbound.c.rev >= newest)
        .values(rev=rev)
    )


def _inlet(row: RowMapping) -> Inlet:
    user = User(id=row["user_id"], email=row["email"], name=row["name"], role=Role(row["role"]))
    values = {name: row[name] for name in Inlet.model_fields if name not in {"story", "user"}}
    return Inlet.model_validate(values | {"story": row["slug"], "user": user})
