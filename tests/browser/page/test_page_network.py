"""The live page on bad days: whatever happens to servers, Redis and the network, it comes back by itself,
without a reload, with everything and nothing twice."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browser import LivePage, Visitor, same_as_fresh
from desk_client import Editor, add_token
from live_page import AWAY, hastened
from playwright.async_api import WebSocketRoute
from processes import Redis, Server
from proxy import Proxy, between

pytestmark = pytest.mark.anyio

BOUND = 2.0  # seconds that a reader may wait for an entry with Redis gone; the contract's

BACK = "window.back = new Promise((seen) => addEventListener('online', () => seen())), null"


@pytest.fixture
async def proxy(shared_server: Server) -> AsyncIterator[Proxy]:
    async with between(shared_server.port) as network:
        yield network


async def test_a_server_killed_and_started_again(tmp_path: Path, reader: Visitor) -> None:
    reader.forgive(*AWAY)
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        known = [editor.post(slug, f"Before {n}")["id"] for n in range(3)]
        page = await reader.read(f"{server.url}/stories/{slug}")
        document = await page.document()
        known.append(editor.post(slug, "Live")["id"])
        await page.level(4)
        server.kill()
        await page.frame.wait_for_selector("live-blog:not([data-state=live])")
        with await asyncio.to_thread(Server, tmp_path, port=server.port):
            known.append(editor.post(slug, "After")["id"])
            editor.remove(slug, known.pop(0))
            await page.level(6)
            await page.state("live")
            assert await page.ids() == known[::-1]
            assert await page.heard() == [4, 5, 6]
            await same_as_fresh(reader, page)
            assert await page.document() == document
            editor.close()


async def test_connections_that_are_cut_again_and_again(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY)
    slug = editor.story()
    page = await reader.read(f"{proxy.url}/stories/{slug}")
    for turn in range(1, 6):
        editor.post(slug, f"Just before {turn}")
        proxy.cut()
        editor.post(slug, f"Just after {turn}")
        await page.level(2 * turn)
    await page.state("live")
    assert await page.heard() == list(range(1, 11))
    await same_as_fresh(reader, page)


async def test_frames_that_are_lost_doubled_and_swapped(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    chance = random.Random(4)
    kept: list[str | bytes] = []
    lossy = True

    def meddle(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            kept.append(message)
            if lossy and (chance.random() < 0.3 or '"hello"' in str(message)):
                return
            chance.shuffle(kept)
            for each in kept * (2 if lossy else 1):
                socket.send(each)
            kept.clear()

        server.on_message(pass_on)

    await reader.context.route_web_socket("**/live?*", meddle)
    slug = editor.story()
    page = LivePage(await reader.open(f"{shared_server.url}/stories/{slug}"))
    for n in range(40):
        await asyncio.to_thread(editor.post, slug, f"Number {n}")
    lossy = False
    editor.post(slug, "The last")
    await page.level(41)
    assert await page.heard() == list(range(1, 42))
    await page.state("live")
    await same_as_fresh(reader, page)


async def test_where_no_sockets_get_through_it_asks_every_few_seconds(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive("WebSocket connection to .* failed: .* 403", "/events.* net::ERR_ABORTED")
    proxy.sockets = False
    slug = editor.story()
    first = editor.post(slug, "Known")["id"]
    page = await hastened(reader, f"{proxy.url}/stories/{slug}")
    await page.state("polling")
    assert await page.part(".connection").inner_text() == "Updating every few seconds"
    assert proxy.refused >= 2
    document = await page.document()
    new = editor.post(slug, "New")["id"]
    editor.edit(slug, first, body="Known better")
    await page.page.clock.run_for(5_000)
    await page.level(3)
    assert await page.ids() == [new, first]
    assert await page.heard() == [2, 3]

    # The socket is tried again, and where it works there is no more asking. In one leap: by the
    # page's clock the new socket must not be late.
    proxy.sockets = True
    await page.page.clock.fast_forward(32_000)
    await page.state("live")
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    editor.post(slug, "By the socket")
    await page.level(4)
    await page.page.clock.run_for(10_000)
    assert asked == []
    await same_as_fresh(reader, page)
    assert await page.document() == document


async def test_a_connection_that_is_silent_is_given_up(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await hastened(reader, f"{proxy.url}/stories/{slug}")
    await page.state("live")
    proxy.flows.clear()
    editor.post(slug)
    await page.page.clock.fast_forward(45_000)  # longer than two heartbeats
    await page.state("connecting")
    assert await page.part(".connection").inner_text() == "Reconnecting…"
    proxy.flows.set()
    await page.level(1)
    assert await page.heard() == [1]


async def test_offline_and_back(shared_server: Server, editor: Editor, reader: Visitor) -> None:
    reader.forgive("ERR_INTERNET_DISCONNECTED")
    slug = editor.story()
    page = await hastened(reader, f"{shared_server.url}/stories/{slug}")
    await page.state("live")
    document = await page.document()
    await reader.context.set_offline(True)
    await page.state("offline")
    assert (await page.part(".connection").inner_text()).startswith("Offline, as of ")
    editor.post(slug)
    # Its clock stands still: it does not wait for its next attempt, but comes back with the network.
    await page.page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    await page.frame.evaluate(BACK)
    await reader.context.set_offline(False)
    await page.frame.evaluate("back")
    await page.page.clock.run_for(10)
    await page.state("live")
    await page.level(1)
    assert await page.heard() == [1]
    await same_as_fresh(reader, page)
    assert await page.document() == document


async def test_a_reset_loads_the_state_anew(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """As a reader gets it who is too far behind to be brought up to date event by event."""
    sockets: list[WebSocketRoute] = []

    def connect_first_to_nothing(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) > 1:
            socket.connect_to_server()

    await reader.context.route_web_socket("**/live?*", connect_first_to_nothing)
    slug = editor.story()
    page = LivePage(await reader.open(f"{shared_server.url}/stories/{slug}"))
    document = await page.document()
    entry = editor.post(slug)["id"]
    sockets[0].send('{"type":"reset","reason":"too far behind"}')
    await page.state("live")
    assert await page.ids() == [entry]
    assert await page.heard() == []
    await same_as_fresh(reader, page)
    assert await page.document() == document


async def test_the_times_of_the_header_stay_the_readers_own_after_a_reset(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    await reader.context.route_web_socket("**/live?*", connect)
    soon = datetime.now(UTC) + timedelta(hours=5, minutes=5)
    slug = editor.story(timezone="Asia/Tokyo", status="paused", paused_until=soon.isoformat())
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    status = page.part(".status")
    said = await status.inner_text()
    assert "Your time" in said
    assert "in 5 hours" in said
    await page.frame.evaluate(
        "window.reset = new Promise((done) => addEventListener('liveblog:reset', () => done(), true)), null"
    )
    sockets[0].send('{"type":"reset","reason":"too far behind"}')
    await page.frame.evaluate("window.reset")
    assert await status.inner_text() == said
    assert await status.locator("time").get_attribute("data-ticking") == "until"


async def test_a_story_put_back_to_an_older_copy_is_loaded_anew(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """As a restored backup does it: what came later is gone, and the story has another epoch."""
    slug = editor.story(title="As it was")
    kept = [editor.post(slug, f"Number {n}", key=True)["id"] for n in range(3)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    document = await page.document()
    editor.post(slug, "Lost", key=True)
    editor.change_story(slug, title="As it will not have been")
    await page.level(5)
    restore(shared_server, slug, "another", 3)
    await page.frame.wait_for_selector("live-blog[epoch=another]")
    await page.state("live")
    assert await page.ids() == kept[::-1]
    assert (await page.page.title()).startswith("As it was")
    await same_as_fresh(reader, page)

    kept.append(editor.post(slug, "And so it goes on")["id"])
    await page.level(4)
    assert await page.ids() == kept[::-1]
    await same_as_fresh(reader, page)
    assert await page.document() == document


def restore(server: Server, slug: str, epoch: str, head: int) -> None:
    """Puts a story back to an earlier head."""
    database = server.folder / "data" / "liveblog.sqlite3"
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        (story,) = connection.execute("SELECT id FROM stories WHERE slug = ?", [slug]).fetchone()
        later = "SELECT id FROM entries WHERE story_id = ? AND seq > ?"
        for table in ("revisions", "entry_topics"):
            connection.execute(f"DELETE FROM {table} WHERE entry_id IN ({later})", [story, head])
        for table in ("events", "entries"):
            connection.execute(f"DELETE FROM {table} WHERE story_id = ? AND seq > ?", [story, head])
        connection.execute(
            "UPDATE stories SET epoch = ?, head = ?, title = 'As it was' WHERE id = ?",
            [epoch, head, story],
        )


async def test_redis_killed_while_the_page_is_open(
    pair: tuple[Server, Server], redis: Redis, reader: Visitor
) -> None:
    """The newsroom writes on one server, the page is of another: without Redis, neither tells the other."""
    ours, theirs = pair
    editor = Editor(ours.url, add_token(ours.env))
    slug = editor.story()
    page = await reader.read(f"{theirs.url}/stories/{slug}")
    editor.post(slug, "Through Redis")
    await page.level(1)
    redis.kill()
    for seq in range(2, 6):
        editor.post(slug, "Without Redis")
        await page.level(seq)
    assert await page.heard() == [1, 2, 3, 4, 5]
    assert max(await page.delays()) < BOUND
    assert len(set(await page.ids())) == 5
    await same_as_fresh(reader, page)
    editor.close()
