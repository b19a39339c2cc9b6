"""Inlets, and what has come in by them: digests of messages, never who sent them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, delete, insert, select

from liveblog.errors import NotFound
from liveblog.members import Role, User
from liveblog.store.database import Database, upsert
from liveblog.store.stories import get
from liveblog.store.tables import inbound, inlets, stories, users
from liveblog.ways import Inlet, InletKind


class Received(NamedTuple):
    """What became of a message: the entry, its revision by our hand, and the version of the message."""

    entry_id: str
    rev: int
    version: int


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
        async with self._database.look_up() as connection:
            return [_inlet(row) for row in (await connection.execute(query)).mappings()]

    async def remove(self, inlet_id: int) -> None:
        """What came in by it stays. Raises `NotFound`."""
        async with self._database.write() as connection:
            await connection.execute(delete(inbound).where(inbound.c.inlet_id == inlet_id))
            gone = await connection.execute(delete(inlets).where(inlets.c.id == inlet_id))
        if not gone.rowcount:
            raise NotFound(f"there is no inlet {inlet_id}")

    async def received(self, inlet: Inlet, message: str) -> Received | None:
        query = select(inbound.c.entry_id, inbound.c.rev, inbound.c.version).where(
            inbound.c.inlet_id == inlet.id, inbound.c.message == message
        )
        async with self._database.look_up() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Received(*row)

    async def note(self, inlet: Inlet, message: str, became: Received) -> None:
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


def _inlet(row: RowMapping) -> Inlet:
    user = User(id=row["user_id"], email=row["email"], name=row["name"], role=Role(row["role"]))
    values = {name: row[name] for name in Inlet.model_fields if name not in {"story", "user"}}
    return Inlet.model_validate(values | {"story": row["slug"], "user": user})
