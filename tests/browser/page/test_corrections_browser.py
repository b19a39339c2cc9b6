"""Corrections and verifications in real Chromium: on an open page, on the entry's own, and on a phone."""

from __future__ import annotations

import pytest
from browser import Visitor, same_as_fresh, visitor
from desk_client import Editor
from playwright.async_api import Browser
from processes import Server

pytestmark = pytest.mark.anyio


async def test_corrections_and_verifications_arrive_on_an_open_page(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve were hurt.", verification="unverified", key=True)["id"]
    settling = editor.post(slug, "The police count two.")["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    widget = await reader.read(f"{shared_server.url}/stories/{slug}/embed")
    document = await page.document()

    editor.edit(slug, entry, body="Two were hurt.", correction="We said twelve.\nIt was two.")
    await page.level(3)
    shown = page.entry(entry)
    assert (
        await shown.locator(".corrections .said").text_content() == "We said twelve.\nIt was two."
    )
    assert await shown.locator(".corrections summary").inner_text() != ""
    await same_as_fresh(reader, page)

    editor.edit(slug, entry, verification={"status": "confirmed", "settled_by": settling})
    await page.level(4)
    assert await shown.locator(".trail span").all_text_contents() == ["Unverified", "Confirmed"]
    await same_as_fresh(reader, page)
    await widget.level(4)
    await same_as_fresh(reader, widget)
    assert await page.document() == document

    # The mark leads to the list, where the correction is in sight; the time to the history.
    await shown.locator(".corrections summary").click()
    await shown.locator(".corrections a").first.click()
    await page.page.wait_for_url(f"**/stories/{slug}/corrections#{entry}-2")
    assert await page.page.locator(":target .reason").inner_text() == "We said twelve.\nIt was two."
    await page.page.locator(":target .where a").click()
    await page.page.wait_for_url(f"**/entries/{entry}")
    await page.page.locator(".corrections summary").click()
    await page.page.locator(".corrections a").last.click()
    await page.page.locator("#history").wait_for()


async def test_what_was_struck_and_inserted_is_told_without_colour(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve were hurt.")["id"]
    editor.edit(slug, entry, body="Two were hurt.", correction="It was two.")
    page = await reader.open(f"{shared_server.url}/stories/{slug}/entries/{entry}")
    await page.locator(".history > summary").click()
    line = "(e) => getComputedStyle(e).textDecorationLine"
    assert await page.locator(".history .difference del").evaluate(line) == "line-through"
    assert await page.locator(".history .difference ins").evaluate(line) == "underline"
    tree = await page.locator(".history").aria_snapshot()
    assert "deletion" in tree
    assert "struck: Twelve" in " ".join(tree.split()).replace('"', "").replace("] [", " ")
    # Copied, the words are alone.
    await page.locator(".history .difference").evaluate(
        "(e) => getSelection().selectAllChildren(e)"
    )
    copied = await page.evaluate("getSelection().toString()")
    assert copied.split() == ["Twelve", "Two", "were", "hurt."]


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_nothing_is_wider_than_a_phone(
    shared_server: Server, editor: Editor, browser: Browser, language: str
) -> None:
    slug = editor.story(language=language)
    entry = editor.post(slug, "x" * 200 + " were hurt.", verification="unverified")["id"]
    editor.edit(slug, entry, body="y" * 200 + " were hurt.", correction="z" * 200)
    for status in ("checking", "disputed", "confirmed"):
        editor.edit(slug, entry, verification={"status": status, "note": "n" * 100})
    async with visitor(browser) as somebody:
        for place in ("", f"/entries/{entry}", "/corrections"):
            page = await somebody.open(f"{shared_server.url}/stories/{slug}{place}")
            await page.set_viewport_size({"width": 320, "height": 700})
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, place
