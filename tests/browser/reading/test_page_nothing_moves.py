"""In Chromium: nothing moves under the eyes of somebody who reads, whatever happens to the story, wherever that is."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from live_page import SHIFTS
from playwright.async_api import ViewportSize, expect
from processes import Server

pytestmark = pytest.mark.anyio

SECONDS = 40
BEGUN: dict[str, float] = {}
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
WORDS = {
    "en": "The line is holding, and those on the ground say that they could have gone further. ",
    "ar": "الخط صامد، ويقول من هم على الأرض إنه كان بإمكانهم التقدم أكثر. ",
}
# The text that is read becomes `read`: in the entry that holds the reader, or at a third of the screen.
LOOK_AT = """async (where) => {
  const feed = document.querySelector("[role=feed]");
  const first = feed.querySelector("article");
  if (where === "focus") first.focus({ preventScroll: true });
  else if (where === "selection") getSelection().selectAllChildren(first.querySelector(".body p"));
  else {
    const box = feed.getBoundingClientRect();
    scrollTo({ top: scrollY + box.top - 100 + where * (box.height - 300), behavior: "instant" });
  }
  await new Promise((done) => setTimeout(done, 600)); // a shift soon after an input is the reader's own doing
  const line = innerHeight * 0.3;
  const blocks = [...feed.querySelectorAll(".body > p")].map((node) => [node, node.getBoundingClientRect()]);
  const held = blocks.find(([node]) => typeof where === "string" && first.contains(node));
  const near = ([, { top, bottom }]) => Math.max(top - line, line - bottom, 0);
  window.read = (held ?? blocks.sort((a, b) => near(a) - near(b))[0])[0];
  shifted.length = 0;
  return read.closest("article").id;
}"""
# The ids of what is in sight; the head of the story and the Brief are `story`.
IN_SIGHT = """() => [...document.querySelectorAll("[role=feed] > article, #story, .brief")].filter((one) => {
  const { top, bottom } = one.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}).map(({ id }) => id || "story")"""
# With the oldest first, new updates appear at the end by themselves where that is in sight.
AT_THE_END = (
    """() => document.querySelector("[role=feed]").getBoundingClientRect().bottom <= innerHeight"""
)
PLACE = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(() =>
  done([read.getBoundingClientRect().top, shifted.reduce((sum, [value]) => sum + value, 0), shifted.splice(0)]))))"""


class Reading(NamedTuple):
    """Who reads, and where: a share of the feed, or what holds the reader at its first entry."""

    size: ViewportSize
    language: str
    order: str
    where: float | str


READINGS = st.builds(
    Reading,
    st.sampled_from([PHONE, DESKTOP]),
    st.sampled_from(["en", "ar"]),
    st.sampled_from(["newest", "oldest"]),
    st.sampled_from([0.02, 0.3, 0.6, 1.0, "focus", "selection"]),
)
PICK, LENGTH = st.integers(0, 20), st.integers(1, 24)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), LENGTH, st.booleans()),
        st.tuples(st.just("edit"), PICK, LENGTH),
        st.tuples(st.just("remove"), PICK, st.booleans()),
        st.tuples(st.just("pin"), PICK, st.booleans()),
        st.tuples(st.just("sure"), PICK, st.sampled_from(["unverified", "retracted"])),
        st.tuples(st.just("story"), LENGTH, LENGTH),
    ),
    min_size=4,
    max_size=7,
)


def act(editor: Editor, slug: str, ids: list[str], words: str, step: tuple[str, Any, Any]) -> str:
    """One step of the newsroom, on one of these entries. Returns the id of what it changed."""
    verb, one, other = step
    if verb == "post":
        editor.post(slug, words * one, key=other, headline=words[:40] if other else None)
        return "story" if other else ""  # the Brief is of key events
    if verb == "story":
        editor.change_story(slug, title=words * (1 + one % 3), summary=words * (other % 9))
        return "story"
    chosen: str = ids[one % len(ids)]
    if verb == "edit":
        editor.edit(slug, chosen, body=f"{words * other}\n\n{words}")
    elif verb == "pin":
        editor.edit(slug, chosen, pinned=other)
    elif verb == "sure":
        editor.edit(slug, chosen, verification=other)
    elif len(ids) > 1:
        ids.remove(chosen)
        editor.remove(slug, chosen)
    return chosen


