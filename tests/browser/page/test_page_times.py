"""Times for readers in other zones, with clocks that are wrong, in the night when an hour comes twice;
and the page on paper."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser import LivePage, same_as_fresh, visitor
from desk_client import Editor
from playwright.async_api import Browser, expect
from processes import Server

pytestmark = pytest.mark.anyio

BERLIN = "Europe/Berlin"
# The clocks went back at 01:00 UTC, from 03:00 CEST to 02:00 CET.
NIGHT = datetime(2026, 10, 25, tzinfo=UTC)
MINUTES = (15, 30, 75, 90)
CLOCKS = ["02:15 CEST", "02:30 CEST", "02:15 CET", "02:30 CET"]
WRONG = timedelta(hours=6, minutes=30)


async def stamps(page: LivePage) -> list[str]:
    """The large clock of each entry, with its zone."""
    texts = await page.part("[role=feed] .when b").all_text_contents()
    return [" ".join(text.split()) for text in texts]


@pytest.mark.parametrize("scripts", [False, True])
async def test_an_hour_that_comes_twice_is_in_order_and_named_by_its_zone(
    shared_server: Server, editor: Editor, browser: Browser, scripts: bool
) -> None:
    slug = editor.story(timezone=BERLIN)
    # Not in the order of their times: they are sorted by the hour that it was, not by what clocks showed.
    for minutes in (MINUTES[2], MINUTES[0], MINUTES[3], MINUTES[1]):
        at = NIGHT + timedelta(minutes=minutes)
        editor.post(slug, f"After {minutes} minutes", publish_at=at.isoformat())
    options = {"timezone_id": BERLIN, "locale": "en-GB", "java_script_enabled": scripts}
    async with visitor(browser, **options) as somebody:
        page = LivePage(await somebody.open(f"{shared_server.url}/stories/{slug}"))
        if scripts:
            await page.state("live")
        bodies = await page.part("[role=feed] .body").all_inner_texts()
        assert bodies == [f"After {minutes} minutes" for minutes in MINUTES[::-1]]
        assert await stamps(page) == CLOCKS[::-1]
        titles = await page.part("[role=feed] .when time").evaluate_all(
            "(all) => all.map((time) => time.title)"
        )
        assert titles == [f"25 October 2026, {clock}" for clock in CLOCKS[::-1]]


@pytest.mark.parametrize("wrong", [-WRONG, WRONG, timedelta(days=3)], ids=["slow", "fast", "days"])
@pytest.mark.parametrize("way", ["socket", "polling"])
async def test_a_clock_that_is_hours_wrong_makes_nothing_old_and_nothing_of_the_future(
    shared_server: Server, editor: Editor, browser: Browser, wrong: timedelta, way: str
) -> None:
    """Ages are by the server's clock, also of what stood in the page, and they go on from there."""
    if way == "polling" and wrong != WRONG:
        return
    slug = editor.story()
    before = datetime.now(UTC) - timedelta(minutes=5, seconds=2)
    known = editor.post(slug, "Known", publish_at=before.isoformat())
    async with visitor(browser, timezone_id="UTC", locale="en-GB") as somebody:
        if way == "polling":
            await somebody.context.add_init_script("delete window.WebSocket")
        page = LivePage(await somebody.context.new_page())
        await page.page.clock.install(time=datetime.now(UTC) + wrong)
        await page.page.goto(f"{shared_server.url}/stories/{slug}")
        await page.state({"socket": "live"}.get(way, way))
        ages = page.part("[role=feed] .when time > span")
        earlier = re.compile(r"^[5-7] min ago$")  # a busy machine takes its time
        await expect(ages).to_have_text([earlier])
        new = editor.post(slug, "New")
        if way == "polling":
            await page.page.clock.run_for(10_000)
        await page.level(2)
        young = re.compile(r"^(now|[12] min ago)$")
        await expect(ages).to_have_text([young, earlier])
        times = [datetime.fromisoformat(entry["published_at"]) for entry in (new, known)]
        assert await stamps(page) == [f"{at:%H:%M} UTC" for at in times]
        assert await page.part(".points time[data-other-day]").count() == 0
        if way == "socket":
            await page.page.clock.run_for(10_000)
            await expect(ages).to_have_text([young, earlier])
            assert await page.frame.locator("live-blog").get_attribute("data-state") == "live"


