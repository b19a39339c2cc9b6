"""The live page finds its way back to the socket: from a full house, another tab, another page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browser import Visitor, chromium, same_as_fresh, visitor
from chromium import WHOLE
from desk_client import Editor, add_token
from live_page import AWAY, LOOK, hastened
from metrics import metric
from processes import Server, until
from proxy import between
from readers import Reader

pytestmark = pytest.mark.anyio

KEPT = """() => addEventListener("pageshow", ({ persisted }) => { window.kept = persisted; })"""


async def test_where_the_house_is_full_it_asks_until_there_is_room(
    tmp_path: Path, reader: Visitor
) -> None:
    reader.forgive("WebSocket connection to .* failed: .* 503", "/events.* net::ERR_ABORTED")
    with Server(tmp_path, LIVEBLOG_MAX_READERS="1") as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story()
        async with Reader(server.ws, slug) as first:
            page = await hastened(reader, f"{server.url}/stories/{slug}")
            await page.state("polling")
            assert metric(server, "liveblog_readers_refused_total") >= 1
            editor.post(slug, "By asking")
            await page.page.clock.run_for(5_000)
            await page.level(1)
            await first.until(1)
        await until(lambda: metric(server, "liveblog_readers") == 0)
        # It asks for room after thirty seconds. In one leap: what it then waits for takes its time.
        await page.page.clock.fast_forward(32_000)
        await page.state("live")
        editor.post(slug, "By the socket")
        await page.level(2)
        assert await page.heard() == [1, 2]
        await page.page.close()
        editor.close()


async def test_a_page_that_is_looked_at_again_connects_at_once(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY)
    slug = editor.story()
    async with between(shared_server.port) as proxy:
        page = await hastened(reader, f"{proxy.url}/stories/{slug}")
        await page.state("live")
        document = await page.document()
        # From here on its clock stands still: what it waits for by itself does not come.
        await page.page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
        await page.frame.evaluate(LOOK, True)
        proxy.cut()
        await page.state("connecting")
        missed = editor.post(slug, "While away")["id"]
        await page.frame.evaluate(LOOK, False)
        await page.page.clock.run_for(1)
        await page.state("live")
        await page.level(1)
        assert await page.ids() == [missed]
        assert await page.heard() == [1]
        await same_as_fresh(reader, page)
        assert await page.document() == document


async def test_a_page_out_of_the_back_forward_cache_has_what_it_missed(
    shared_server: Server, editor: Editor
) -> None:
    """In a browser of its own: Playwright turns the cache off, and the headless shell has none."""
    slug = editor.story()
    known = editor.post(slug, "Known")["id"]
    async with (
        chromium("--disable-back-forward-cache", name=WHOLE) as browser,
        visitor(browser) as reader,
    ):
        page = await reader.read(f"{shared_server.url}/stories/{slug}")
        document = await page.document()
        await page.frame.evaluate(KEPT)
        await page.page.goto(f"{shared_server.url}/")
        assert await page.document() != document
        missed = editor.post(slug, "While away")["id"]
        editor.edit(slug, known, body="Known better")
        await page.frame.evaluate("setTimeout(() => history.back())")
        await page.level(3)
        await page.state("live")
        assert await page.frame.evaluate("window.kept") is True
        assert await page.document() == document
        assert await page.heard() == [2, 3]
        assert await page.ids() == [missed, known]
        await same_as_fresh(reader, page)
