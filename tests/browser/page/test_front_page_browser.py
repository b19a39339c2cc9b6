"""The front page in Chromium, without JavaScript."""

from __future__ import annotations

import asyncio
import time

import pytest
from browser import visitor
from desk_client import Editor
from playwright.async_api import Browser
from processes import Server

STALE = 1.2  # seconds: one, and the time to read

pytestmark = pytest.mark.anyio


async def test_it_is_a_front_without_javascript(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    category = f"Section {time.time_ns()}"
    slug = editor.story(title="A plain story", category=category, summary="In short")
    key = editor.post(slug, "The turn.", key=True, headline="It turned")["id"]
    await asyncio.sleep(STALE)
    for width in (360, 1280):
        async with visitor(browser, java_script_enabled=False) as somebody:
            somebody.forgive("icon.svg.*ERR_ABORTED")
            page = await somebody.open(f"{shared_server.url}/")
            await page.set_viewport_size({"width": width, "height": 800})
            await page.click(f"nav >> text={category}")
            await page.wait_for_url("**/?category=*")
            assert await page.locator(".card").count() == 1
            scroll = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert scroll
            await page.click(".lead .points a")
            await page.wait_for_url(f"**/stories/{slug}/entries/{key}")
            await page.go_back()
            await page.click(".card h3 a")
            await page.wait_for_url(f"**/stories/{slug}")
