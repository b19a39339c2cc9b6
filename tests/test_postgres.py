"""On PostgreSQL everything is as on SQLite: what is written, what is read, and what is refused."""

from __future__ import annotations

import json
import secrets
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from desk_client import Editor
from processes import PATIENCE, Postgres, Process, Server, environment
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from test_database import SECRET

from liveblog.errors import Unavailable
from liveblog.store import Store, schema
from liveblog.store.tables import users

pytestmark = pytest.mark.anyio


@pytest.fixture
def writer(postgres_server: Server, postgres_token: str) -> Iterator[Editor]:
    client = Editor(postgres_server.url, postgres_token)
    yield client
    client.close()


def read(client: Editor, address: str) -> dict[str, Any]:
    answer = client.http.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = json.loads(answer.text)
    return content


def test_a_story_from_the_first_entry_to_a_purge(writer: Editor) -> None:
    topic = f"Харків_{secrets.token_hex(4)}"
    slug = writer.story(title="On PostgreSQL", category="World", topics=[topic])
    fin = {"role": "text", "name": "Fin", "handle": "@Fin"}
    sent: dict[str, Any] = {"key": True, "verification": "confirmed", "topics": [topic]}
    first = writer.post(
        slug, "The first.", credits=[fin], occurred_at="2022-02-25T14:32:00Z", **sent
    )
    second = writer.post(slug, "The second.", pinned=True, verification="unverified")["id"]
    third = writer.post(slug, "The third.")["id"]
    writer.edit(slug, first["id"], body="The first, mended.", correction="It was wrong.")
    writer.edit(slug, second, verification="disputed")

    end = third  # the pinned one stands on the first page only
    for view in ("show=confirmed", "show=key", f"topic=%23{topic.upper()}", "author=%40fin"):
        assert [entry["id"] for entry in older(writer, slug, end, view)] == [first["id"]], view
        page = writer.http.get(f"/stories/{slug}?{view}").text
        assert f'id="{first["id"]}"' in page
        assert f'id="{third}"' not in page
    around = writer.http.get(f"/stories/{slug}?at={first['id']}")
    assert (around.status_code, around.text.count("<article")) == (200, 3)
    (corrected,) = read(writer, f"/stories/{slug}/corrections")["corrections"]
    assert (corrected["note"], corrected["inserted"]) == ("It was wrong.", [", mended"])
    about = read(writer, f"/topics/{topic.casefold()}")
    assert [entry["id"] for entry in about["entries"]] == [first["id"]]
    assert [story["slug"] for story in about["stories"]] == [slug]
    assert "On PostgreSQL" in writer.http.get("/?category=World").text
    assert "The first, mended." in writer.http.get(f"/stories/{slug}/entries/{first['id']}").text
    listed = read(writer, f"/api/stories/{slug}/entries?topic={topic}&key=true&limit=1")
    assert [entry["id"] for entry in listed["entries"]] == [first["id"]]
    assert len(read(writer, f"/stories/{slug}/events?after=0")["events"]) == writer.head(slug) == 5

    writer.remove(slug, third)
    assert writer.http.get(f"/stories/{slug}/entries/{third}").status_code == 410
    writer.remove(slug, first["id"], purge=True)
    for address in (f"/stories/{slug}", f"/stories/{slug}/events?after=0", f"/topics/{topic}"):
        assert "The first" not in writer.http.get(address).text
    assert read(writer, f"/stories/{slug}/corrections")["corrections"] == []


def older(client: Editor, slug: str, before: str, view: str) -> list[dict[str, Any]]:
    address = f"/stories/{slug}/entries?before={before}&{view}"
    entries: list[dict[str, Any]] = read(client, address)["entries"]
    return entries


def test_lists_go_on_page_by_page(writer: Editor) -> None:
    slug = writer.story()
    made = [writer.post(slug, f"Number {n}")["id"] for n in range(7)][::-1]
    for entry in made[:3]:
        writer.edit(slug, entry, correction="Corrected.")
    seen: list[str] = []
    following = ""
    while True:
        page = read(writer, f"/api/stories/{slug}/entries?limit=3{following}")
        seen += [entry["id"] for entry in page["entries"]]
        if page["next"] is None:
            break
        following = f"&before={page['next']}"
    assert seen == made


async def test_seconds_of_reading_add_up(postgres: Postgres, writer: Editor) -> None:
    slug = writer.story(title="Read most of all")
    store = Store(f"postgresql://desk@127.0.0.1:{postgres.port}/shared")
    try:
        for _ in range(2):
            await store.audience.add(datetime.now(UTC).date(), {slug: 10**6, "none": 1})
        assert (await store.stories.top(limit=1))[0].slug == slug
    finally:
        await store.close()
    assert "Read most of all" in writer.http.get("/").text


def test_two_migrations_at_once_both_succeed(postgres: Postgres, tmp_path: Path) -> None:
    for number in range(3):
        url = postgres.database(f"empty{number}")
        env = environment(
            DATABASE_URL=url, SECRET_KEY=secrets.token_hex(16), LIVEBLOG_DATA=str(tmp_path)
        )
        command = [sys.executable, "-m", "liveblog", "migrate"]
        runs = [Process(command, env, tmp_path / f"{number}{name}.log") for name in "abc"]
        try:
            codes = [run.child.wait(PATIENCE) for run in runs]
            assert codes == [0, 0, 0], [run.said() for run in runs]
        finally:
            for run in runs:
                run.close()


async def test_what_a_statement_was_given_is_not_told(postgres: Postgres) -> None:
    """Neither where asyncpg cannot send it nor where PostgreSQL does not take it; nor is that an outage."""
    store = Store(postgres.database("faults"))
    await schema.migrate(store.database)

    async def ask(words: str, value: object) -> None:
        async with store.database.write() as connection:
            await connection.execute(text(words), {"value": value})

    faults: list[Callable[[], Awaitable[object]]] = [
        lambda: store.stories.get(f"{SECRET}\0"),
        lambda: ask("SELECT CAST(:value AS integer)", SECRET),
        lambda: ask("SELECT CAST(CAST(:value AS text) AS integer)", SECRET),
        lambda: ask("INSERT INTO users (email) VALUES (:value)", SECRET),
    ]
    try:
        for fault in faults:
            with pytest.raises(DBAPIError) as caught:
                await fault()
            assert SECRET not in "".join(traceback.format_exception(caught.value))
        with pytest.raises(IntegrityError):
            async with store.database.write() as connection:
                await connection.execute(insert(users).values(email=SECRET, name=None))
    finally:
        await store.close()


async def test_a_database_that_does_not_answer_is_an_outage(postgres: Postgres) -> None:
    postgres.database("outage")
    here = f"127.0.0.1:{postgres.port}"
    for url in (
        f"postgresql://desk@{here}/none",
        f"postgresql://nobody@{here}/outage",
        "postgresql://desk@127.0.0.1:1/outage",
    ):
        store = Store(url)
        with pytest.raises(Unavailable):
            await store.stories.recent()
        await store.close()
    store = Store(f"postgresql://desk@{here}/outage")
    try:
        with pytest.raises(Unavailable):
            async with store.database.write() as connection:
                await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    finally:
        await store.close()
