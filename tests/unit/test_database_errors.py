"""What the log may hold of an error of the database: never what a statement was given."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from liveblog.errors import Unavailable
from liveblog.store import Store, schema
from liveblog.store.tables import users

pytestmark = pytest.mark.anyio

SECRET = "the name of a source"


async def test_what_a_statement_was_given_is_not_told(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'liveblog.sqlite3'}")
    value = SECRET
    try:
        with pytest.raises(Unavailable) as outage:
            await store.accounts.by_email(value)  # there is no table yet
        await schema.migrate(store.database)
        with pytest.raises(IntegrityError) as fault:
            async with store.database.write() as connection:
                await connection.execute(insert(users).values(email=value))
    finally:
        await store.close()
    for error in (outage.value, fault.value):
        told = "".join(traceback.format_exception(error))
        assert "users" in told
        assert SECRET not in told
