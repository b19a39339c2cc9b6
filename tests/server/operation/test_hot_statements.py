"""No statement of a page, a post or a second reads more rows than it needs, however many stories and entries there are.

A server answers every kind of request on a database with many long stories. PostgreSQL itself logs the plan of each statement with the
numbers of rows that it read (`auto_explain`); for SQLite, each statement is logged and run again, and its steps are counted.
`LIVEBLOG_TEST_ENTRIES=1000` makes each story as long as a long day's; the limits are the same.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk_client import Editor, add_token, add_user
from desk_forms import Desk
from paths import ROOT
from processes import Postgres, Server, environment

STORIES = 1000
ENTRIES = int(os.environ.get("LIVEBLOG_TEST_ENTRIES", "100"))
# A statement may read a whole story, or all stories, but not all entries, of which there are 100,000.
MOST_ROWS = 2_500
MOST_STEPS = 100_000  # of SQLite's machine: about 20 for a row
LARGE = {"entries", "events", "revisions", "entry_topics", "entry_authors"}
SLUG = "long"
PLAN = re.compile(r"duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)")
TRACING = """
import json, os, sqlite3

connect = sqlite3.connect
log = open(os.environ["SQLITE_LOG"], "a", buffering=1)

def traced(*args, **kwargs):
    connection = connect(*args, **kwargs)
    connection.set_trace_callback(lambda sql: log.write(json.dumps(sql) + "\\n"))
    return connection

sqlite3.connect = traced
"""


class Unforked(Server):
    """A server that reads its environment as a new interpreter."""

    def program(self, command: str, *args: str) -> list[str]:
        return [sys.executable, "-u", "-m", "liveblog", command, *args]


@dataclass(frozen=True)
class Statement:
    """A statement, and the rows (PostgreSQL) or steps (SQLite) that one of its tables took."""

    sql: str
    took: int
    most: int
    plan: str


class Postgresql:
    """The plans in PostgreSQL's log."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        url = postgres.database(f"hot_{secrets.token_hex(4)}")
        self.settings: dict[str, Any] = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(16)}
        self.url = url

    def watch(self) -> dict[str, Any]:
        name = self.url.rpartition("/")[2]
        for setting in (
            "session_preload_libraries = auto_explain",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_analyze = on",
            "auto_explain.log_timing = off",
            "auto_explain.log_format = json",
        ):
            self._postgres.query(name, f"ALTER DATABASE {name} SET {setting}")
        self._postgres.query(name, "VACUUM ANALYZE")
        self._begun = len(self._postgres.said())
        return self.settings

    def statements(self) -> Iterator[Statement]:
        for found in PLAN.finditer(self._postgres.said()[self._begun :]):
            plan = json.loads(found[1])
            took = max(map(_rows, _nodes(plan["Plan"])))
            yield Statement(plan["Query Text"], took, MOST_ROWS, json.dumps(plan["Plan"], indent=1))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _rows(node: dict[str, Any]) -> int:
    """The rows that a node read, with those that it left out."""
    left_out = sum(n for name, n in node.items() if name.startswith("Rows Removed"))
    return int((node["Actual Rows"] + left_out) * node["Actual Loops"])


