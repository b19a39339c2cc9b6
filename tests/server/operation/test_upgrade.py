"""A database made by a release is migrated, and all that it holds can be read and changed.

`data/liveblog-VERSION.sql` is the dump of an SQLite database that this version made by its commands and its API
(CONTRIBUTING.md says how to make the next). Its keys and tokens were made for this test.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commands import run
from paths import DATA
from processes import NO_TLS, PATIENCE, Server, environment
from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, MetaData, func, select
from sqlalchemy.types import TypeEngine

from liveblog.store import Database, schema

STORY = "/api/stories/kharkiv"


@dataclass(frozen=True)
class Release:
    """The database that a version left: the id of one entry, and tokens of an editor and a contributor."""

    version: str
    bridge: str
    editor: str
    contributor: str


RELEASES = [
    Release(
        "0.1.0",
        "ec7670612b33543ff",
        "lb_GSoRNxM_TZy_dxWymjsXPeMeqPwRJPB77PL8whDDyg4",
        "lb_U8VlOni5l8RhIWSlQL0XXZs1CDsSN2SAUh-MtoL4bCY",
    ),
    Release(
        "0.2.0",
        "e1bf068210bec01cd",
        "lb_5ng6xto9yo19vMrpRCvaYzFHuU_jM3mO46XT_w8lZUk",
        "lb_NMpMXJgvAvZUnDAZO3zziIgz9izag3ZKrT9lWxPEpKk",
    ),
]
pytestmark = pytest.mark.parametrize(
    "release", RELEASES, scope="module", ids=lambda release: release.version
)


def restored(folder: Path, release: Release) -> Path:
    """A data folder with the database of a release."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "liveblog.sqlite3")) as connection:
        connection.executescript((DATA / f"liveblog-{release.version}.sql").read_text())
    return folder


async def copied(file: Path, url: str) -> None:
    """Fills an empty PostgreSQL with the rows of an SQLite file, as the release of the file would have them there."""
    with closing(sqlite3.connect(file)) as source:
        source.row_factory = sqlite3.Row
        (at,) = source.execute("SELECT version_num FROM alembic_version").fetchone()
        database = Database(url)

        def fill(connection: Connection) -> None:
            schema.upgrade(connection, at)
            there = MetaData()
            there.reflect(connection)
            for table in there.sorted_tables:
                found = source.execute(f'SELECT * FROM "{table.name}"').fetchall()
                if found and table.name != "alembic_version":
                    rows = [
                        {c.name: value_of(row[c.name], c.type) for c in table.c} for row in found
                    ]
                    connection.execute(table.insert(), rows)
                    if (number := table.autoincrement_column) is not None:
                        name = func.pg_get_serial_sequence(table.name, number.name)
                        highest = select(func.max(number)).scalar_subquery()
                        connection.execute(select(func.setval(name, highest)))

        async with database.write() as connection:
            await connection.run_sync(fill)
        await database.close()


