"""Without JavaScript the page is complete, and every entry can be reached."""

from __future__ import annotations

import pytest
from browser import LivePage, visitor
from desk_client import Editor
from playwright.async_api import Browser
from processes import Server

pytestmark = pytest.mark.anyio


async def test_every_entry_is_reached_by_plain_links(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story(title="A plain story", summary="In short")
    ids = [editor.post(slug, f"Number {n}", key=n == 3)["id"] for n in range(110)][::-1]
    pinned = ids[80]
    editor.edit(slug, pinned, pinned=True, verification="confirmed")
    async with visitor(browser, java_script_enabled=False) as somebody:
        page = LivePage(await somebody.open(f"{shared_server.url}/stories/{slug}"))
        assert await page.part("h1").inner_text() == "A plain story"
        assert await page.part("#story .badge").text_content() == "Live"
        assert await page.part(".points li").count() == 1
        assert await page.part(f".pin[data-entry={pinned}] .sure").inner_text() == "Confirmed"
        assert await page.part("noscript").is_visible()
        for control in (".pause", ".new-updates", ".connection"):
            assert not await page.part(control).is_visible()

        entries = page.page.locator("article")
        seen: list[str] = []
        while True:
            seen += await entries.evaluate_all("(all) => all.map((entry) => entry.id)")
            if not await page.page.locator(".older").count():
                break
            async with page.page.expect_navigation():
                await page.page.click(".older")
        assert seen == ids

        # An entry's time leads to its own page, and from there back into the story.
        await entries.first.locator(".when a").first.click()
        await page.page.wait_for_url(f"**/stories/{slug}/entries/{ids[100]}")
        assert await page.page.locator("article .body").inner_text() == "Number 9"
        await page.page.click("text=The whole story")
        await page.page.wait_for_url(f"**/stories/{slug}?at={ids[100]}#{ids[100]}")
        assert ids[100] in await page.ids()


async def test_key_events_lead_to_entries_beyond_the_first_page(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The beginning", key=True)["id"]
    for n in range(51):
        editor.post(slug, f"Number {n}")
    for scripts in (False, True):
        async with visitor(browser, java_script_enabled=scripts) as somebody:
            page = await somebody.open(f"{shared_server.url}/stories/{slug}")
            await page.click(".points a")
            if scripts:
                await page.wait_for_url(f"**/stories/{slug}?at={entry}#{entry}")
            else:
                await page.wait_for_url(f"**/entries/{entry}")
            text = page.locator(f"article[id='{entry}'] .body")
            assert await text.inner_text() == "The beginning"
