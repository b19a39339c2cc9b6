"""What is counted of readers, in the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

COUNTED = """SELECT slug, day, seconds FROM audience JOIN stories ON id = story_id
             ORDER BY slug, day"""


def rows(file: Path) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(COUNTED).fetchall()
