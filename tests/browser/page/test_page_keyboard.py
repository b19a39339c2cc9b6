"""The live page by keyboard alone, and what it says to a screen reader: every control is reached, seen
and works, and whatever the newsroom does, the focus stays where the reader is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser import LivePage, Visitor, visitor
from desk_client import Editor
from playwright.async_api import Browser
from processes import Server
from public_pages import ENGLISH, full_story, pages

pytestmark = pytest.mark.anyio

# Notes where the focus goes: as a number among all that can have it, and whether that is seen.
NOTE = """() => {
  const stops = [...document.querySelectorAll("a[href], button, summary, [tabindex], input, select")]
    .filter((stop) => stop.checkVisibility({ visibilityProperty: true }) && stop.tabIndex >= 0);
  window.walked = [];
  addEventListener("focusin", ({ target }) => {
    const { top, bottom, left, right } = target.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const inSight = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    walked.push({ number: stops.indexOf(target), seen: inSight && ring, html: target.outerHTML.slice(0, 200) });
  });
  return stops.length;
}"""
# The entry that has the focus or holds what has it, and what that is.
WHERE = """() => {
  const here = document.activeElement;
  const name = here.matches("article") ? "article" : here.className || here.localName;
  return [here.closest("article")?.id ?? null, name, here === document.body];
}"""


async def focused(page: LivePage) -> tuple[str | None, str]:
    entry, name, lost = await page.frame.evaluate(WHERE)
    assert not lost, "the focus is lost"
    return entry, name


async def test_every_control_of_every_page_is_reached_in_order_and_seen(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    reader.forgive("status of 4(04|10)")
    for route, address in pages(editor, full_story(editor, ENGLISH)).items():
        page = await reader.open(shared_server.url + address)
        if await page.locator("live-blog").count():
            await LivePage(page).state("live")
        await page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        stops: int = await page.evaluate(NOTE)
        for _ in range(stops):
            await page.keyboard.press("Tab")
        walked: list[dict[str, Any]] = await page.evaluate("walked")
        assert [focus["number"] for focus in walked] == list(range(stops)), route
        assert [focus["html"] for focus in walked if not focus["seen"]] == [], route
        await page.close()


async def test_the_first_tab_leads_past_the_head_of_the_page(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, key=True)
    page = (await reader.read(f"{shared_server.url}/stories/{slug}")).page
    for key in ("Tab", "Enter", "Tab"):
        await page.keyboard.press(key)
    inside = "document.querySelector('#main').contains(document.activeElement)"
    assert await page.evaluate(inside)
    assert page.url.endswith("#main")


async def test_every_control_works_by_keyboard(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}", key=n > 52)["id"] for n in range(60)][::-1]
    source = {"kind": "witness", "name": "Fin", "quote": "It was so."}
    ids.insert(0, editor.post(slug, sources=[source])["id"])
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    press = page.page.keyboard.press

    # The Brief on a phone: all of it, and the way to an update.
    await page.page.set_viewport_size({"width": 360, "height": 740})
    shown = page.part(".points li:visible")
    assert await shown.count() == 3
    await page.part(".all summary").focus()
    await press("Enter")
    assert await shown.count() == 7
    await page.page.set_viewport_size({"width": 1100, "height": 800})
    await page.part(".points li:last-child a").focus()
    await press("Enter")
    assert await focused(page) == (ids[7], "article")

    await page.entry(ids[0]).locator("summary").focus()
    await press("Space")
    assert await page.entry(ids[0]).locator("blockquote").is_visible()

    await page.part(".pause").focus()
    await press("Space")
    new = editor.post(slug, "While pausing")["id"]
    await page.part(".new-updates").wait_for()
    assert await focused(page) == (None, "pause")
    await page.part(".new-updates").focus()
    await press("Enter")
    assert await focused(page) == (new, "article")
    await page.part(".pause").focus()
    await press("Enter")
    assert await page.part(".pause").inner_text() == "Pause updates"

    await page.part(".older").focus()
    await press("Enter")
    await page.entry(ids[-1]).wait_for()
    assert await focused(page) == (ids[50], "article")

    await page.entry(ids[0]).locator(".when a:has(time)").focus()
    await press("Enter")
    await page.page.wait_for_url(f"**/entries/{ids[0]}")


async def test_the_keys_of_a_feed(shared_server: Server, editor: Editor, reader: Visitor) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}", key=n == 0)["id"] for n in range(60)][::-1]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    for entry, place in ((ids[0], "1"), (ids[49], "50")):
        assert await page.entry(entry).get_attribute("aria-posinset") == place
        assert await page.entry(entry).get_attribute("aria-setsize") == "-1"

    await page.entry(ids[0]).locator(".when a:has(time)").focus()
    for key, entry in (
        ("PageDown", ids[1]),
        ("PageDown", ids[2]),
        ("PageUp", ids[1]),
        ("PageUp", ids[0]),
        ("PageUp", ids[0]),
    ):
        await page.page.keyboard.press(key)
        assert (await focused(page))[0] == entry
    await page.page.keyboard.press("Control+End")
    assert (await focused(page))[1] == "older"
    await page.entry(ids[5]).focus()
    await page.page.keyboard.press("Control+Home")
    before = "(feed) => feed.compareDocumentPosition(document.activeElement)"
    assert await page.part("[role=feed]").evaluate(before) == 2  # PRECEDING
    await focused(page)


async def test_the_focus_stays_while_entries_arrive_are_edited_and_removed(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    source = {"kind": "witness", "name": "Fin", "quote": "It was so."}
    ids = [editor.post(slug, f"Number {n}", sources=[source])["id"] for n in range(4)][::-1]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    seq = editor.head(slug)
    held = page.entry(ids[1])

    def changes(turn: int) -> Iterator[object]:
        yield editor.post(slug, "One more")
        yield editor.edit(slug, ids[1], body=f"Known {turn} times")
        yield editor.edit(slug, ids[1], pinned=True)
        yield editor.edit(slug, ids[1], pinned=False)
        yield editor.edit(slug, ids[0], body=f"Changed {turn} times")
        yield editor.change_story(slug, summary=f"Summary {turn}")

    for turn, (selector, name) in enumerate(
        ((None, "article"), ("summary", "summary"), (".when a:has(time)", "a"))
    ):
        await (held if selector is None else held.locator(selector)).focus()
        for _ in changes(turn):
            seq += 1
            await page.level(seq)
            assert await focused(page) == (ids[1], name)
    for removed, then in ((ids[1], ids[2]), (ids[2], ids[3])):
        editor.remove(slug, removed)
        seq += 1
        await page.level(seq)
        assert await focused(page) == (then, "article")
    # The last of the feed goes: there is only the one above it.
    editor.remove(slug, ids[3])
    await page.level(seq + 1)
    assert await focused(page) == (ids[0], "article")


CHANGES: dict[str, tuple[str, Callable[[Editor, str, str], object]]] = {
    "the only entry is removed": (
        "[role=feed] article",
        lambda editor, slug, entry: editor.remove(slug, entry),
    ),
    "a key event is one no more": (
        ".points a",
        lambda editor, slug, entry: editor.edit(slug, entry, key=False),
    ),
    "a key event is edited": (
        ".points a",
        lambda editor, slug, entry: editor.edit(slug, entry, headline="Known better"),
    ),
    "the line that had it is gone": (
        ".note summary",
        lambda editor, slug, entry: editor.edit(slug, entry, verification="confirmed"),
    ),
    "coverage ends while it can be paused": (
        ".pause",
        lambda editor, slug, _: editor.change_story(slug, status="ended"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_the_focus_is_not_lost_when(
    shared_server: Server, editor: Editor, reader: Visitor, name: str
) -> None:
    selector, change = CHANGES[name]
    slug = editor.story()
    settled = editor.post(slug)["id"]
    note = {"status": "disputed", "settled_by": settled}
    entry = editor.post(slug, headline="Known", key=True, verification=note)["id"]
    editor.remove(slug, settled)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.part(selector).first.focus()
    seq = editor.head(slug)
    change(editor, slug, entry)
    await page.level(seq + 1)
    await focused(page)


async def test_the_focus_is_not_lost_when_what_waits_is_taken_away(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.part(".pause").click()
    entry = editor.post(slug)["id"]
    await page.part(".new-updates").focus()
    editor.remove(slug, entry)
    await page.level(2)
    await focused(page)


async def test_updates_are_announced_by_their_number_and_not_too_often(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = LivePage(await reader.context.new_page())
    await page.page.clock.install()
    await page.page.goto(f"{shared_server.url}/stories/{slug}")
    await page.state("live")
    await page.frame.evaluate(
        """() => {
          window.said = [];
          for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
            const note = () => said.push(region.textContent);
            new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
          }
        }"""
    )

    async def said() -> list[str]:
        words: list[str] = await page.frame.evaluate("said")
        return words

    seq = 0
    for announced, count in (("1 new update", 1), ("4 new updates", 4), ("2 new updates", 2)):
        before = await said()
        for _ in range(count):
            entry = editor.post(slug, "A secret word")["id"]
        editor.edit(slug, entry, body="An edit is no news")
        seq += count + 1
        await page.level(seq)
        if before:
            assert await said() == before, "too soon after the last"
            await page.page.clock.run_for(10_000)
        assert await said() == [*before, announced]
    await page.page.clock.run_for(20_000)
    assert len(await said()) == 3


@pytest.mark.parametrize("reduced", ["reduce", "no-preference"])
async def test_nothing_is_animated_for_those_who_ask_for_that(
    shared_server: Server, editor: Editor, browser: Browser, reduced: str
) -> None:
    slug = editor.story()
    async with visitor(browser, reduced_motion=reduced) as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        editor.post(slug)
        await page.part(".fresh").wait_for()
        animated = await page.frame.evaluate("document.getAnimations().length")
        smooth = await page.frame.evaluate(
            "[document.documentElement, document.body].map((e) => getComputedStyle(e).scrollBehavior)"
        )
        assert smooth == ["auto", "auto"]
        assert (animated == 0) is (reduced == "reduce")
