"""The live page in a real browser: what happens in the newsroom happens on it, and it is never reloaded."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from browser import LivePage, Visitor, same_as_fresh
from desk_client import Editor
from playwright.async_api import Route
from processes import Server

pytestmark = pytest.mark.anyio


async def opened(reader: Visitor, server: Server, slug: str) -> tuple[LivePage, float]:
    page = await reader.read(f"{server.url}/stories/{slug}")
    return page, await page.document()


async def test_entries_arrive_change_in_place_and_go(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    first, second = (editor.post(slug, f"Known {n}")["id"] for n in (1, 2))
    page, document = await opened(reader, shared_server, slug)
    assert await page.ids() == [second, first]

    credit = {"role": "text", "name": "Fin"}
    new = editor.post(slug, "It **happens**.", headline="Now", credits=[credit])
    await page.level(3)
    assert await page.ids() == [new["id"], second, first]
    assert await page.entry(new["id"]).locator(".body strong").inner_text() == "happens"
    await same_as_fresh(reader, page)

    editor.edit(slug, second, body="Known better")
    await page.level(4)
    assert await page.ids() == [new["id"], second, first]
    assert await page.entry(second).locator(".body").inner_text() == "Known better"
    assert "Updated" in await page.entry(second).locator(".by").inner_text()
    await same_as_fresh(reader, page)

    editor.remove(slug, first)
    editor.remove(slug, new["id"], purge=True)
    await page.level(6)
    assert await page.ids() == [second]
    await same_as_fresh(reader, page)

    assert await page.heard() == [3, 4, 5, 6]
    assert await page.document() == document


async def test_marks_of_an_entry_arrive(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(4)][::-1]
    page, document = await opened(reader, shared_server, slug)

    async def after(seq: int, entry: str, **fields: Any) -> list[str]:
        editor.edit(slug, entry, **fields)
        await page.level(seq)
        return await page.ids()

    # A pinned entry stays at its time. Its copy stands above the feed.
    pin = page.part(".pinned > .pin")
    assert await after(5, ids[2], pinned=True) == ids
    assert await pin.get_attribute("data-entry") == ids[2]
    # Another pin takes the first one away.
    assert await after(7, ids[3], pinned=True) == ids
    assert await pin.get_attribute("data-entry") == ids[3]
    await same_as_fresh(reader, page)
    assert await after(8, ids[3], pinned=False) == ids
    assert await pin.count() == 0

    await after(9, ids[1], key=True, headline="A turn")
    await after(10, ids[1], verification="unverified")
    assert await page.part(".points li").count() == 1
    await after(11, ids[1], verification={"status": "disputed", "note": "Two say otherwise"})
    assert await page.entry(ids[1]).locator(".note span").first.inner_text() == "Two say otherwise"
    for place in (page.entry(ids[1]), page.part(f'.points [data-entry="{ids[1]}"]')):
        assert await place.locator(".sure").inner_text() == "Disputed"
    shown = await same_as_fresh(reader, page)
    assert shown["briefShown"]
    await after(12, ids[1], key=False)
    shown = await same_as_fresh(reader, page)
    assert not shown["briefShown"]
    assert await page.document() == document


async def test_the_storys_own_changes_arrive(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page, document = await opened(reader, shared_server, slug)
    assert (await page.snapshot())["emptyShown"]
    editor.change_story(slug, title="Renamed: $& and <b>", summary="In short", place="Kharkiv")
    editor.change_story(slug, status="paused")
    editor.post(slug)
    await page.level(3)
    assert await page.part("h1").inner_text() == "Renamed: $& and <b>"
    assert (await page.page.title()).startswith("Renamed: $& and <b>")
    assert await page.part("#story .badge").text_content() == "Paused"
    shown = await same_as_fresh(reader, page)
    assert not shown["emptyShown"]
    assert await page.document() == document


async def test_an_ended_story_is_no_longer_asked_for(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    asked: list[str] = []
    reader.context.on("request", lambda request: asked.append(request.url))
    reader.context.on("page", lambda page: page.on("websocket", lambda s: asked.append(s.url)))
    slug = editor.story()
    page, _ = await opened(reader, shared_server, slug)
    assert any(url.startswith("ws://") for url in asked)
    await page.page.clock.install()
    editor.change_story(slug, status="ended")
    await page.state("ended")
    await same_as_fresh(reader, page, state="ended")
    fresh = await reader.read(page.page.url, "ended")
    await fresh.page.clock.install()
    for ended in (page, fresh):
        asked.clear()
        for event in ("online", "pageshow"):
            await ended.frame.evaluate(f"dispatchEvent(new Event('{event}'))")
        await ended.page.clock.run_for(timedelta(minutes=5).seconds * 1000)
        assert asked == []
        # Looked at again, it asks once: something may have been taken down.
        await ended.frame.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await ended.state("ended")
        await ended.page.clock.run_for(timedelta(minutes=5).seconds * 1000)
        assert len(asked) == 1


async def test_nothing_moves_while_the_reader_is_further_down(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}. " * 40, key=n == 2)["id"] for n in range(12)][::-1]
    page, document = await opened(reader, shared_server, slug)
    title = await page.page.title()
    # Not every browser has it, and the page must do without.
    await page.frame.evaluate("document.documentElement.style.overflowAnchor = 'none'")
    await page.scroll(f'[id="{ids[6]}"]')
    before = await page.top(ids[6])

    held = [editor.post(slug, f"Held back {n}", key=True)["id"] for n in range(3)]
    await page.level(15)
    assert await page.part(".new-updates").inner_text() == "3 new updates"
    assert await page.page.title() == f"(3) {title}"
    assert await page.ids() == ids

    editor.edit(slug, held[0], body="Mended before it was seen")
    editor.remove(slug, held[1])
    editor.edit(slug, ids[2], body="Much longer. " * 300)
    editor.remove(slug, ids[0])
    editor.edit(slug, ids[11], pinned=True)
    editor.change_story(slug, summary="A longer summary. " * 60)
    await page.level(21)
    assert await page.part(".new-updates").inner_text() == "2 new updates"
    assert abs(await page.top(ids[6]) - before) < 1.5

    await page.part(".new-updates").click()
    assert await page.ids() == [held[2], held[0], *ids[1:]]
    assert 44 <= await page.top(held[2]) < 120  # below the story's bar
    assert await page.page.title() == title
    await same_as_fresh(reader, page)
    assert await page.document() == document


async def test_updates_can_be_paused(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page, _ = await opened(reader, shared_server, slug)
    await page.part(".pause").click()
    entry = editor.post(slug)["id"]
    await page.level(1)
    assert await page.ids() == []
    await page.part(".pause").click()
    assert await page.ids() == [entry]
    await same_as_fresh(reader, page)


async def test_older_entries_neither_repeat_nor_skip_while_new_ones_arrive(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(125)][::-1]
    page, document = await opened(reader, shared_server, slug)
    assert await page.ids() == ids[:50]
    stop = asyncio.Event()

    async def pour() -> list[str]:
        poured = []
        while not stop.is_set():
            poured.append(await asyncio.to_thread(lambda: editor.post(slug, "Pouring in")["id"]))
            await asyncio.sleep(0.02)
        return poured

    pouring = asyncio.create_task(pour())
    await page.load_all()
    stop.set()
    poured = await pouring
    assert poured
    removed, edited = ids.pop(90), ids[91]
    editor.remove(slug, removed)
    editor.edit(slug, edited, body="Edited far below")
    await page.level(127 + len(poured))
    if await page.part(".new-updates").is_visible():
        await page.part(".new-updates").click()
    assert await page.ids() == [*poured[::-1], *ids]
    await same_as_fresh(reader, page)
    assert await page.document() == document


async def test_changes_beyond_the_loaded_entries_are_there_when_those_are(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(60)][::-1]
    page, _ = await opened(reader, shared_server, slug)
    editor.remove(slug, ids.pop(55))
    editor.edit(slug, ids[56], body="Edited beyond", key=True)
    past = datetime.now(UTC) - timedelta(days=1)
    backdated = editor.post(slug, "From yesterday", publish_at=past.isoformat())["id"]
    await page.level(63)
    assert await page.ids() == ids[:50]
    await page.load_all()
    assert await page.ids() == [*ids, backdated]
    await same_as_fresh(reader, page)


async def test_an_answer_that_was_overtaken_on_its_way_brings_nothing_back(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """Older entries as a cache or a slow network gives them: from before the latest changes."""
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(60)][::-1]
    page, _ = await opened(reader, shared_server, slug)

    async def overtaken(route: Route) -> None:
        answer = await route.fetch()
        editor.remove(slug, ids.pop(55))
        editor.edit(slug, ids[56], body="Edited meanwhile")
        editor.edit(slug, ids[57], pinned=True)
        await page.level(63)
        await route.fulfill(response=answer)

    await page.page.route("**/entries?before=*", overtaken)
    await page.load_all()
    await page.page.unroute("**/entries?before=*")
    assert await page.ids() == ids
    assert await page.part(".pin").get_attribute("data-entry") == ids[57]
    assert await page.entry(ids[56]).locator(".body").inner_text() == "Edited meanwhile"
    await same_as_fresh(reader, page)