def value_of(value: Any, kind: TypeEngine[Any]) -> Any:
    """A value of SQLite as PostgreSQL takes it."""
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, JSON):
        return json.loads(value)
    return bool(value) if isinstance(kind, Boolean) else value


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(
    release: Release, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """A folder with the data folder of a release, and the settings of its servers."""
    folder = tmp_path_factory.mktemp("upgrade")
    restored(folder / "data", release)
    if request.param == "sqlite":
        return folder, {}
    url = request.getfixturevalue("postgres").database(f"upgrade_{secrets.token_hex(4)}")
    file = folder / "data" / "liveblog.sqlite3"
    with ThreadPoolExecutor(1) as thread:  # where no event loop runs
        thread.submit(asyncio.run, copied(file, url)).result(PATIENCE)
    file.unlink()
    settings = {"DATABASE_URL": url, "SECRET_KEY": "k" * 32}
    done = run("migrate", env=environment(LIVEBLOG_DATA=str(folder / "data"), **settings))
    assert (done.returncode, done.stderr) == (0, "")
    return folder, settings


@pytest.fixture(scope="module")
def server(installation: tuple[Path, dict[str, Any]]) -> Iterator[Server]:
    """A server on the old database. SQLite it migrates at its start."""
    folder, settings = installation
    with Server(folder, **settings) as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(
        base_url=server.url, verify=NO_TLS, trust_env=False, timeout=PATIENCE
    ) as made:
        yield made


def by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_command_migrates_it(release: Release, tmp_path: Path) -> None:
    env = environment(LIVEBLOG_DATA=str(restored(tmp_path / "data", release)))
    done = run("migrate", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    users = run("user", "list", env=env)
    assert users.returncode == 0, users.stderr
    assert [line.split("\t") for line in users.stdout.splitlines()] == [
        ["ada@example.org", "admin", "active", "Ada Admin"],
        ["cora@example.org", "contributor", "active", "Cora Contributor"],
        ["ed@example.org", "editor", "active", "Ed Editor"],
    ]


def test_readers_get_the_story_and_the_events(client: httpx2.Client) -> None:
    page = client.get("/stories/kharkiv")
    assert page.status_code == 200
    assert "The bridge <strong>stands</strong>." in page.text
    assert "has not been hit" in page.text
    events = client.get("/stories/kharkiv/events?after=0").json()
    assert [(one["seq"], one["kind"]) for one in events["events"]][:5] == [
        (1, "entry.published"),
        (2, "entry.published"),
        (3, "entry.removed"),
        (4, "entry.published"),
        (5, "entry.updated"),
    ]
    for private in ("A rumour.", "Cora Contributor", "Saltivka", "Only a draft.", "Scheduled for"):
        assert private not in page.text


def test_entries_are_what_they_were(release: Release, client: httpx2.Client) -> None:
    entry = client.get(f"{STORY}/entries/{release.bridge}", headers=by(release.editor)).json()
    assert (entry["headline"], entry["key"], entry["pinned"]) == ("Bridge", True, True)
    assert (entry["topics"], entry["labels"], entry["dateline"]) == (
        ["bridge"],
        ["analysis"],
        "Kharkiv",
    )
    assert entry["verification"]["status"] == "confirmed"
    assert [credit["name"] for credit in entry["credits"]] == ["Ed Editor"]
    history = client.get(
        f"{STORY}/entries/{release.bridge}/history", headers=by(release.editor)
    ).json()
    assert [revision["rev"] for revision in history["revisions"]] == [1, 2]


@pytest.mark.parametrize(
    ("role", "status", "body"),
    [
        ("editor", "submitted", "Submitted by Cora at the crossing."),
        ("editor", "scheduled", "Scheduled for later."),
        ("contributor", "draft", "Only a draft."),
    ],
)
def test_entries_that_wait_are_still_in_the_queue(
    release: Release, client: httpx2.Client, role: str, status: str, body: str
) -> None:
    token: str = getattr(release, role)
    answer = client.get(f"{STORY}/entries", params={"status": status}, headers=by(token)).json()
    assert [entry["body"] for entry in answer["entries"]] == [body]


def test_a_protected_author_is_still_protected(release: Release, client: httpx2.Client) -> None:
    answer = client.get(
        f"{STORY}/entries", params={"status": "submitted"}, headers=by(release.editor)
    )
    (entry,) = answer.json()["entries"]
    assert entry["dateline"] == "near Kharkiv"
    assert "Saltivka" not in entry["html"]


def test_the_sequence_and_the_retries_go_on(release: Release, client: httpx2.Client) -> None:
    """A request of before the upgrade is known by its key, whatever is left of its digest."""
    before: dict[str, Any] = client.get(STORY, headers=by(release.editor)).json()
    sent = {**by(release.editor), "Idempotency-Key": "upgrade-1"}
    again = client.post(f"{STORY}/entries", json=BODY, headers=sent)
    assert (again.status_code, again.json()["id"]) == (200, release.bridge)
    new = client.post(f"{STORY}/entries", json={"body": "After."}, headers=by(release.editor))
    assert (new.status_code, new.json()["seq"]) == (201, before["head"] + 1)
    edited = client.patch(
        f"{STORY}/entries/{release.bridge}",
        json={"body": "The bridge is closed."},
        headers={**by(release.editor), "If-Match": '"2"'},
    )
    assert (edited.status_code, edited.json()["rev"]) == (200, 3)


BODY = {
    "headline": "Bridge",
    "body": "The bridge stands.",
    "key": True,
    "pinned": True,
    "topics": ["bridge"],
    "labels": ["analysis"],
    "dateline": "Kharkiv",
    "verification": "checking",
    "credits": [{"role": "text", "name": "Ed Editor"}],
    "sources": [{"kind": "correspondent", "name": "@finlookedintoit"}],
}
