"""Migrations (Alembic): the schema that a database has, and the upgrade to the newest."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, MetaData, create_engine, text
from sqlalchemy.exc import DBAPIError

from liveblog.errors import SettingsError, Unavailable
from liveblog.store import tables
from liveblog.store.database import Database

MIGRATE_SECONDS = 300.0  # for which a migration tries to get its locks
LOCK_SECONDS = 2.0
MIGRATING = 0x6C697665626C6F67  # the key of the advisory lock: "liveblog" in ASCII


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


@cache
def newest() -> str:
    """The schema revision that this release needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@cache
def known() -> frozenset[str]:
    """The schema revisions that this release can upgrade."""
    scripts = ScriptDirectory.from_config(_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


async def current(database: Database) -> str | None:
    """The schema revision of a database; None if it is empty."""
    async with database.read() as connection:
        return await connection.run_sync(revision)


def revision(connection: Connection) -> str | None:
    """The schema revision of a database; None if it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection, to: str = "head") -> None:
    """Upgrades a database in the transaction of the connection."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def tables_at(at: str) -> MetaData:
    """The tables of a schema revision that this release knows. Those of an older one have plain types."""
    if at == newest():
        return tables.metadata
    found = MetaData()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        make_sqlite(connection, at)
        found.reflect(connection)
    engine.dispose()
    found.remove(found.tables["alembic_version"])
    for table in found.tables.values():
        for column in table.columns:
            column.type = column.type.as_generic()
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return found


def make_sqlite(connection: Connection, at: str) -> None:
    """Gives an empty SQLite database a schema revision, as the migrations do."""
    for statement in _sqlite_statements(at):
        connection.exec_driver_sql(statement)


@cache
def _sqlite_statements(at: str) -> tuple[str, ...]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, at)
        # In the order of their numbers, a table comes before its indexes.
        query = text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        made = tuple(connection.execute(query).scalars())
    engine.dispose()
    return (*made, f"INSERT INTO alembic_version VALUES ('{at}')")  # noqa: S608 - one of `known()`


def works_with(at: str | None) -> bool:
    """Whether the code of this release works with a database at a schema revision.

    That is its own revision, or a later one that says so: `0031_0028` is the revision 0031, with which the code of 0028 and later
    works. So old and new servers run beside each other on one database, and an old one can be started again.
    """
    if at is None or at == newest():
        return at is not None
    oldest = at.partition("_")[2]
    return at not in known() and bool(oldest) and oldest <= newest().partition("_")[0]


async def migrate(database: Database) -> None:
    """Upgrades the database to the newest schema, in one transaction. A later schema that works with this release stays.

    Several processes may run it at once: they wait for each other. On PostgreSQL it waits for a lock for two seconds and then lets
    others go first, because whoever comes after it waits as well. Raises `SettingsError` for an unknown schema, `Unavailable`
    after five minutes.
    """

    at = await current(database)
    if works_with(at):
        return
    if at is not None and at not in known():
        raise SettingsError(
            f"DATABASE_URL: the database is at schema {at!r}, which this release does not know; "
            f"accepted: one that is at {newest()!r} or older"
        )
    until = asyncio.get_running_loop().time() + MIGRATE_SECONDS
    while True:
        try:
            await _migrate(database)
            return
        except Unavailable as error:
            if not _waited(error) or asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(LOCK_SECONDS / 4)


async def _migrate(database: Database) -> None:
    if database.sqlite:
        async with database.write() as connection:
            # It has one writer at a time. For SQLAlchemy a transaction begins, so that Alembic ends none of its own.
            await connection.begin()
            await connection.run_sync(upgrade)
        return
    async with database.write(within=LOCK_SECONDS) as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
        await connection.run_sync(upgrade)


def _waited(error: Unavailable) -> bool:
    """Whether a lock of another transaction is the reason (SQLSTATE 55P03)."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) == "55P03"


async def check(database: Database) -> str:
    """The schema revision of the database. Raises `SettingsError` if this release does not work with it."""
    at = await current(database)
    if at is None or not works_with(at):
        raise SettingsError(
            f"DATABASE_URL: the database is at schema {at or 'none'}, this release needs {newest()}; "
            "run: liveblog migrate"
        )
    return at
