"""In Chromium: stories of thousands of entries, and a page that is open for long."""

from __future__ import annotations

import asyncio

import pytest
from browser import LivePage, Visitor
from copies import multiply, tell
from desk_client import Editor
from playwright.async_api import CDPSession
from posters import Poster
from processes import Server

pytestmark = pytest.mark.anyio

# Entries that arrive meanwhile, however long that takes: of over 200 the page keeps only the number.
MOST = 100


async def test_to_the_oldest_of_2000_while_entries_arrive(
    shared_server: Server, editor: Editor, shared_token: str, reader: Visitor
) -> None:
    slug = editor.story()
    for number in range(50):
        editor.post(slug, f"Number {number}")
    multiply(shared_server, slug, 39)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    first = await page.ids()
    await page.scroll(f'[id="{first[25]}"]')
    async with Poster(shared_token, slug, shared_server.url) as poster:
        loading = asyncio.create_task(page.load_all())
        while not loading.done():
            if len(poster.acked) < MOST:
                await poster.post()
            await asyncio.wait({loading}, timeout=0.5)
        await loading
        await page.level(50 + len(poster.acked))
    await page.part(".new-updates").click()
    shown = await page.ids()
    assert len(poster.acked) > 5
    assert len(shown) == len(set(shown)) == 2000 + len(poster.acked)
    times = await page.frame.evaluate(
        "[...document.querySelectorAll('[role=feed] > article')].map((a) => a.dataset.publishedAt)"
    )
    assert times == sorted(times, reverse=True)


async def test_1000_entries_later_the_page_is_no_larger(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    session = await reader.context.new_cdp_session(page.page)
    # Hundreds of highlights at once are drawn for nobody here.
    await page.page.emulate_media(reduced_motion="reduce")
    editor.post(slug, "One of many")
    sizes = {}
    for seq in range(200, 1001, 200):
        tell(shared_server, slug, 199 if seq == 200 else 200)
        sizes[seq] = await size(page, session, seq)
    (nodes, heap), (later_nodes, later_heap) = sizes[400], sizes[1000]
    # The window has between 200 and 400 entries.
    assert later_nodes < 2 * nodes
    assert later_heap < 2 * heap
    assert 200 <= len(await page.ids()) <= 400


async def size(page: LivePage, session: CDPSession, seq: int) -> tuple[int, float]:
    """The nodes and bytes that a page holds when it has come to an event, without its rubbish."""
    await page.level(seq)
    await page.frame.evaluate("heard.length = 0")  # what the tests' own listener keeps
    await session.send("HeapProfiler.collectGarbage")
    nodes = (await session.send("Memory.getDOMCounters"))["nodes"]
    heap = (await session.send("Runtime.getHeapUsage"))["usedSize"]
    return nodes, heap
