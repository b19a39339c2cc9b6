"""What is scheduled is published in its hour, whatever becomes of the rest."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copies import database
from desk_client import Editor, add_token
from processes import PATIENCE, Server


def test_one_that_cannot_be_published_keeps_no_other_waiting(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        hour = datetime.now(UTC) + timedelta(hours=1)
        broken, sound = (
            editor.post(slug, f"The {n}.", publish_at=hour.isoformat()) for n in (1, 2)
        )
        # The hour of both comes at once, however long that took.
        with closing(sqlite3.connect(database(server), timeout=PATIENCE)) as stored, stored:
            due = (hour - timedelta(hours=1)).isoformat(sep=" ")
            stored.execute("UPDATE entries SET published_at = ?", (due,))
            stored.execute(
                "UPDATE entries SET sources = ? WHERE id = ?",
                ('[{"kind": "a secret", "name": "a secret"}]', broken["id"]),
            )
        deadline = time.monotonic() + PATIENCE
        while editor.head(slug) == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        page = editor.http.get(f"/stories/{slug}").text
        editor.close()
        assert sound["id"] in page
        assert broken["id"] not in page
        assert f"entry={broken['id']}" in server.said()
        assert "a secret" not in server.said()
