"""Chromium: from a desk without accounts to the first admin's desk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from axe import violations
from browser import Visitor
from commands import run
from processes import Server

LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]


async def test_from_an_empty_desk_to_the_first_admin_by_the_keyboard(
    reader: Visitor, tmp_path: Path
) -> None:
    with await asyncio.to_thread(Server, tmp_path) as server:
        page = await reader.open(f"{server.url}/desk")
        assert "liveblog setup" in await page.inner_text("main")
        assert await violations(page, *LOOKS) == []

        done = await asyncio.to_thread(run, "setup", env=server.env)
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.goto(done.stdout.strip())
        assert await violations(page, *LOOKS) == []
        await page.focus("[name=email]")
        typed = ("ann", "Ann", "three plain quiet words", "The Courier", "Nowhere", "uk")
        for text in typed:
            await page.keyboard.press("Control+A")
            await page.keyboard.type(text)
            await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowDown")  # the accounts sign
        # The browser itself asks for an address; then the server names the time zone.
        await page.fill("[name=email]", "ann@example.org")
        reader.forgive("422")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".wrong")
        assert await page.inner_text("#f-timezone-error") == (
            "Timezone: must be an IANA time zone such as Europe/Kyiv"
        )
        assert await page.input_value("[name=site_name]") == "The Courier"
        assert await page.input_value("[name=signs]") == "yes"
        assert await page.get_attribute("#f-timezone", "aria-describedby") == (
            "f-timezone-error f-timezone-hint"
        )
        assert await violations(page, *LOOKS) == []
        await page.fill("[name=timezone]", "Europe/Kyiv")
        await page.fill("[name=password]", "three plain quiet words")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("form.who")
        assert "The Courier" in await page.inner_text("header.masthead")

        reader.forgive("404")
        await page.goto(done.stdout.strip())
        assert "This link does not work" in await page.inner_text("h1")
        assert await violations(page, *LOOKS) == []
