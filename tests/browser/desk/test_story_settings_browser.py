"""The settings of a story about reach: its cover, and who may embed it."""

from __future__ import annotations

import pytest
from axe import OPEN, violations
from browser import Visitor
from desk_client import Editor
from desk_forms import Desk
from photos import jpeg, photo
from playwright.async_api import expect
from processes import Server

pytestmark = pytest.mark.anyio

ARABIC = "خاركيف: السيطرة في خطر"


async def test_filled_wrong_and_from_right_to_left_they_have_no_fault(
    shared_server: Server, editor: Editor, desk: Desk, reader: Visitor
) -> None:
    files = {"file": ("a.jpg", jpeg(photo(1200, 800)), "image/jpeg")}
    cover = editor.http.post("/api/media", files=files, data={"alt": ARABIC}).json()["id"]
    slug = editor.story(
        title=ARABIC,
        language="ar",
        cover={"id": cover, "alt": ARABIC, "credit": "فين"},
        embed_origins=["https://news.example.org", f"https://{'long-' * 9}x.example.org"],
    )
    await reader.become(desk)
    reader.forgive("status of 422")
    page = await reader.open(f"{shared_server.url}/desk/stories/{slug}")
    await page.locator("#settings").evaluate("(details) => (details.open = true)")
    alt, sites = page.locator("#f-story-cover_alt"), page.locator("#f-story-embed_origins")
    assert await alt.evaluate("(field) => field.matches(':dir(rtl)')")
    assert await sites.evaluate("(field) => field.matches(':dir(ltr)')")
    looks = (("desktop", "light"), ("phone", "dark"))
    found = await violations(page, *looks)
    await sites.fill("https://news.example.org\njavascript:alert(1)")
    await page.get_by_role("button", name="Save the settings").click()
    wrong = page.locator("#f-story-embed_origins-error")
    await expect(wrong).to_contain_text("line 2: must be the address of a site")
    assert await sites.input_value() == "https://news.example.org\njavascript:alert(1)"
    assert await alt.input_value() == ARABIC
    assert await page.locator("#f-story-cover").input_value() == cover
    # The message at the top leads to the field.
    await page.locator('.notice a[href="#f-story-embed_origins"]').click()
    await expect(sites).to_be_focused()
    found += await violations(page, *looks)
    await page.evaluate(OPEN)
    await page.set_viewport_size({"width": 320, "height": 740})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not found, "\n\n".join(found)
