"""Long stories in a short time: entries are copied in the database of a server."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from processes import PATIENCE, Server

NUMBER = re.compile(r'data-seq="\d+"')


def number_of_entries(server: Server, slug: str) -> int:
    query = "SELECT count(*) FROM entries JOIN stories s ON s.id = story_id WHERE slug = ?"
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection:
        count: int = connection.execute(query, [slug]).fetchone()[0]
        return count


def database(server: Server) -> Path:
    return server.folder / "data" / "liveblog.sqlite3"


def multiply(server: Server, slug: str, times: int) -> None:
    """Puts that many copies of a story's entries before them, an hour apart: posting thousands takes
    minutes. They have no events of their own."""
    salt = secrets.token_hex(2)
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection, connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT * FROM entries WHERE story_id = (SELECT id FROM stories WHERE slug = ?)"
        entries = [dict(row) for row in connection.execute(query, [slug])]
        for hours in range(1, times + 1):
            for number, entry in enumerate(entries):
                at = datetime.fromisoformat(entry["published_at"]) - timedelta(hours=hours)
                entry_id = f"e{salt}{hours:06x}{number:06x}"
                copy = entry | {"id": entry_id, "published_at": at.isoformat(sep=" ")}
                _insert(connection, "entries", copy)


def tell(server: Server, slug: str, times: int) -> list[str]:
    """Publishes an entry, which was the last thing that happened, that many times more, with its events:
    readers are told from the log, within about a second. Returns the ids."""
    with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as connection, connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN IMMEDIATE")
        story, head = connection.execute(
            "SELECT id, head FROM stories WHERE slug = ?", [slug]
        ).fetchone()
        last = "SELECT * FROM {} WHERE story_id = ? AND seq = ?"
        entry, event = (
            dict(connection.execute(last.format(table), [story, head]).fetchone())
            for table in ("entries", "events")
        )
        ids = []
        for seq in range(head + 1, head + times + 1):
            entry_id = f"e{secrets.token_hex(8)}"
            ids.append(entry_id)
            # The later one stands above: of entries of the same time the number decides.
            payload = json.loads(event["payload"].replace(event["entry_id"], entry_id))
            payload |= {"seq": seq, "html": NUMBER.sub(f'data-seq="{seq}"', payload["html"])}
            _insert(connection, "entries", entry | {"id": entry_id, "seq": seq})
            told = {"seq": seq, "entry_id": entry_id, "payload": json.dumps(payload)}
            _insert(connection, "events", event | told)
        connection.execute("UPDATE stories SET head = ? WHERE id = ?", [head + times, story])
    return ids


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)
