"""The story's bar: once the headline has left the screen, it says where one is. Nothing moves for it."""

from __future__ import annotations

import pytest
from axe import violations
from browser import LivePage, Visitor, visitor
from desk_client import Editor
from elsewhere import elsewhere
from playwright.async_api import Browser, ViewportSize, expect
from processes import Server
from public_pages import ARABIC, ENGLISH, full_story

pytestmark = pytest.mark.anyio

PHONE: ViewportSize = {"width": 360, "height": 740}
SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries())
    shifted.push([value, ...sources.map(({ node }) => node?.className || node?.nodeName)]);
}).observe({ type: "layout-shift", buffered: true });
"""  # all of them, what follows on an input too
SENTENCE = "The line is holding, and those on the ground say that they could have gone further. "


async def scrolled(page: LivePage, to: int) -> None:
    await page.frame.evaluate(f"scrollTo(0, {to})")
    await page.frame.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")  # fmt: skip


async def test_it_has_the_state_the_title_the_time_and_what_is_new(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story(title=SENTENCE * 2)
    ids = [editor.post(slug, f"{n}. {SENTENCE * 6}")["id"] for n in range(20)]
    async with visitor(browser, timezone_id="Europe/Kyiv") as reader:
        await reader.context.add_init_script(SHIFTS)
        page = await reader.read(f"{shared_server.url}/stories/{slug}")
        await page.page.set_viewport_size(PHONE)
        bar = page.part(".story-bar")
        assert not await bar.is_visible()
        await page.frame.evaluate("shifted.length = 0")
        for to in (300, 900, 2000, 4000, 700, 2000):
            await scrolled(page, to)
        await bar.wait_for()
        box = await bar.bounding_box()
        assert box == {"x": 0, "y": 0, "width": 360, "height": 44}
        assert await bar.locator(".state").inner_text() == "LIVE"
        title = bar.locator(".title")
        assert (await title.inner_text()).strip() == (SENTENCE * 2).strip()
        cut_off = "(e) => e.scrollWidth > e.clientWidth"  # by an ellipsis
        assert await title.evaluate(cut_off)
        first = await page.frame.evaluate(
            """[...document.querySelectorAll("article")].find((e) => e.getBoundingClientRect().bottom > 80)
               .querySelector(".when b").firstChild.data.trim()"""
        )
        assert await bar.locator(".at b").inner_text() == first
        # What is new stands in the bar, beside the rest.
        editor.post(slug, "New")
        button = page.part(".new-updates")
        await button.wait_for()
        pill = await button.bounding_box()
        at, name = await bar.locator(".at").bounding_box(), await title.bounding_box()
        assert pill and at and name  # noqa: PT018 - mypy reads it
        assert pill["y"] >= 0
        assert pill["y"] + pill["height"] <= 44
        assert name["x"] + name["width"] <= pill["x"] + 1
        assert pill["x"] + pill["width"] <= at["x"] + 1
        reader.forgive("ERR_INTERNET_DISCONNECTED")
        await reader.context.set_offline(True)
        await page.state("offline")
        assert await bar.locator(".off").inner_text() == "Offline"
        assert not await bar.locator(".state").is_visible()
        await reader.context.set_offline(False)
        await page.state("live")
        editor.change_story(slug, status="ended", title="Another title")
        await page.state("ended")
        assert await bar.locator(".state").inner_text() == "Ended"
        assert await title.inner_text() == "Another title"
        assert await page.frame.evaluate("shifted") == []
        # It covers no place to which a link leads, and what has the focus.
        await page.frame.evaluate(f"location.hash = '{ids[3]}'")
        assert await page.top(ids[3]) >= 44
        await page.entry(ids[5]).focus()
        await page.page.keyboard.press("PageUp")
        assert await page.frame.evaluate("document.activeElement.getBoundingClientRect().top") >= 44
        await title.click()
        await page.frame.wait_for_function("() => scrollY < 100")
        await bar.wait_for(state="hidden")


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["ltr", "rtl"])
async def test_it_has_no_fault_and_is_not_printed(
    shared_server: Server, editor: Editor, browser: Browser, words: dict[str, str]
) -> None:
    slug = full_story(editor, words, entries=10).slug
    async with visitor(browser, reduced_motion="reduce") as reader:
        page = await reader.read(f"{shared_server.url}/stories/{slug}")
        await scrolled(page, 4000)
        await page.part(".story-bar").wait_for()
        state = await page.part(".story-bar > .state").bounding_box()
        at = await page.part(".story-bar > .at").bounding_box()
        assert state
        assert at
        assert (state["x"] < at["x"]) == (words is ENGLISH)
        found = await violations(page.page, ("phone", "light"), ("desktop", "dark"))
        assert not found, "\n\n".join(found)
        await page.page.emulate_media(media="print")
        assert not await page.part(".story-bar").is_visible()


async def test_the_widget_has_it_where_its_host_says_what_is_in_sight(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    for number in range(20):
        editor.post(slug, f"{number}. {SENTENCE * 6}")
    host = f"""<div data-liveblog="{slug}"></div><script src="{shared_server.url}/embed.js"></script>
        <p style="height: 2000px"></p>"""
    with elsewhere() as site:
        page = await reader.open(site.put(host))
        frame = page.frame_locator("iframe")
        await frame.locator("live-blog[data-state=live]").wait_for()
        bar = frame.locator(".story-bar")
        assert not await bar.is_visible()
        await page.evaluate("scrollTo(0, 700)")
        await bar.wait_for()
        place = await bar.bounding_box()
        assert place
        assert abs(place["y"]) < 2  # at the top of the host's window
        assert await frame.locator("span.at").count() == 1  # no time line, so no link to it
        # Its title leads to the top of the widget, on the host's page.
        await bar.locator(".title").click()
        await page.wait_for_function("scrollY < 300")
        await expect(frame.locator("h1")).to_be_in_viewport()
        assert not await bar.is_visible()
        assert page.url.startswith(site.url)


async def test_in_the_widget_it_has_the_time_of_an_update_that_is_shown(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story()

    def post(hour: int) -> None:
        editor.post(slug, f"{hour}. {SENTENCE * 6}", publish_at=f"2022-02-25T{hour:02}:00:00Z")

    for hour in range(3):
        post(hour)
    host = f"""<div data-liveblog="{slug}" data-limit="3"></div><script src="{shared_server.url}/embed.js"></script>
        <p style="height: 2000px"></p>"""
    async with visitor(browser, timezone_id="UTC") as reader:
        with elsewhere() as site:
            page = await reader.open(site.put(host))
            frame = page.frame_locator("iframe")
            await frame.locator("live-blog[data-state=live]").wait_for()
            for hour in range(3, 9):  # which push the others out of sight
                post(hour)
            await frame.locator("live-blog[seq='9']").wait_for()
            await expect(frame.locator("article[hidden]")).to_have_count(6)
            shown = frame.locator("article:not([hidden])")
            for number in (1, 2):
                top = await shown.nth(number).evaluate("(e) => e.getBoundingClientRect().top")
                await page.evaluate(
                    "(top) => scrollTo(0, document.querySelector('iframe').offsetTop + top)", top
                )
                await expect(frame.locator(".story-bar .at b")).to_have_text(f"{8 - number:02}:00")
