"""On a phone the newest update begins above 600 px, whatever stands above it; the pin is short, and opens."""

from __future__ import annotations

from typing import Any

import pytest
from browser import LivePage, Visitor, same_as_fresh, visitor
from desk_client import Editor
from playwright.async_api import Browser, ViewportSize
from processes import Server

pytestmark = pytest.mark.anyio

PHONE: ViewportSize = {"width": 360, "height": 740}
FIRST = 600  # pixels
SENTENCES = {
    "en": "The line is holding, and those on the ground say that they could have gone further. ",
    "de": "Die Verteidigungslinie hält, sagen Donaudampfschifffahrtsgesellschaftskapitäne vor Ort. ",
    "ar": "الخط صامد، ويقول من هم على الأرض إنه كان بإمكانهم التقدم أكثر. ",
}
FOCUSABLE = "a[href], button, summary, input, iframe, [tabindex]"
# What has the focus after each press of Tab, and whether it is in sight.
FOCUSED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const { activeElement: one } = document;
  const box = one.getBoundingClientRect();
  const seen = document.elementsFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  return [one.closest("article, .pin, .updates, .opening")?.className ?? "", seen.some((e) => e === one || one.contains(e))];
}"""


def longest(editor: Editor, language: str) -> tuple[str, str]:
    """A story with the longest of each, and its pin."""
    sentence = SENTENCES[language]
    slug = editor.story(
        title=(sentence * 4)[:300],
        summary=sentence * 8,
        language=language,
        category="Ukraine",
        place="Kharkiv",
        topics=["kharkiv", "war"],
    )
    editor.post(slug, sentence)
    pin = editor.post(
        slug, "\n\n".join([f"[{sentence}](https://example.org/a) {sentence * 3}"] * 8)
    )
    for number in range(8):
        status = ("confirmed", "disputed")[number % 2]
        headline = (sentence * 4)[:300]
        editor.post(slug, sentence, key=True, headline=headline, verification=status)
    editor.edit(
        slug, pin["id"], headline=(sentence * 4)[:300], pinned=True, verification="checking"
    )
    return slug, pin["id"]


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
async def test_the_newest_update_begins_above_600_px(
    shared_server: Server, editor: Editor, browser: Browser, language: str, scripts: bool
) -> None:
    slug, pin = longest(editor, language)
    async with visitor(browser, java_script_enabled=scripts) as somebody:
        page = LivePage(await somebody.context.new_page())
        await page.page.set_viewport_size(PHONE)
        await page.page.goto(f"{shared_server.url}/stories/{slug}")
        if scripts:
            await page.state("live")
        else:
            await page.part("noscript").wait_for()
        when = await page.part("article .when").first.bounding_box()
        assert when
        assert when["y"] < FIRST
        # All of the headline can be read, and the summary with it.
        title, opening = page.part("h1"), page.part(".opening")
        await page.part(".unfold > summary").click()
        whole, around = await title.bounding_box(), await opening.bounding_box()
        assert whole
        assert around
        assert whole["y"] + whole["height"] < around["y"] + around["height"]
        assert await page.part(".standfirst").is_visible()
        # The pin: short, another ground, no thread; and the entry stands at its time.
        copy = page.part(".pin")
        box = await copy.bounding_box()
        assert box
        assert box["height"] < 110
        assert await copy.get_attribute("data-entry") == pin
        assert await page.part(f'article[id="{pin}"]').count() == 1
        assert await page.page.locator(f'[id="{pin}"]').count() == 1
        assert not await copy.locator(".body").is_visible()
        await copy.locator("summary").click()
        assert await copy.locator(".body").is_visible()


async def test_a_short_story_has_nothing_to_unfold(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(summary="In short.")
    editor.post(slug)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.set_viewport_size(PHONE)
    assert await page.part("h1").is_visible()
    assert not await page.part(".unfold > summary").is_visible()


async def test_nothing_that_is_cut_off_takes_the_focus(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug, _ = longest(editor, "en")
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.set_viewport_size(PHONE)
    reached: list[str] = []
    while "entry" not in (reached or [""])[-1].split():
        await page.page.keyboard.press("Tab")
        place, seen = await page.frame.evaluate(FOCUSED)
        assert seen, reached
        reached.append(place)
        assert len(reached) < 60
    assert "opening" in reached
    assert reached.count("pin") == 1  # its summary alone: the links in its text are closed away
    summary = page.part(".pin > summary")
    await summary.focus()
    await page.page.keyboard.press("Enter")
    await page.page.keyboard.press("Tab")
    assert (await page.frame.evaluate(FOCUSED))[0] == "pin"


async def test_the_pin_comes_changes_and_goes_as_on_a_fresh_page(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}", key=n == 0)["id"] for n in range(4)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    keys = await reader.read(f"{shared_server.url}/stories/{slug}?show=key")
    pin = page.part(".pin")
    changes: list[dict[str, Any]] = [
        {"pinned": True},
        {"body": "Another text", "headline": "A headline"},
        {"verification": "retracted"},
        {"pinned": False},
        {"pinned": True},
    ]
    for change in changes:
        editor.edit(slug, ids[1], **change)
        for one in (page, keys):
            await one.level(editor.head(slug))
        await same_as_fresh(reader, page)
        await same_as_fresh(reader, keys)
    assert await keys.part(".pin").count() == 0
    # What is open stays open; a copy of something else does not.
    await pin.locator("summary").click()
    editor.edit(slug, ids[1], body="A third text")
    await page.level(editor.head(slug))
    assert await pin.locator(".body").inner_text() == "A third text"
    editor.edit(slug, ids[0], pinned=True)
    await page.level(editor.head(slug))
    await keys.level(editor.head(slug))
    assert await pin.get_attribute("data-entry") == ids[0]
    assert await pin.get_attribute("open") is None
    for one in (page, keys):
        await same_as_fresh(reader, one)
    # From the pin to its place.
    await pin.locator("summary").click()
    await pin.locator("[data-jump]").click()
    assert await page.entry(ids[0]).evaluate("(e) => e === document.activeElement")
    editor.remove(slug, ids[0], purge=True)
    await page.level(editor.head(slug))
    assert await pin.count() == 0
    await page.frame.evaluate("history.replaceState(null, '', location.pathname)")
    await same_as_fresh(reader, page)


async def test_an_arrival_is_seen_and_the_counter_leads_to_it(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug, _ = longest(editor, "en")
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.set_viewport_size(PHONE)
    new = editor.post(slug, "It happens now.")["id"]
    await page.entry(new).wait_for()
    assert await page.top(new) < FIRST
    await page.frame.evaluate("scrollTo(0, 1200)")
    await page.part(".story-bar .title").wait_for()
    newer = [editor.post(slug, f"And now {n}.")["id"] for n in range(3)][-1]
    await page.level(editor.head(slug))
    button = page.part(".new-updates")
    assert await button.inner_text() == "3 new updates"
    await button.click()
    bar = await page.part(".story-bar").bounding_box()
    assert bar
    assert bar["height"] <= await page.top(newer) < 120
