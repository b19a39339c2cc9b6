"""On a phone: the newest update begins on the first screen, and nothing is wider than that."""

from __future__ import annotations

import pytest
from browser import Visitor
from desk_client import Editor
from playwright.async_api import expect
from processes import Server
from public_pages import ENGLISH, full_story

pytestmark = pytest.mark.anyio

WIDTH, HEIGHT = 360, 740


async def test_the_newest_update_begins_on_the_first_screen(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    story = full_story(editor, ENGLISH)
    page = await reader.read(f"{shared_server.url}/stories/{story.slug}")
    await page.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    first = await page.part("article .when").first.bounding_box()
    assert first
    assert first["y"] + first["height"] < HEIGHT - 40
    # The filters are one row, which scrolls; from the keyboard the last of them comes into sight.
    tools, order = page.part(".tools"), page.part(".order")
    row = await tools.bounding_box()
    assert row
    assert row["height"] < 60
    await page.part(".choices > summary").focus()
    for _ in ("pictures", "order"):
        await page.page.keyboard.press("Tab")
    assert await order.evaluate("(link) => link === document.activeElement")
    await expect(order).to_be_in_viewport(ratio=1)
    # What is behind "More" opens below the row.
    await page.part(".choices > summary").press("Enter")
    assert await page.part(".choices li").first.is_visible()
    assert await page.frame.evaluate("document.documentElement.scrollWidth") == WIDTH


async def test_an_ended_story_without_updates_says_that_there_were_none(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    assert await page.part(".empty").inner_text() == "No updates yet."
    editor.change_story(slug, status="ended")
    await page.state("ended")
    assert await page.part(".empty").inner_text() == "There were no updates."


def test_crawlers_and_browsers_find_what_they_ask_for_by_itself(editor: Editor) -> None:
    robots = editor.http.get("/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    site = str(editor.http.base_url).rstrip("/")
    assert robots.text.splitlines() == [
        "User-agent: *",
        "Disallow: /desk",
        "Disallow: /api/",
        "",
        f"Sitemap: {site}/sitemap.xml",
        f"Sitemap: {site}/sitemap-news.xml",
    ]
    icon = editor.http.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert "<svg" in icon.text
