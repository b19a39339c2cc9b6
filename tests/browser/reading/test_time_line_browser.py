"""The time line to move by: any hour of five days in two taps, with the keyboard, and without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axe import violations
from browser import LivePage, Visitor, same_as_fresh, visitor
from copies import multiply
from desk_client import Editor
from playwright.async_api import Browser, Route, ViewportSize, WebSocketRoute, expect
from processes import Server
from public_pages import ARABIC, ENGLISH

pytestmark = pytest.mark.anyio

PHONE: ViewportSize = {"width": 360, "height": 740}
DAYS = 5
LARGER = 2 * 1024**2  # bytes of the heap


async def days_of_50(editor: Editor, server: Server) -> str:
    """5,000 entries in 100 hours."""
    slug = editor.story(timezone="Europe/Kyiv")
    for number in range(50):
        editor.post(slug, f"Number {number}", key=number == 0, headline=f"Headline {number}")
    multiply(server, slug, 99)
    return slug


async def test_any_hour_of_5000_entries_is_two_taps_away_and_the_page_stays_as_large(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = await days_of_50(editor, shared_server)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.set_viewport_size(PHONE)
    session = await reader.context.new_cdp_session(page.page)
    sizes: list[tuple[float, int]] = []
    for row in (90, 40, 70, 2, 99, 55):
        await page.frame.evaluate("scrollTo(0, 1500)")
        await page.part(".story-bar .at").click()  # the first tap
        link = page.part(".course li > a").nth(row)
        since, until = [await link.get_attribute(f"data-{end}") for end in ("from", "until")]
        assert since
        assert until
        before = await page.document()
        await link.click()  # the second
        await page.frame.wait_for_function(
            "(before) => window.loaded !== before || location.hash", arg=before
        )
        await page.state("live")
        # The first entry below the bar is one of that hour.
        await page.frame.wait_for_function(
            """([since, until]) => {
              const seen = [...document.querySelectorAll("article")].find((e) => e.getBoundingClientRect().top >= 40);
              return since <= seen?.dataset.publishedAt && seen.dataset.publishedAt < until;
            }""",
            arg=[since, until],
        )
        await session.send("HeapProfiler.collectGarbage")
        heap = (await session.send("Runtime.getHeapUsage"))["usedSize"]
        sizes.append(
            (heap, await page.frame.evaluate("document.querySelectorAll('article').length"))
        )
    assert max(number for _, number in sizes) <= 51
    assert max(heap for heap, _ in sizes[1:]) < sizes[0][0] + LARGER, sizes


async def test_it_shows_where_one_is_and_jumps_within_the_page(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    noon = datetime(2022, 2, 25, 10, tzinfo=UTC)
    ids = []
    for hour in range(12):
        at = (noon + timedelta(hours=hour)).isoformat()
        ids.append(editor.post(slug, f"{hour}\n\n" * 30, publish_at=at, key=hour == 3)["id"])
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    document = await page.document()
    await page.entry(ids[6]).evaluate("(e) => e.scrollIntoView()")
    await page.part(".story-bar .at").focus()
    await page.page.keyboard.press("Enter")
    current = page.part(".course [aria-current]")
    await current.wait_for()
    assert (await current.locator("b").inner_text()) == "18:00"
    assert await current.evaluate("(row) => row === document.activeElement")
    # By the keyboard to the row below, and from there into the feed.
    await page.page.keyboard.press("Tab")
    await page.page.keyboard.press("Enter")
    assert not await page.part(".hours").is_visible()
    assert await page.entry(ids[5]).evaluate("(e) => e === document.activeElement")
    assert 44 <= await page.top(ids[5]) < 120
    assert page.frame.url.endswith(f"#{ids[5]}")
    # Escape closes it, and it is the present one when it is opened again.
    await page.part(".tools [data-hours]").evaluate("(link) => link.click()")
    await current.wait_for()
    await page.page.keyboard.press("Escape")
    assert not await page.part(".hours").is_visible()
    editor.post(slug, "Late", publish_at=(noon + timedelta(hours=11, minutes=10)).isoformat())
    editor.remove(slug, ids[0])
    await page.level(editor.head(slug))
    await page.part(".tools [data-hours]").evaluate("(link) => link.click()")
    rows = page.part(".course li")
    await page.frame.wait_for_function(
        "() => document.querySelectorAll('.course li').length === 11"
    )
    assert "2 updates" in await rows.first.inner_text()
    await page.part(".hours-head button").click()
    assert not await page.part(".hours").is_visible()
    # Where it cannot be loaded, it says so.
    await reader.context.set_offline(True)
    reader.forgive("ERR_INTERNET_DISCONNECTED", "timeline")
    await page.part(".tools [data-hours]").evaluate("(link) => link.click()")
    await page.frame.wait_for_function(
        "() => document.querySelector('.course').textContent === 'Could not load. Try again'"
    )
    assert await page.document() == document


async def test_it_keeps_no_text_that_was_taken_down(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    sockets: list[WebSocketRoute] = []

    def note(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    await reader.context.route_web_socket("**/live?*", note)
    slug = editor.story()
    noon = datetime(2022, 2, 25, 10, tzinfo=UTC)
    secrets = [f"SECRET-{n}" for n in range(3)]
    ids = [
        editor.post(
            slug,
            headline=headline,
            key=True,
            publish_at=(noon + timedelta(hours=number)).isoformat(),
        )["id"]
        for number, headline in enumerate([*secrets, "Stays"])
    ]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    course, link = page.part(".course"), page.part(".tools [data-hours]")

    # Open: the row goes, the others and the focus stay.
    await link.click()
    await course.locator("[aria-current]").wait_for()
    stays = course.locator("a", has_text="Stays")
    await stays.focus()
    editor.remove(slug, ids[0], purge=True)
    await expect(course).not_to_contain_text(secrets[0])
    await expect(course).to_contain_text(secrets[1])
    await expect(stays).to_be_focused()
    assert await course.locator("[aria-current]").count() == 1

    # Open, and no answer comes.
    async def never(route: Route) -> None:
        unanswered.append(route)

    unanswered: list[Route] = []
    await page.page.route("**/timeline", never)
    editor.remove(slug, ids[1], purge=True)
    await expect(course).not_to_contain_text(secrets[1])
    assert unanswered
    await page.page.unroute("**/timeline")

    # Closed: after the event, and after a reset, which tells of no single event.
    await page.page.keyboard.press("Escape")
    for how in ("event", "reset"):
        await link.click()
        await expect(course).to_contain_text("Stays")
        await page.page.keyboard.press("Escape")
        assert secrets[2] in await course.inner_html() or how == "reset"
        if how == "event":
            editor.remove(slug, ids[2], purge=True)
        else:
            sockets[-1].send('{"type":"reset","reason":"too far behind"}')
        await expect(course).to_be_empty()


async def test_headings_follow_what_comes_goes_and_is_loaded(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(timezone="Asia/Tokyo")
    noon = datetime(2022, 2, 25, 3, tzinfo=UTC)

    def post(hours: int, **more: object) -> str:
        at = (noon + timedelta(hours=hours)).isoformat()
        made: str = editor.post(slug, f"At {hours}", publish_at=at, **more)["id"]
        return made

    for hours in range(-60, 0):
        post(hours)
    pages = [
        await reader.read(f"{shared_server.url}/stories/{slug}{order}")
        for order in ("", "?order=oldest")
    ]

    async def level() -> None:
        for page in pages:
            await page.level(editor.head(slug))
            new = page.part(".new-updates")  # with the oldest first they wait below the screen
            if await new.is_visible():
                await new.click()
            await same_as_fresh(reader, page)

    await level()
    headings = await pages[0].frame.evaluate(
        "[...document.querySelectorAll('[data-opens] > .when')].map((when) => when.dataset.day)"
    )
    days = [day.split(",")[0] for day in headings]  # in the reader's zone: UTC
    assert days == ["Friday", "Thursday", "Wednesday", "Tuesday"]
    begun, next_day = post(5, chapter="The waiting"), post(14)
    await level()
    editor.edit(slug, next_day, chapter="After it")
    await level()
    editor.edit(slug, begun, publish_at=(noon - timedelta(hours=30)).isoformat())
    await level()
    editor.remove(slug, next_day)
    await level()
    editor.edit(slug, begun, chapter=None)
    await level()


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["ltr", "rtl"])
async def test_it_has_no_fault_and_needs_no_script(
    shared_server: Server, editor: Editor, browser: Browser, words: dict[str, str]
) -> None:
    slug = editor.story(language=words["language"], title=words["title"])
    ids = [
        editor.post(slug, words["text"], headline=words["title"], key=True, verification=status)[
            "id"
        ]
        for status in ("unverified", "checking", "confirmed", "disputed", "retracted")
    ]
    editor.edit(slug, ids[0], chapter=words["place"])
    async with visitor(browser) as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        await page.part(".tools [data-hours]").click()
        await page.part(".course [aria-current]").wait_for()
        found = await violations(page.page, ("phone", "light"), ("desktop", "dark"))
        assert not found, "\n\n".join(found)
    async with visitor(browser, java_script_enabled=False) as somebody:
        plain = LivePage(await somebody.open(f"{shared_server.url}/stories/{slug}"))
        assert not await plain.part(".hours").is_visible()
        assert not await plain.part(".story-bar").is_visible()
        await plain.part(".tools [data-hours]").click()
        await plain.page.wait_for_url(f"**/stories/{slug}/timeline")
        await plain.page.locator(".course a").first.click()
        await plain.page.wait_for_url(f"**/stories/{slug}?at={ids[-1]}#{ids[-1]}")
        assert await plain.entry(ids[-1]).is_visible()
