"""Coverage that starts, pauses, asks and ends, on pages that are open meanwhile, in both directions of script."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe import violations
from browser import LivePage, Visitor, same_as_fresh
from desk_client import PASSWORD, Editor, add_token, add_user
from elements import element, opened
from elsewhere import elsewhere
from playwright.async_api import Locator, Page, expect
from processes import PATIENCE, Server

pytestmark = pytest.mark.anyio

SILENT, UNANSWERED = 3, 15  # seconds
WAIT = 3  # seconds until a change by the clock
WORDS = {
    "en": {"upcoming": "Upcoming", "live": "Live", "paused": "Paused", "ended": "Ended"},
    "ar": {"upcoming": "قريبًا", "live": "مباشر", "paused": "توقف مؤقت", "ended": "انتهت التغطية"},
}
SIGNS = """(badge) => {
  const { backgroundColor, borderRadius, borderInlineStartWidth, borderBlockStartWidth } = getComputedStyle(badge, "::before");
  const { color } = getComputedStyle(badge);
  return { sign: [backgroundColor === "rgba(0, 0, 0, 0)", borderRadius, borderInlineStartWidth, borderBlockStartWidth].join(" "), color };
}"""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks after seconds."""
    folder: Path = tmp_path_factory.mktemp("impatient")
    with Server(
        folder,
        LIVEBLOG_SILENT_HOURS=str(SILENT / 3600),
        LIVEBLOG_UNANSWERED_HOURS=str(UNANSWERED / 3600),
    ) as server:
        yield server


@pytest.fixture
def writer(impatient: Server) -> Iterator[Editor]:
    client = Editor(impatient.url, add_token(impatient.env))
    yield client
    client.close()


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def becomes(parts: list[Locator], words: str, due: datetime) -> None:
    """Asserts that all badges come to say the words, and that none does so before the time."""
    for part in parts:
        await expect(part).to_have_text(words, timeout=PATIENCE * 1000)
    assert datetime.now(UTC) >= due


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_open_pages_follow_the_clock(
    shared_server: Server, editor: Editor, reader: Visitor, language: str
) -> None:
    words = WORDS[language]
    slug = editor.story(language=language, status="upcoming")
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    widget = await reader.read(f"{shared_server.url}/stories/{slug}/embed")
    with elsewhere() as site:
        within = await opened(reader, site.put(element(shared_server, slug)))
        badges = [shown.part(".status .badge") for shown in (page, widget, within)]
        phases = [shown.part(".status .phase") for shown in (page, widget, within)]
        for badge in badges:
            assert await badge.inner_text() == words["upcoming"]
        start = soon(WAIT)
        editor.change_story(slug, coverage_start=start.isoformat())
        await becomes(badges, words["live"], start)
        for phase in phases:
            await expect(phase).to_have_count(0)

        editor.change_story(slug, status="paused", paused_until=soon(5 * 3600).isoformat())
        for badge, phase in zip(badges, phases, strict=True):
            await expect(badge).to_have_text(words["paused"])
            await expect(phase.locator("time")).to_have_attribute("data-ticking", "until")
            await expect(phase).to_contain_text(
                {"en": "in 5 hours", "ar": "خلال 5 ساعات"}[language]
            )
        back = soon(WAIT)
        editor.change_story(slug, paused_until=back.isoformat())
        await becomes(badges, words["live"], back)
        await page.level(editor.head(slug))
        await same_as_fresh(reader, page)

        end = soon(WAIT)
        editor.change_story(slug, coverage_end=end.isoformat())
        await becomes(badges, words["ended"], end)
        await page.state("ended")
        await expect(page.part(".line .pause")).to_be_hidden()
        await same_as_fresh(reader, page, state="ended")
        for phase in phases:
            await expect(phase.locator("time")).to_have_count(1)
    for event in editor.http.get(f"/stories/{slug}/events?after=0").json()["events"]:
        due = {5: back, 7: end, 2: start}.get(event["seq"])
        if due is not None:
            assert datetime.fromisoformat(event["at"]) >= due


