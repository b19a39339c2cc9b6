"""The clock of a database."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from liveblog.store.database import Database


async def clock(database: Database) -> datetime:
    """The time of the machine that the database is on. Raises `Unavailable`."""
    if database.sqlite:
        return datetime.now(UTC)  # it is this machine
    async with database.read_point() as connection:
        found: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return found
