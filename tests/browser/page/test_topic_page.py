"""The page of a topic in Chromium, without JavaScript."""

from __future__ import annotations

import secrets

import pytest
from browser import visitor
from desk_client import Editor
from playwright.async_api import Browser
from processes import Server

pytestmark = pytest.mark.anyio


async def test_it_is_read_without_javascript(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    topic = f"Харків_{secrets.token_hex(4)}"
    slug = editor.story(title="A plain story")
    known = [editor.post(slug, f"Number {n}", topics=[topic])["id"] for n in range(60)][::-1]
    for locale, width in (("en", 360), ("ar", 1280)):
        async with visitor(browser, java_script_enabled=False, locale=locale) as somebody:
            somebody.forgive("icon.svg.*ERR_ABORTED")
            view = await somebody.open(f"{shared_server.url}/stories/{slug}")
            await view.set_viewport_size({"width": width, "height": 800})
            await view.locator(".by a", has_text=topic).first.click()
            await view.wait_for_url("**/topics/*")
            entries = view.locator("article")
            seen = await entries.evaluate_all("(all) => all.map((entry) => entry.id)")
            async with view.expect_navigation():
                await view.click(".older")
            seen += await entries.evaluate_all("(all) => all.map((entry) => entry.id)")
            assert seen == known
            assert await view.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await view.locator(".from a").first.click()
            await view.wait_for_url(f"**/stories/{slug}")
