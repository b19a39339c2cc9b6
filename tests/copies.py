"""Long stories in a short time: entries are copied in the database of a server."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from processes import PATIENCE, Server


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
        names = list(entries[0])
        marks = ", ".join(f":{name}" for name in names)
        for hours in range(1, times + 1):
            for number, entry in enumerate(entries):
                at = datetime.fromisoformat(entry["published_at"]) - timedelta(hours=hours)
                entry_id = f"e{salt}{hours:06x}{number:06x}"
                copy = entry | {"id": entry_id, "published_at": at.isoformat(sep=" ")}
                connection.execute(
                    f"INSERT INTO entries ({', '.join(names)}) VALUES ({marks})", copy
                )