async def test_the_headings_of_days_are_in_the_zone_of_the_times_under_them(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    """In the reader's; without scripts in the story's."""
    slug = editor.story(timezone=BERLIN)
    at = datetime(2022, 2, 25, 12, tzinfo=UTC)
    hours = (-14, -5, 9, 11.5)  # 22:00, 7:00, 21:00, 23:30 in UTC
    for hour in hours:
        editor.post(slug, f"At {hour}", publish_at=(at + timedelta(hours=hour)).isoformat())
    opened = """[...document.querySelectorAll(".feed > :is(:first-child, [data-opens]) > .when")].map((when) =>
        [getComputedStyle(when, "::before").content.slice(1, -1), when.querySelector("b").firstChild.data.trim()])"""
    headings = {
        "Asia/Tokyo": [["Saturday, 26 February 2022", "08:30"], ["Friday, 25 February 2022", "16:00"]],
        "America/New_York": [["Friday, 25 February 2022", "18:30"], ["Thursday, 24 February 2022", "17:00"]],
    }  # fmt: skip
    for zone, expected in headings.items():
        async with visitor(browser, timezone_id=zone, locale="en-GB") as somebody:
            page = await somebody.read(f"{shared_server.url}/stories/{slug}")
            assert await page.frame.evaluate(opened) == expected
            editor.post(slug, "New", publish_at=(at + timedelta(hours=hours[0])).isoformat())
            await page.level(editor.head(slug))
            await same_as_fresh(somebody, page)
    async with visitor(browser, java_script_enabled=False) as somebody:
        plain = LivePage(await somebody.open(f"{shared_server.url}/stories/{slug}"))
        days = plain.part("[role=feed] .when").first
        assert await days.get_attribute("data-day") == "Saturday, 26 February 2022"


async def test_after_midnight_what_is_known_says_that_it_was_yesterday(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story()
    evening = (datetime.now(UTC) - timedelta(days=1)).replace(hour=22, minute=30)
    # Without a verification: a point has its time, which is now.
    editor.post(slug, key=True, publish_at=evening.isoformat())
    async with visitor(browser, timezone_id="UTC", locale="en-GB") as somebody:
        # No word from the server, whose clock is another one.
        somebody.forgive("ERR_FAILED")
        await somebody.context.add_init_script("delete window.WebSocket")
        await somebody.context.route("**/events?*", lambda route: route.abort())
        page = LivePage(await somebody.context.new_page())
        await page.page.clock.install(time=evening + timedelta(minutes=30))
        await page.page.goto(f"{shared_server.url}/stories/{slug}")
        assert await page.part(".points time").is_visible()
        assert await page.part(".points time[data-other-day]").count() == 0
        await page.page.clock.fast_forward(2 * 60 * 60 * 1000)
        await page.part(".points time[data-other-day]").wait_for()


async def test_a_printed_page_has_all_of_the_story_and_no_controls(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story(summary="In short")
    source = {"kind": "witness", "name": "Fin", "quote": "It was so."}
    for number in range(8):
        editor.post(slug, f"Number {number}", key=True, sources=[source], verification="confirmed")
    async with visitor(browser, color_scheme="dark") as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        await page.page.emulate_media(media="print")
        for control in (".line", ".new", ".brief-end", ".pause"):
            assert not await page.part(control).is_visible(), control
        assert not await page.page.locator(".masthead").is_visible()
        assert await page.part(".points li:visible").count() == 7
        assert await page.part("article:visible .body").count() == 8
        # Evidence that is folded away on the screen is not on paper.
        heights = "(all) => all.map((quote) => quote.getBoundingClientRect().height)"
        assert min(await page.part("article blockquote").evaluate_all(heights)) > 0
        assert not await page.part(".when time > span").first.is_visible()
        colours = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        assert await page.page.locator("body").evaluate(colours) == [
            "rgb(0, 0, 0)",
            "rgb(255, 255, 255)",
        ]
        assert (await page.page.pdf()).startswith(b"%PDF")
