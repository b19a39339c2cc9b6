"""In Chromium: what changed since the reader left, and what the device keeps for that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from browser import LivePage, Visitor
from copies import tell
from desk_client import Editor
from live_page import LOOK, hastened
from playwright.async_api import expect
from processes import Server

pytestmark = pytest.mark.anyio

PHONE = {"width": 360, "height": 740}
KEPT = "Object.fromEntries(Object.entries(localStorage).filter(([name]) => name.startsWith('liveblog:')))"


async def read_for(page: LivePage, seconds: int) -> None:
    """The reader looks at the page for so long."""
    await page.page.clock.run_for(seconds * 1000)


async def kept(page: LivePage) -> dict[str, Any]:
    """What the device keeps of each story, by its address."""
    found: dict[str, str] = await page.frame.evaluate(KEPT)
    return {name.removeprefix("liveblog:"): json.loads(text) for name, text in found.items()}


async def leave(page: LivePage) -> None:
    await page.page.goto("about:blank")


async def back(page: LivePage, url: str) -> None:
    await page.page.goto(url)
    await page.state("live")
    await page.frame.wait_for_selector("html:not([data-back])")


async def test_after_a_long_absence_the_block_names_what_was_read_and_has_changed(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(title="Kharkiv holds the line as shelling draws nearer")
    url = f"{shared_server.url}/stories/{slug}"
    wrong = editor.post(
        slug, "Tanks roll in.", headline="Tanks in the centre", verification="unverified"
    )["id"]
    count = editor.post(slug, "Police arrested 40 people.", headline="Forty arrested")["id"]
    gone = editor.post(slug, "The name that must not be named.", headline="A secret name")["id"]
    page = await hastened(reader, url)
    await page.page.set_viewport_size(PHONE)
    for entry in (gone, count, wrong):
        await page.scroll(f'[id="{entry}"]')
        await read_for(page, 3)
    await leave(page)
    editor.edit(slug, wrong, verification="retracted")
    editor.edit(slug, count, body="Police arrested 14 people.", correction="It was 14, not 40.")
    editor.remove(slug, gone, purge=True)
    for n in range(6):
        editor.post(slug, f"Key {n}", headline=f"What mattered, number {n}", key=True)
    editor.post(slug, "Many")
    tell(shared_server, slug, 293)
    await back(page, url)
    block = page.part(".since")
    await expect(block).to_be_visible()
    box = await block.bounding_box()
    assert box
    assert box["height"] <= 400
    assert box["y"] < PHONE["height"] / 2
    text = await block.inner_text()
    assert "Since you left" in text
    assert "Retracted" in text
    assert "Tanks in the centre" in text
    assert "Corrected" in text
    assert "14" in text
    assert "was taken down" in text
    assert "secret" not in text
    assert "(300)" in text
    assert 1 <= await page.part(".since .points > li:visible").count() <= 5
    assert json.dumps(await kept(page)).count("secret") == 0
    # Each leads to its place.
    await page.part(".since [data-sure=retracted]").click()
    await page.frame.wait_for_url(f"**at={wrong}*")
    await expect(page.entry(wrong)).to_be_in_viewport()
