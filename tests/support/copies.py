"""Long stories in a short time: entries are copied in the database of a server."""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from processes import Server
from rows import in_database, rows
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.tables import entries, events, stories

NUMBER = re.compile(r'data-seq="\d+"')


def number_of_entries(server: Server, slug: str) -> int:
    query = "SELECT count(*) AS n FROM entries JOIN stories s ON s.id = story_id WHERE slug = :slug"
    return int(rows(server, query, slug=slug)[0]["n"])


def database(server: Server) -> Path:
    """The file of a server's SQLite database."""
    return server.folder / "data" / "liveblog.sqlite3"


def multiply(server: Server, slug: str, times: int) -> None:
    """Puts that many copies of a story's entries before them, an hour apart: posting thousands takes
    minutes. They have no events of their own."""
    salt = secrets.token_hex(2)

    async def work(connection: AsyncConnection) -> None:
        story = select(stories.c.id).where(stories.c.slug == slug).scalar_subquery()
        found = await connection.execute(select(entries).where(entries.c.story_id == story))
        copied = [dict(row) for row in found.mappings()]
        for hours in range(1, times + 1):
            copies = [
                entry
                | {
                    "id": f"e{salt}{hours:06x}{number:06x}",
                    "published_at": entry["published_at"] - timedelta(hours=hours),
                }
                for number, entry in enumerate(copied)
            ]
            await connection.execute(insert(entries), copies)

    in_database(server, work)


def tell(server: Server, slug: str, times: int) -> list[str]:
    """Publishes an entry, which was the last thing that happened, that many times more, with its events:
    readers are told from the log, within about a second. Returns the ids."""

    async def work(connection: AsyncConnection) -> list[str]:
        query = select(stories.c.id, stories.c.head).where(stories.c.slug == slug).with_for_update()
        story, head = (await connection.execute(query)).one()
        entry, event = [
            dict(
                (
                    await connection.execute(
                        select(table).where(table.c.story_id == story, table.c.seq == head)
                    )
                )
                .mappings()
                .one()
            )
            for table in (entries, events)
        ]
        ids = [f"e{secrets.token_hex(8)}" for _ in range(times)]
        published: list[dict[str, Any]] = []
        told: list[dict[str, Any]] = []
        for seq, entry_id in enumerate(ids, head + 1):
            # The later one stands above: of entries of the same time the number decides.
            payload = json.loads(event["payload"].replace(event["entry_id"], entry_id))
            payload |= {"seq": seq, "html": NUMBER.sub(f'data-seq="{seq}"', payload["html"])}
            published.append(entry | {"id": entry_id, "seq": seq})
            told.append(event | {"seq": seq, "entry_id": entry_id, "payload": json.dumps(payload)})
        await connection.execute(insert(entries), published)
        await connection.execute(insert(events), told)
        await connection.execute(
            update(stories).where(stories.c.id == story).values(head=head + times)
        )
        return ids

    return in_database(server, work)
