"""Migrations (Alembic): the schema that a database has, and the upgrade to the newest."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from liveblog.errors import SettingsError
from liveblog.store.database import Database

MIGRATING = 0x6C697665626C6F67  # the key of the advisory lock: "liveblog" in ASCII


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def newest() -> str:
    """The schema revision that this release needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def known() -> set[str]:
    """The schema revisions that this release can upgrade."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


async def current(database: Database) -> str | None:
    """The schema revision of a database; None if it is empty."""
    async with database.read() as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def migrate(database: Database) -> None:
    """Upgrades the database to the newest schema, in one transaction.

    Several processes may run it at once: they wait for each other. Raises `SettingsError` for an
    unknown schema.
    """

    def upgrade(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    at = await current(database)
    if at == newest():
        return
    if at is not None and at not in known():
        raise SettingsError(
            f"DATABASE_URL: the database is at schema {at!r}, which this release does not know; "
            f"accepted: one that is at {newest()!r} or older"
        )
    async with database.write() as connection:
        if database.sqlite:
            # It has one writer at a time. For SQLAlchemy a transaction begins, so that Alembic ends none of its own.
            await connection.begin()
        else:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATING})"))
        await connection.run_sync(upgrade)


async def check(database: Database) -> None:
    """Raises `SettingsError` if the database does not have the schema of this release."""
    at = await current(database)
    if at != newest():
        raise SettingsError(
            f"DATABASE_URL: the database is at schema {at or 'none'}, this release needs {newest()}; "
            "run: liveblog migrate"
        )
