"""The page that describes the API, in Chromium."""

from __future__ import annotations

from typing import Any

from axe import violations
from playwright.async_api import Browser
from processes import Server


async def test_the_page_of_the_api_is_accessible_and_fits_a_phone(
    shared_server: Server, browser: Browser
) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 700})
    page: Any = await context.new_page()
    await page.goto(f"{shared_server.url}/api/docs")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await context.close()