async def at_desk(reader: Visitor, server: Server, slug: str) -> Page:
    email = f"ed-{time.time_ns()}@example.org"
    add_user(server.env, email, "editor")
    page = await reader.open(f"{server.url}/desk/login?next=/desk/stories/{slug}")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".connection[data-state=live]")
    return page


async def test_the_desk_is_asked_goes_on_and_the_story_ends_by_itself(
    impatient: Server, writer: Editor, reader: Visitor
) -> None:
    slug = writer.story(status="paused")  # which is not silent
    desk = await at_desk(reader, impatient, slug)
    page = await reader.read(f"{impatient.url}/stories/{slug}")
    writer.change_story(slug, status="live")
    asked = desk.locator(".asked")
    await expect(asked).to_contain_text("No update since", timeout=PATIENCE * 1000)
    await asked.get_by_role("button", name="Go on").click()
    await expect(asked).to_have_count(0)
    found = writer.http.get(f"/api/stories/{slug}").json()
    assert (found["status"], found["asked_at"], found["head"]) == ("live", None, 1)
    await expect(asked).to_be_visible(timeout=PATIENCE * 1000)
    assert writer.http.get(f"/api/stories/{slug}").json()["asked_at"]
    await page.state("ended")
    await expect(asked).to_have_count(0)
    await expect(desk.locator(".seg [aria-pressed=true]")).to_have_text("Ended")
    await desk.reload()
    await desk.get_by_text("Story settings", exact=True).click()
    log = desk.locator(".coverage-log li")
    await expect(log).to_have_count(2)
    await expect(log.first).to_contain_text("Ended, by itself: no update for long, and no answer")
    await same_as_fresh(reader, page, state="ended")
    # Nobody has ended it: an update makes it live again.
    writer.post(slug, "It is not over.")
    await desk.wait_for_selector('.bar[data-status="live"]')
    found = writer.http.get(f"/api/stories/{slug}").json()
    assert (found["status"], found["coverage_end"]) == ("live", None)


async def test_an_editor_pauses_until_a_time_at_the_desk(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    desk = await at_desk(reader, shared_server, slug)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await desk.click(".pausing summary")
    await desk.fill(".pausing [name=paused_until]", "2020-01-01T09:00")
    reader.forgive("422")
    await desk.click(".pausing button")
    await expect(desk.locator("#notices")).to_contain_text("Paused until: must lie in the future")
    assert await desk.input_value(".pausing [name=paused_until]") == "2020-01-01T09:00"
    await desk.fill(".pausing [name=paused_until]", "2190-01-02T09:00")
    await asyncio.sleep(1)  # two presses within a moment count as one
    await desk.click(".pausing button")
    await expect(page.part(".status .badge")).to_have_text("Paused")
    await expect(page.part(".status .phase")).to_contain_text("2 January 2190")
    await expect(desk.locator("#coverage")).to_contain_text("Goes live again 2 January 2190")
    assert editor.http.get(f"/api/stories/{slug}").json()["paused_until"] == "2190-01-02T07:00:00Z"
    await desk.locator(".seg").get_by_role("button", name="Live").click()
    await expect(page.part(".status .badge")).to_have_text("Live")
    await expect(desk.locator("#coverage")).to_be_empty()
    assert await violations(desk, ("desktop", "light"), ("phone", "dark")) == []


async def test_each_state_has_its_word_colour_and_sign(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    ahead = soon(5 * 3600).isoformat()
    more = {"upcoming": {"coverage_start": ahead}, "paused": {"paused_until": ahead}}
    for language, colours in (("en", "light"), ("ar", "dark")):
        faces: list[dict[str, str]] = []
        for status, word in WORDS[language].items():
            slug = editor.story(language=language, status=status, **more.get(status, {}))
            page: LivePage = await reader.read(
                f"{shared_server.url}/stories/{slug}", "ended" if status == "ended" else "live"
            )
            await page.page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
            badge = page.part(".story .badge")
            assert await badge.text_content() == word
            faces.append(await badge.evaluate(SIGNS))
            assert await violations(page.page, ("phone", colours)) == []
            await page.page.close()
        assert len({face["sign"] for face in faces}) == 4
        assert len({face["color"] for face in faces}) == 4