class Sqlite:
    """The statements that a server ran, by the trace of its connections."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings: dict[str, Any] = {}
        self.url = f"sqlite:///{folder / 'data' / 'liveblog.sqlite3'}"

    def watch(self) -> dict[str, Any]:
        (self._folder / "sitecustomize.py").write_text(TRACING)
        return {
            "PYTHONPATH": f"{self._folder}:{ROOT}",
            "SQLITE_LOG": str(self._folder / "statements"),
        }

    def statements(self) -> Iterator[Statement]:
        lines = (self._folder / "statements").read_text().splitlines()
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
            for sql in dict.fromkeys(map(json.loads, lines)):
                verb = sql.split(None, 1)[0].upper()
                if verb in {"SELECT", "WITH", "UPDATE", "DELETE", "INSERT"}:
                    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
                    steps = self._steps(connection, sql)
                    yield Statement(sql, steps, MOST_STEPS, str(plan))

    def _steps(self, connection: sqlite3.Connection, sql: str) -> int:
        """Runs a statement again, and takes its changes back. What violates a constraint then has run before."""
        counted = 0

        def count() -> None:
            nonlocal counted
            counted += 100

        connection.set_progress_handler(count, 100)
        with suppress(sqlite3.IntegrityError):
            connection.execute(sql).fetchall()
        connection.set_progress_handler(None, 0)
        connection.rollback()
        return counted


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Sqlite | Postgresql:
    """A database with many long stories."""
    folder = tmp_path_factory.mktemp("hot")
    made: Sqlite | Postgresql = Sqlite(folder)
    if request.param == "postgresql":
        made = Postgresql(request.getfixturevalue("postgres"))
        done = run("migrate", env=environment(**made.settings))
        assert done.returncode == 0, done.stderr
    with Server(folder, **made.settings) as server:
        editor = Editor(server.url, add_token(server.env))
        editor.story(SLUG, topics=["kharkiv"], category="World")
        fin = {"role": "text", "name": "Fin", "handle": "@fin"}
        words = "The bridge **stands**. #kharkiv"
        editor.post(SLUG, words, headline="Bridge", topics=["kharkiv"], credits=[fin])
        editor.close()
    filled = subprocess.run(
        [
            *(sys.executable, ROOT / "tools" / "fill_database.py", made.url, SLUG, "--short"),
            *("--stories", str(STORIES), "--entries", str(ENTRIES)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert filled.returncode == 0, filled.stderr
    return made


def test_no_statement_reads_more_than_it_needs(
    database: Sqlite | Postgresql, tmp_path: Path
) -> None:
    folder = tmp_path if isinstance(database, Postgresql) else database._folder
    with Unforked(folder, **database.watch()) as server:
        editor = Editor(server.url, add_token(server.env))
        add_user(server.env, "admin@example.org", "admin")
        desk = Desk(server.url)
        assert desk.sign_in("admin@example.org").status_code == 303
        slug = f"{SLUG}-100"
        read(editor, slug)
        write(editor, slug)
        look(desk, slug)
        editor.close()
        desk.close()
        server.stop()
        assert "Traceback" not in server.said()
    statements = list(database.statements())
    touched = {name for name in LARGE for one in statements if name in one.sql}
    assert touched == LARGE
    assert len({one.sql for one in statements}) > 80
    dear = {one.sql: one for one in statements if one.took > one.most}
    assert not dear, "\n\n".join(f"{one.took}: {one.sql}\n{one.plan}" for one in dear.values())


def read(editor: Editor, slug: str) -> None:
    """What readers, feeds, search engines and programs ask for."""
    story = f"/stories/{slug}"
    listed = editor.http.get(f"/api{story}/entries?limit=50").json()
    first, last = listed["entries"][0], listed["entries"][-1]
    following = "" if listed["next"] is None else f"&before={listed['next']}"
    for address in (
        "/", "/?category=World", "/feed.atom", "/feed.json", "/sitemap.xml", "/sitemap-news.xml",
        "/topics/kharkiv", "/topics/kharkiv/feed.rss", story, f"{story}?show=key",
        f"{story}?show=confirmed", f"{story}?topic=kharkiv", f"{story}?author=@fin",
        f"{story}?order=oldest", f"{story}?at={last['id']}", f"{story}?at=2022-02-25T14:00",
        f"{story}/entries?before={last['id']}", f"{story}/entries?before={last['id']}&show=key",
        f"{story}/entries?after={last['id']}", f"{story}/entries/{first['id']}",
        f"{story}/entries/{first['id']}/embed", f"{story}/corrections", f"{story}/corrections.atom",
        f"{story}/timeline", f"{story}/changes?after={ENTRIES - 90}", f"{story}/events?after={ENTRIES - 9}",
        f"{story}/events", f"{story}/feed.atom", f"{story}/feed.json?show=key", f"{story}/embed",
        f"{story}/element", f"{story}/card.png", f"/oembed?url={str(editor.http.base_url).rstrip('/')}{story}",
        "/removals.json", "/readyz", f"/api{story}", f"/api{story}/entries?limit=50{following}",
        f"/api{story}/entries?key=true", f"/api{story}/entries?topic=kharkiv",
        f"/api{story}/entries?status=removed", f"/api{story}/entries/{first['id']}/history",
    ):  # fmt: skip
        answer = editor.http.get(address, follow_redirects=True)
        assert answer.status_code < 400, f"{address}: {answer.status_code} {answer.text[:300]}"


def write(editor: Editor, slug: str) -> None:
    """What editors do."""
    entry = editor.post(slug, "Another. #kharkiv", key=True, pinned=True, topics=["kharkiv"])["id"]
    editor.edit(slug, entry, body="Another, mended.", correction="It was wrong.")
    draft = editor.post(slug, "Not yet.", status="draft")["id"]
    later = editor.post(slug, "Later.", publish_at="2120-02-25T15:00:00Z")["id"]
    editor.change_story(slug, status="live", summary="Changed.")
    editor.remove(slug, entry, reason="A test.")
    for one in (draft, later, entry):
        editor.remove(slug, one, purge=True)
    key = {"Idempotency-Key": "a"}
    for status in (201, 200):
        answer = editor.http.post(
            f"/api/stories/{slug}/entries", json={"body": "Once."}, headers=key
        )
        assert answer.status_code == status


def look(desk: Desk, slug: str) -> None:
    """What the desk shows."""
    story = f"/desk/stories/{slug}"
    for address in (
        "/desk", "/desk?q=story", story, f"{story}?q=bridge", f"{story}?author=@fin", f"{story}?status=published",
        f"{story}?status=removed", f"{story}?topic=kharkiv", f"{story}?key=1", f"{story}?verification=none",
        "/desk/users", "/desk/account",
    ):  # fmt: skip
        answer = desk.http.get(address, follow_redirects=True)
        assert answer.status_code < 400, f"{address}: {answer.status_code} {answer.text[:300]}"
