"""The migrations bring a database to the schema that the code was written for, however they are run."""

from __future__ import annotations

import asyncio
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from commands import run
from processes import PATIENCE, Postgres, environment
from sqlalchemy import Connection, MetaData, TextClause, inspect, text

from liveblog.errors import SettingsError
from liveblog.models.members import WithheldPlace
from liveblog.store import Database, Store, schema
from liveblog.store.tables import metadata

AT = datetime(2026, 11, 22, tzinfo=UTC)
STORY: dict[str, Any] = {
    "id": 1, "slug": "s", "title": "S", "summary": "", "timezone": "UTC", "language": "en", "topics": [],
    "status": "live", "created_at": AT, "updated_at": AT, "epoch": "e", "head": 0,
}  # fmt: skip
ENTRY: dict[str, Any] = {
    "id": "e1", "story_id": 1, "rev": 1, "body": "B", "body_html": "<p>B</p>", "topics": [],
    "status": "published", "created_at": AT, "key": False, "pinned": False, "labels": [], "credits": [],
    "sources": [],
}  # fmt: skip


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'liveblog.sqlite3'}")
    yield made
    await made.close()


async def test_a_migrated_database_is_what_the_tables_say(database: Database) -> None:
    await schema.migrate(database)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_comparison_sees_differences(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.read() as connection:
        assert len(await connection.run_sync(differences)) >= len(metadata.tables)


async def test_migrating_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    await schema.migrate(database)
    before = described(tmp_path / "liveblog.sqlite3")
    await schema.migrate(database)
    assert described(tmp_path / "liveblog.sqlite3") == before
    assert await schema.current(database) == schema.newest()


async def test_a_database_that_was_not_migrated_is_refused(database: Database) -> None:
    with pytest.raises(SettingsError, match="run: liveblog migrate"):
        await schema.check(database)
    await schema.migrate(database)
    await schema.check(database)


@pytest.mark.parametrize(
    ("at", "works"),
    [
        ("9999_{ours}", True),
        ("9999_0001", True),
        ("9999_9998", False),
        ("9999", False),
    ],
)
async def test_a_later_schema_is_taken_if_it_says_that_this_release_works_with_it(
    either_store: Store, at: str, works: bool
) -> None:
    at = at.format(ours=schema.newest().partition("_")[0])
    async with either_store.database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": at})
    if works:
        assert await schema.check(either_store.database) == at
        await schema.migrate(either_store.database)
    else:
        with pytest.raises(SettingsError, match=f"schema {at}, this release needs"):
            await schema.check(either_store.database)
        with pytest.raises(SettingsError, match="which this release does not know"):
            await schema.migrate(either_store.database)
    assert await schema.current(either_store.database) == at


def test_each_migration_says_which_code_works_with_it() -> None:
    """From 0028 on; an older one is as a release made it. docs/postgresql.md has the rule."""
    later = sorted(one for one in schema.known() if one[:4] > "0027")
    assert all(re.fullmatch(r"(\d{4})_(\d{4})", one) for one in later), later
    oldest = [one.partition("_")[2] for one in later]
    assert oldest == sorted(oldest)
    assert all(of < one[:4] for of, one in zip(oldest, later, strict=True))


async def test_a_migration_lets_others_go_first(postgres: Postgres) -> None:
    """It does not stand in line for a lock for long, because all that come later would wait behind it."""
    url = postgres.database(f"schema_{secrets.token_hex(4)}")
    store, other = Store(url), Store(url, serving=True)

    def before(connection: Connection) -> None:
        schema.upgrade(connection, "0023")

    try:
        async with store.database.write() as connection:
            await connection.run_sync(before)
        read = text("SELECT count(*) FROM entries")
        async with other.database.read() as reading:  # a long report
            await reading.execute(read)
            migrating = asyncio.create_task(schema.migrate(store.database))
            waits = text(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
            )
            async with asyncio.timeout(PATIENCE):
                while not await scalar(other, waits):  # noqa: ASYNC110 - the database tells nobody
                    await asyncio.sleep(0.02)
            await scalar(other, read)  # it waits, and goes first
            assert not migrating.done()
        await migrating
        assert await schema.current(store.database) == schema.newest()
    finally:
        await store.close()
        await other.close()


async def scalar(store: Store, query: TextClause) -> Any:
    async with store.database.read() as connection:
        return (await connection.execute(query)).scalar_one()


def test_processes_that_migrate_at_once_wait_for_each_other(tmp_path: Path) -> None:
    env = environment(LIVEBLOG_DATA=str(tmp_path))
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: run("migrate", env=env), range(6)))
    assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 6
    made = described(tmp_path / "liveblog.sqlite3")
    assert len([line for line in made if line.startswith("CREATE TABLE")]) == (
        len(metadata.tables) + 1
    )
    story = run("story", "add", "works", "--title", "It works", env=env)
    assert story.returncode == 0, story.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_withheld_places_keep_their_rows_when_their_table_is_renamed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'liveblog.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").database(f"schema_{secrets.token_hex(4)}")
    known = WithheldPlace(
        entry_id="e1",
        dateline="Freedom Square 5",
        occurred_at=datetime(2026, 11, 22, 11, 47, tzinfo=UTC),
        decided=("dateline",),
        show_at=datetime(2026, 11, 22, 15, 0, tzinfo=UTC),
    )

    def fill(connection: Connection) -> None:
        upgraded_to(connection, "0016")
        old = MetaData()
        old.reflect(connection, only=["stories", "entries", "whereabouts"])
        connection.execute(old.tables["stories"].insert(), STORY)
        connection.execute(old.tables["entries"].insert(), ENTRY)
        connection.execute(old.tables["whereabouts"].insert(), known.model_dump())

    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    store = Store(url)
    try:
        async with store.database.write() as connection:
            await connection.run_sync(fill)
        await schema.migrate(store.database)
        async with store.database.read() as connection:
            assert "whereabouts" not in await connection.run_sync(names)
        assert await store.protections.withheld_places(["e1"]) == {"e1": known}
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_story_keeps_its_change_count_when_the_column_is_renamed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'liveblog.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").database(f"schema_{secrets.token_hex(4)}")

    def fill(connection: Connection) -> None:
        upgraded_to(connection, "0017")
        old = MetaData()
        old.reflect(connection, only=["stories"])
        connection.execute(old.tables["stories"].insert(), STORY | {"turn": 7})

    store = Store(url)
    try:
        async with store.database.write() as connection:
            await connection.run_sync(fill)
        await schema.migrate(store.database)
        assert (await store.stories.get("s")).change_count == 7
        assert await store.queues.change_counts(["s"]) == {"s": 7}
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_attachments_that_are_still_to_be_fetched_keep_their_rows_when_their_table_is_renamed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'liveblog.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").database(f"schema_{secrets.token_hex(4)}")
    user = {"id": 1, "email": "ada@example.org", "name": "Ada", "role": "admin"}
    inlet = {"id": 1, "kind": "telegram", "story_id": 1, "user_id": 1, "salt": "", "anyone": False}
    waiting = {"id": "a1", "inlet_id": 1, "entry_id": "e1", "file": "F1", "tries": 2}
    rows = {
        "users": user | {"password_hash": "", "created_at": AT},
        "stories": STORY,
        "inlets": inlet | {"senders": [], "created_at": AT},
        "enclosures": waiting | {"due_at": AT},
    }

    def fill(connection: Connection) -> None:
        upgraded_to(connection, "0018")
        old = MetaData()
        old.reflect(connection, only=[*rows])
        for name, row in rows.items():
            connection.execute(old.tables[name].insert(), row)

    store = Store(url)
    try:
        async with store.database.write() as connection:
            await connection.run_sync(fill)
        await schema.migrate(store.database)
        taken = await store.attachments.take("e1", AT, AT)
        assert taken is not None
        assert taken._asdict() == waiting | {"tries": 3}
    finally:
        await store.close()


def upgraded_to(connection: Connection, revision: str) -> None:
    """Brings an empty database to an earlier schema."""
    config = schema._config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def described(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY name")
        return [sql for (sql,) in rows]