# A pinned update that is removed changes the page in two places at once.
@example(
    reading=Reading(PHONE, "ar", "newest", 1.0),
    steps=[("pin", 5, True), ("post", 16, False), ("remove", 5, False)],
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(reading=READINGS, steps=STEPS)
async def test_the_text_being_read_stays(
    shared_server: Server,
    editor: Editor,
    reader: Visitor,
    reading: Reading,
    steps: list[tuple[str, Any, Any]],
) -> None:
    """The text stays within a pixel; and the browser's measure of all that is in sight is 0 where what changed is not."""
    if time.monotonic() - BEGUN.setdefault("at", time.monotonic()) > SECONDS:
        return  # the machine is busy
    words = WORDS[reading.language]
    slug = editor.story(language=reading.language, title=words, summary=words)
    ids = [editor.post(slug, f"{words * (1 + n % 4)}\n\n{words * 2}")["id"] for n in range(10)]
    window = await reader.context.new_page()
    await window.set_viewport_size(reading.size)
    await window.add_init_script(SHIFTS)
    await window.goto(f"{shared_server.url}/stories/{slug}?order={reading.order}")
    page = LivePage(window)
    await page.state("live")
    ids.remove(await window.evaluate(LOOK_AT, reading.where))
    before, *_ = await window.evaluate(PLACE)
    # What is pinned stands twice. The browser counts two changes above the screen in one frame, though nothing in sight moves.
    pinned: set[str] = set()
    for step in steps:
        in_sight = await window.evaluate(IN_SIGHT)
        ascends = reading.order == "oldest" and await window.evaluate(AT_THE_END)
        changed = act(editor, slug, ids, words, step)
        await page.level(editor.head(slug))
        now, moved, shifts = await window.evaluate(PLACE)
        assert now == pytest.approx(before, abs=1), (reading, step)
        if step[0] == "pin":
            pinned.add(changed)
        if changed not in (*in_sight, *pinned) and not (ascends and step[0] == "post"):
            assert moved < 0.0005, (reading, step, shifts)
    await window.close()


async def test_the_first_entry_is_read_without_being_pushed_down(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, WORDS["en"] * 20)["id"] for _ in range(5)][::-1]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.scroll(f'[id="{ids[0]}"]')
    before = await page.top(ids[0])
    editor.post(slug, WORDS["en"] * 30, headline="Power is back in Saltivka", key=True)
    editor.post(slug, WORDS["en"], headline="No key event")
    await page.level(7)
    assert await page.top(ids[0]) == pytest.approx(before, abs=1)
    assert await page.part(".new-updates").inner_text() == "2 new · Power is back in Saltivka"
    assert (await page.page.title()).startswith("(2) ")
    await page.part(".new-updates").click()
    # It leads to the newest, whatever is pinned above it.
    newest = (await page.ids())[0]
    await expect(page.entry(newest)).to_be_in_viewport()
    # The focus that the button gave holds nothing back: at the top of the page the next one appears.
    await page.frame.evaluate("scrollTo(0, 0)")
    there = editor.post(slug, "By itself")["id"]
    await page.entry(there).wait_for()


async def test_a_quoted_headline_is_plain_text_in_one_line(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, WORDS["en"] * 20)["id"] for _ in range(5)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.set_viewport_size(PHONE)
    await page.scroll(f'[id="{ids[1]}"]')
    key = editor.post(slug, headline="<b>Bold</b> & long: " + WORDS["en"] * 2, key=True)["id"]
    await page.level(6)
    pill = page.part(".new-updates")
    assert "<b>Bold</b> & long" in await pill.inner_text()
    box = await pill.bounding_box()
    assert box
    assert box["width"] <= PHONE["width"]
    assert box["height"] < 60
    editor.remove(slug, key, purge=True)
    await page.level(7)
    assert "Bold" not in await page.frame.content()


async def test_oldest_first_readers_are_told_too(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, WORDS["en"] * 10)["id"] for _ in range(8)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}?order=oldest")
    await page.scroll(f'[id="{ids[2]}"]')
    before = await page.top(ids[2])
    new = editor.post(slug, "New", headline="Power is back", key=True)["id"]
    ids.append(new)
    await page.level(9)
    assert await page.ids() == ids[:-1]
    assert await page.top(ids[2]) == pytest.approx(before, abs=1)
    assert await page.part(".new-updates").inner_text() == "1 new · Power is back"
    assert (await page.page.title()).startswith("(1) ")
    await page.part(".new-updates").click()
    assert await page.ids() == ids
    await expect(page.entry(new)).to_be_in_viewport()


@pytest.mark.parametrize("hold", ["touch", "selection", "focus"])
async def test_whoever_holds_an_entry_at_the_top_of_the_page_reads_it(
    shared_server: Server, editor: Editor, reader: Visitor, hold: str
) -> None:
    slug = editor.story()
    first = editor.post(slug, WORDS["en"] * 4)["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    begin, end = {
        "touch": (
            "const touch = new Touch({ identifier: 1, target: e });"
            "e.dispatchEvent(new TouchEvent('touchstart', { touches: [touch], bubbles: true }))",
            "e.dispatchEvent(new TouchEvent('touchend', { touches: [], bubbles: true }))",
        ),
        "selection": ("getSelection().selectAllChildren(e)", "getSelection().removeAllRanges()"),
        "focus": ("e.focus()", "e.blur()"),
    }[hold]
    await page.entry(first).evaluate(f"(e) => {{ {begin} }}")
    before = await page.top(first)
    new = editor.post(slug, WORDS["en"] * 30)["id"]
    await page.level(2)
    assert await page.top(first) == pytest.approx(before, abs=1)
    assert await page.ids() == [first]
    await page.entry(first).evaluate(f"(e) => {{ {end} }}")
    await page.entry(new).wait_for()
    assert not await page.part(".new-updates").is_visible()
