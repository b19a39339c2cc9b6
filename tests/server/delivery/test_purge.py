"""A purge reaches every process: what it took away is in no page, no ring and no answer of any of them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing

import httpx2
import pytest
from copies import tell
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Server, until
from readers import Reader

pytestmark = pytest.mark.anyio

BOUND = 2.0
UNHINDERED = 20.0  # seconds; who waited for readers would take forty
SECRET = "the name that must not be named"


def answers(server: Server, slug: str, entry: str) -> str:
    """All that a reader can have of a story and an entry from a server."""
    page = f"/entries/{entry}"
    oembed = f"../../oembed?url=/stories/{slug}{page}"
    places = (
        "",
        "/embed",
        "/element",
        "/element?limit=20&show=key",
        "/events?after=0",
        "/changes?after=0",
        "/changes",
        page,
        f"{page}/embed",
        oembed,
    )
    return "".join(
        httpx2.get(
            f"{server.url}/stories/{slug}{place}", trust_env=False, verify=NO_TLS, timeout=PATIENCE
        ).text
        for place in places
    )


@pytest.mark.parametrize("base_url", ["", "https://news.example"])
async def test_a_purge_holds_on_all_processes_within_two_seconds(
    pair: tuple[Server, Server],
) -> None:
    a, b = pair
    editor = Editor(a.url, add_token(a.env))
    slug = editor.story()
    entry = editor.post(slug, f"It was {SECRET}.", headline=SECRET, key=True)
    editor.edit(slug, entry["id"], body=f"It was, we hear, {SECRET}.")
    async with Reader(b.ws, slug, after=0) as follower:
        await follower.until(2)
        for server in pair:
            await until(lambda server=server: SECRET in answers(server, slug, entry["id"]))  # type: ignore[misc]  # bound now

        await until(lambda: editor.http.get(f"/api/stories/{slug}").json()["readers"] == 1)
        removing = asyncio.to_thread(editor.remove, slug, entry["id"], purge=True)
        removed = asyncio.create_task(removing)
        await until(lambda: editor.head(slug) == 3)
        committed = time.monotonic()  # its answer waits for all processes, too
        await follower.until(3, within=BOUND)
        for server in pair:
            await until(lambda server=server: SECRET not in answers(server, slug, entry["id"]))  # type: ignore[misc]  # bound now
        assert time.monotonic() - committed < BOUND
        report = (await removed)["report"]
        assert sorted(process["sockets"] for process in report["processes"]) == [0, 1]
        assert report["silent"] == []
        assert report["scrubbed"] == {
            "entry": 1, "revisions": 2, "events": 2, "idempotency keys": 0, "cards": 0, "media": 0, "drafts": 0,
            "withheld places": 0, "points of the Brief": 0,
        }  # fmt: skip
        assert follower.events[-1]["purged"] is True

    for server in pair:
        async with Reader(server.ws, slug, after=0) as late:
            await late.until(3)
            assert late.log == [1, 2, 3]
            assert SECRET not in str(late.frames)
    history = editor.http.get(f"/api/stories/{slug}/entries/{entry['id']}/history")
    assert history.json()["revisions"][-1]["report"] == report
    assert SECRET not in history.text

    other = editor.post(slug, f"Again {SECRET}.")["id"]
    b.pause()
    report = editor.remove(slug, other, purge=True)["report"]
    b.resume()
    assert [len(report[name]) for name in ("processes", "silent")] == [1, 1]
    editor.close()


async def test_a_purge_holds_in_every_feed_of_all_processes_within_two_seconds(
    pair: tuple[Server, Server],
) -> None:
    editor = Editor(pair[0].url, add_token(pair[0].env))
    slug = editor.story(topics=["fire"])
    entry = editor.post(slug, f"It was {SECRET}.", headline=SECRET, topics=["fire"], key=True)["id"]
    editor.edit(slug, entry, body=f"It was, we hear, {SECRET}.", correction=f"It was {SECRET}.")
    places = [f"/stories/{slug}/feed", "/topics/fire/feed", "/feed"]
    names = [f"{place}.{name}" for place in places for name in ("atom", "rss", "json")]
    names += [f"/stories/{slug}/feed.json?limit=7", "/feed.atom?show=key"]
    addresses = [f"{server.url}{name}" for server in pair for name in names]
    addresses += [f"{server.url}/stories/{slug}/corrections.atom" for server in pair]
    async with httpx2.AsyncClient(trust_env=False, verify=NO_TLS, timeout=PATIENCE) as http:

        async def told() -> list[str]:
            """The feeds with the secret, each asked as by a program that has it already."""
            got = [
                await http.get(address, headers={"If-None-Match": tags.get(address, "")})
                for address in addresses
            ]
            found = zip(addresses, got, strict=True)
            for address, answer in found:
                tags[address] = answer.headers["etag"]
                texts[address] = answer.text if answer.status_code == 200 else texts[address]
            return [address for address, text in texts.items() if SECRET in text]

        tags: dict[str, str] = {}
        texts: dict[str, str] = {}
        assert await told() == addresses
        removing = asyncio.create_task(asyncio.to_thread(editor.remove, slug, entry, purge=True))
        await until(lambda: editor.head(slug) == 3)
        committed = time.monotonic()
        while await told():
            assert time.monotonic() - committed < BOUND
        await removing
        assert await told() == []
    editor.close()


async def test_a_purge_waits_for_nobody_who_reads_the_database(
    shared_server: Server, editor: Editor
) -> None:
    """As a backup does, for minutes: meanwhile nobody could write."""
    slug = editor.story()
    entry = editor.post(slug, f"It was {SECRET}.")
    if "DATABASE_URL" in shared_server.env:
        pytest.skip("readers of PostgreSQL hold up nobody")
    database = shared_server.folder / "data" / "liveblog.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM events").fetchall()
        async with asyncio.timeout(UNHINDERED):
            report = await asyncio.to_thread(editor.remove, slug, entry["id"], purge=True)
            await asyncio.to_thread(editor.post, slug, "It goes on.")
        assert report["report"]["silent"] == []


async def test_a_block_of_the_log_that_was_read_before_a_purge_is_not_sent_after_it(
    shared_server: Server, live_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, f"It was {SECRET}.")["id"]
    editor.post(slug, "One of many.")
    tell(shared_server, slug, 1_010)  # more than the ring holds
    head = editor.head(slug)
    async with Reader(live_server.ws, slug, after=0) as before:
        await before.until(head)
        assert SECRET in str(before.frames)
    editor.remove(slug, entry, purge=True)
    async with Reader(live_server.ws, slug, after=0) as late:
        await late.until(head + 1)
        assert late.log == list(range(1, head + 2))
        assert SECRET not in str(late.frames)
