"""PgBouncer in transaction mode: each transaction gets another connection, and nothing is left on one for the next."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from commands import run
from pgbouncer import PgBouncer
from processes import PATIENCE, Postgres, environment
from sqlalchemy import text

from liveblog.errors import Unavailable
from liveblog.store import Store, schema

pytestmark = pytest.mark.anyio

POOL = 3
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
STORY = text(
    "INSERT INTO stories (slug, title, summary, status, topics, timezone, language, created_at, updated_at, epoch, head)"
    " VALUES (:slug, :title, '', 'live', '[]', 'UTC', 'en', :at, :at, :epoch, 0)"
)
LEFT = (
    "SELECT (SELECT count(*) FROM pg_prepared_statements)"
    " + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
    " + (SELECT count(*) FROM pg_listening_channels())"
)


@pytest.fixture(scope="module")
def pgbouncer(postgres: Postgres) -> Iterator[PgBouncer]:
    with PgBouncer(postgres, POOL) as running:
        yield running


@pytest.fixture(params=["direct", "pgbouncer"])
def url(request: pytest.FixtureRequest, postgres: Postgres) -> str:
    """The address of an empty database, directly and through PgBouncer."""
    address = postgres.database(f"pooled_{secrets.token_hex(4)}")
    if request.param == "pgbouncer":
        bouncer: PgBouncer = request.getfixturevalue("pgbouncer")
        return bouncer.url(address)
    return address


@pytest.fixture
async def stores(pgbouncer: PgBouncer, postgres: Postgres) -> AsyncIterator[list[Store]]:
    """Those of three servers, on one migrated database behind PgBouncer."""
    address = pgbouncer.url(postgres.database(f"pooled_{secrets.token_hex(4)}"))
    made = [Store(address, 10, serving=True) for _ in range(3)]
    await schema.migrate(made[0].database)
    yield made
    await asyncio.gather(*(store.close() for store in made))


async def ask(store: Store, query: str, **values: Any) -> Any:
    async with store.database.read() as connection:
        return (await connection.execute(text(query), values)).scalar_one()


async def test_thirty_tasks_of_three_servers_share_three_connections(stores: list[Store]) -> None:
    slugs = [f"story-{n}" for n in range(6)]
    await add_stories(stores[0], slugs)

    async def work(store: Store, number: int) -> None:
        for n in range(15):
            slug = slugs[(n + number) % len(slugs)]
            async with store.log.transaction(slug) as tx:
                assert tx.story.slug == slug
            assert (await store.stories.get(slug)).slug == slug
            assert (await store.log.standings(slugs)).keys() == set(slugs)

    async with asyncio.TaskGroup() as group:
        for number in range(30):
            group.create_task(work(stores[number % 3], number))
    assert sum((await stores[0].queues.change_counts(slugs)).values()) == 30 * 15
    assert await ask(stores[0], BACKENDS) <= POOL
    for _ in range(2 * POOL):  # one connection after the other
        assert await ask(stores[1], LEFT) == 0


async def test_time_limits_end_with_their_transaction(
    stores: list[Store], pgbouncer: PgBouncer
) -> None:
    """A command has none for its statements, on the connections that a server had before."""
    limits = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')"
    for _ in range(POOL):
        assert await ask(stores[0], limits) == "30s 10s"
        async with stores[0].database.write(within=2) as connection:
            assert (await connection.execute(text(limits))).scalar_one() == "30s 2s"
    name = await ask(stores[0], "SELECT current_database()")
    command = Store(pgbouncer.url(f"/{name}"))
    for _ in range(POOL):
        assert await ask(command, limits) == "0 10s"
    await command.close()


async def test_a_statement_that_takes_too_long_is_given_up(url: str) -> None:
    store = Store(f"{url}?statement_timeout=200", serving=True)
    with pytest.raises(Unavailable, match="statement timeout"):
        await ask(store, "SELECT CAST(pg_sleep(120) AS text)")
    assert await ask(store, "SELECT 1") == 1
    await store.close()


async def test_a_write_that_waits_too_long_for_another_is_given_up(url: str) -> None:
    store = Store(url, serving=True)
    await schema.migrate(store.database)
    locks = text("UPDATE alembic_version SET version_num = version_num")
    async with store.database.write() as first:
        await first.execute(locks)
        with pytest.raises(Unavailable, match="lock timeout"):
            async with store.database.write(within=0.2) as second:
                await second.execute(locks)
    await store.close()


async def test_a_transaction_that_does_nothing_is_ended(url: str) -> None:
    """So that a process that hangs holds no lock."""
    store = Store(f"{url}?idle_in_transaction_session_timeout=200", serving=True)
    with pytest.raises(Unavailable):  # noqa: PT012 - the block is the transaction
        async with store.database.write() as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            there = "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"
            async with asyncio.timeout(PATIENCE):
                while await ask(store, there, pid=pid):  # noqa: ASYNC110 - the database tells nobody
                    await asyncio.sleep(0.02)
            await connection.execute(text("SELECT 1"))
    await store.close()


async def test_connections_that_were_ended_are_replaced_before_they_are_used(
    url: str, postgres: Postgres
) -> None:
    store = Store(url, POOL, serving=True)
    for _ in range(3):
        barrier = asyncio.Barrier(POOL)

        async def one(barrier: asyncio.Barrier = barrier) -> None:
            async with store.database.read() as connection:
                await connection.execute(text("SELECT 1"))
                await barrier.wait()  # each has a connection of its own

        async with asyncio.TaskGroup() as group:
            for _ in range(POOL):
                group.create_task(one())
        await asyncio.to_thread(postgres.end_connections, url.rpartition("/")[2])
    await store.close()


async def test_a_process_has_no_more_connections_than_its_setting_says(postgres: Postgres) -> None:
    store = Store(postgres.database(f"pooled_{secrets.token_hex(4)}"), 3, serving=True)
    counted = await asyncio.gather(*(ask(store, BACKENDS) for _ in range(12)))
    assert max(counted) == 3
    await store.close()


def test_the_migrations_run_through_it(pgbouncer: PgBouncer, postgres: Postgres) -> None:
    address = pgbouncer.url(postgres.database(f"pooled_{secrets.token_hex(4)}"))
    env = environment(DATABASE_URL=address, SECRET_KEY=secrets.token_hex(16))
    for _ in range(2):
        done = run("migrate", env=env)
        assert (done.returncode, done.stderr) == (0, "")


async def add_stories(store: Store, slugs: list[str]) -> None:
    at = datetime.now(UTC)
    async with store.database.write() as connection:
        for slug in slugs:
            values = {"slug": slug, "title": slug, "epoch": "e", "at": at}
            await connection.execute(STORY, values)
