"""Statements that are compiled once give what SQLAlchemy gives, on SQLite and on PostgreSQL."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hub_parts import Desk
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from liveblog.store import Position, Store
from liveblog.store.prepared import Prepared, one_of, valued
from liveblog.store.tables import stories, tokens, users

pytestmark = pytest.mark.anyio

AT = datetime(2022, 2, 25, 10, 30, 1, 250, tzinfo=UTC)
PERSON = {
    "name": "Ann",
    "role": "editor",
    "password_hash": "!",
    "all_stories": True,
    "disabled_at": None,
    "oidc_subject": None,
    "created_at": AT,
}
NEW = Prepared(valued(insert(users), ("email", *PERSON)).returning(users.c.id))
ALL = Prepared(select(users).order_by(users.c.id))
EARLIER = Prepared(
    select(func.count().label("many"))
    .select_from(users)
    .where(users.c.created_at < bindparam("at"), users.c.role == "editor")
)
LATER = Prepared(valued(update(users).where(users.c.email == bindparam("whose")), ("created_at",)))
THESE = Prepared(
    lambda dialect: select(users.c.email).where(one_of(dialect, users.c.email, "emails"))
)
TOKENS = Prepared(valued(insert(tokens), ("user_id", "label", "hash", "created_at")))


async def test_rows_have_the_types_of_the_tables(either_store: Store) -> None:
    async with either_store.database.write() as connection:
        one = await NEW.scalar(connection, email="a@example.org", **PERSON)
        row = await ALL.first(connection)
        assert row == {"id": one, "email": "a@example.org", **PERSON}
        assert row["all_stories"] is True
        usual = (await connection.execute(select(users))).mappings().one()
        assert dict(usual) == row
        assert await EARLIER.scalar(connection, at=AT) == 0
        assert await EARLIER.scalar(connection, at=AT + timedelta(microseconds=1)) == 1
        assert await LATER.run(connection, whose="a@example.org", created_at=AT - timedelta(1)) == 1
        assert await LATER.run(connection, whose="nobody", created_at=AT) == 0
        assert await EARLIER.scalar(connection, at=AT) == 1
        await TOKENS.run_each(
            connection,
            [
                {"user_id": one, "label": "", "hash": secrets.token_hex(), "created_at": AT}
                for _ in range(3)
            ],
        )
        await TOKENS.run_each(connection, [])
        assert len((await connection.execute(select(tokens))).all()) == 3


async def test_a_list_may_have_any_length(either_store: Store) -> None:
    async with either_store.database.write() as connection:
        for name in ("a", "b", 'c"'):
            await NEW.scalar(connection, email=name, **PERSON)
    async with either_store.database.read() as connection:
        for wanted in ([], ["a"], ["b", 'c"', "d"], ["a"] * 1000):
            found = await THESE.all(connection, emails=wanted)
            assert {row["email"] for row in found} == {"a", "b", 'c"'} & set(wanted)


async def test_a_fault_is_sqlalchemys_without_the_values(either_store: Store) -> None:
    async def twice() -> None:
        async with either_store.database.write() as connection:
            for _ in range(2):
                await NEW.scalar(connection, email="secret@example.org", **PERSON)

    with pytest.raises(IntegrityError) as fault:
        await twice()
    assert "secret" not in str(fault.value)
    async with either_store.database.write() as connection:
        assert await ALL.all(connection) == []


async def test_only_stories_that_moved_are_told(either_store: Store) -> None:
    desk = Desk(either_store)
    await desk.open()
    sites = ["https://a.example", 'https://"b".example']
    async with either_store.database.write() as connection:
        await connection.execute(
            update(stories).where(stories.c.slug == "other").values(embed_origins=sites)
        )
    log = either_store.log
    known = await log.standings(["story", "other"])
    marks = {slug: standing.mark for slug, standing in known.items()} | {"absent": ""}
    assert await log.moved(marks) == {}
    assert await log.moved({}) == {}
    await desk.post()
    assert await log.moved(marks) == await log.standings(["story"])
    for changed in (
        known["other"]._replace(embed_origins=()),
        known["other"]._replace(position=Position("another", 0)),
    ):
        assert await log.moved({"other": changed.mark}) == {"other": known["other"]}
