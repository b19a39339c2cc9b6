"""Files of chat messages that are still to be fetched.

A file is stored by the id that the chat gave it, which is of no use without the bot's token.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.database import Database
from liveblog.store.prepared import Prepared
from liveblog.store.tables import attachments

DUE_FILES = (
    select(attachments.c.entry_id)
    .where(attachments.c.due_at <= bindparam("now"))
    .group_by(attachments.c.entry_id)
    .order_by(func.min(attachments.c.due_at))
    .limit(bindparam("most"))
)
_DUE = Prepared(DUE_FILES)


class PendingAttachment(NamedTuple):
    """A file to fetch.

    `id` is never used again, and a later file has a greater one. `file` is the chat's name for the
    file. `tries` counts the tries that were begun.
    """

    id: str
    inlet_id: int
    entry_id: str
    file: str
    tries: int


class Attachments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, at: datetime, limit: int) -> list[str]:
        """The ids of entries with files to fetch, longest waiting first, at most `limit`."""
        async with self._database.read_point() as connection:
            return [row["entry_id"] for row in await _DUE.all(connection, now=at, most=limit)]

    async def take(self, entry_id: str, at: datetime, until: datetime) -> PendingAttachment | None:
        """Takes the first due file of an entry. No other process gets it before `until`."""
        first = select(func.min(attachments.c.id)).where(
            attachments.c.entry_id == entry_id, attachments.c.due_at <= at
        )
        taken = (
            update(attachments)
            .where(attachments.c.id == first.scalar_subquery(), attachments.c.due_at <= at)
            .values(due_at=until, tries=attachments.c.tries + 1)
            .returning(*(attachments.c[name] for name in PendingAttachment._fields))
        )
        async with self._database.write() as connection:
            row = (await connection.execute(taken)).first()
        return None if row is None else PendingAttachment(*row)

    async def put_off(self, attachment_id: str, until: datetime) -> None:
        """Makes a file due at `until`."""
        async with self._database.write() as connection:
            await connection.execute(
                update(attachments).where(attachments.c.id == attachment_id).values(due_at=until)
            )


async def add(
    connection: AsyncConnection, inlet_id: int, entry_id: str, files: Sequence[str], at: datetime
) -> None:
    """Adds files to fetch for an entry, due at `at`."""
    shared = {"inlet_id": inlet_id, "entry_id": entry_id, "tries": 0, "due_at": at}
    time = int(at.timestamp() * 1_000_000)
    rows = [
        {"id": f"{time:017d}-{place:03d}-{secrets.token_hex(8)}", "file": file}
        for place, file in enumerate(files)
    ]
    if rows:
        await connection.execute(insert(attachments), [shared | row for row in rows])


async def close(connection: AsyncConnection, attachment_id: str) -> bool:
    """Takes a file off the list. False if it is not on the list."""
    gone = await connection.execute(delete(attachments).where(attachments.c.id == attachment_id))
    return bool(gone.rowcount)


async def drop(connection: AsyncConnection, entry_id: str) -> int:
    """Takes all files of an entry off the list, and returns their number."""
    gone = await connection.execute(delete(attachments).where(attachments.c.entry_id == entry_id))
    return gone.rowcount
