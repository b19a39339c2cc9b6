"""Hours at the desk: asked about where the clocks change, told with their offset, and on the button: when
readers get it, by the hour, the embargo and the delay of a protected author."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from browser import Visitor, visitor
from commands import run
from desk_client import Editor
from desk_forms import Desk
from members import member
from playwright.async_api import Browser, Page, Response, expect
from processes import Server, until

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def writer(browser: Browser, desk: Desk) -> AsyncIterator[Visitor]:
    """An editor's browser, whose device is in another zone than any story."""
    async with visitor(browser, timezone_id="Asia/Tokyo") as somebody:
        await somebody.become(desk)
        yield somebody


async def opened(writer: Visitor, server: Server, slug: str, query: str = "") -> Page:
    page = await writer.open(f"{server.url}/desk/stories/{slug}{query}")
    await page.wait_for_selector(".ProseMirror")
    return page


def entries_of(editor: Editor, slug: str, status: str) -> list[dict[str, str]]:
    answer = editor.http.get(f"/api/stories/{slug}/entries?status={status}")
    found: list[dict[str, str]] = answer.json()["entries"]
    return found


def test_the_plain_form_asks_for_every_hour_and_loses_nothing(editor: Editor, desk: Desk) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    here = f"/desk/stories/{slug}"
    asked = desk.write(slug, body="At night.", occurred_at="2024-10-27T03:30", headline="H")
    assert asked.status == 422
    assert "03:30 on 27 October 2024 comes twice in Europe/Kyiv" in asked.alerts
    choices = [one.text() for one in asked.tree.css("#f-occurred_at-offset option")]
    assert choices == ["", "03:30 (UTC+3)", "03:30 (UTC+2)"]
    kept = asked.composer.values
    typed = [kept[name] for name in ("body", "headline", "occurred_at")]
    assert typed == ["At night.", "H", "2024-10-27T03:30"]
    assert desk.send(asked.composer, occurred_at_offset="+02:00").status == 200
    [entry] = entries_of(editor, slug, "published")
    assert entry["occurred_at"] == "2024-10-27T01:30:00Z"
    # Opened again it is the same, and may be changed to the other one.
    again = desk.open(f"{here}?edit={entry['id']}")
    assert again.composer.values["occurred_at_offset"] == "+02:00"
    assert again.one("output[for=f-occurred_at]").text() == "03:30 (UTC+2)"
    assert desk.send(again.composer, body="At night, mended.").status == 200
    assert entries_of(editor, slug, "published")[0]["occurred_at"] == "2024-10-27T01:30:00Z"
    again = desk.open(f"{here}?edit={entry['id']}")
    assert desk.send(again.composer, occurred_at_offset="+03:00").status == 200
    assert entries_of(editor, slug, "published")[0]["occurred_at"] == "2024-10-27T00:30:00Z"


def test_the_forms_beside_entries_ask_for_every_hour(editor: Editor, desk: Desk) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    here = f"/desk/stories/{slug}"
    draft = editor.post(slug, "Later.", status="draft")["id"]
    action = f"{here}/entries/{draft}/schedule"
    gap = {"publish_at": "2120-03-31T03:15", "embargo_until": "2120-03-31T03:00"}
    asked = desk.send(desk.open(here).form(action), gap)
    assert (asked.status, "does not exist" in asked.alerts) == (422, True)
    form = asked.form(action)
    assert {name: form.values[name] for name in gap} == gap
    both = {"publish_at_offset": "+02:00", "embargo_until_offset": "+02:00"}
    assert desk.send(form, both).status == 200
    [entry] = entries_of(editor, slug, "scheduled")
    assert entry["published_at"].startswith("2120-03-31T01:15")
    assert entry["embargo_until"] == "2120-03-31T01:00:00Z"
    card = desk.open(here).one(f"#row-{draft} .meta").text()
    assert "31 March 2120, 04:15 (UTC+3)" in card
    assert "embargoed until 31 March 2120, 04:00 (UTC+3)" in card


def test_the_form_of_the_story_asks_for_every_hour(editor: Editor, desk: Desk) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    here = f"/desk/stories/{slug}"
    asked = desk.send(desk.open(here).form(here), coverage_start="2026-10-25T03:30")
    assert (asked.status, "comes twice" in asked.alerts) == (422, True)
    assert desk.send(asked.form(here), coverage_start_offset="+03:00").status == 200
    story = editor.http.get(f"/api/stories/{slug}").json()
    assert story["coverage_start"] == "2026-10-25T00:30:00Z"


async def test_the_composer_asks_at_once_and_says_every_hour_with_its_offset(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story(timezone="Australia/Lord_Howe")
    page = await opened(writer, shared_server, slug)
    writer.forgive("status of 422")
    await page.fill("#f-body", "In the morning.")
    await page.get_by_role("button", name="+ Happened at").click()
    await page.fill("#f-occurred_at", "2024-04-07T01:45")
    which = page.locator(".composer").get_by_label("Which time do you mean?").first
    await expect(which.locator("option")).to_have_text(["", "01:45 (UTC+11)", "01:45 (UTC+10:30)"])
    await expect(page.locator(".chosen")).to_contain_text("7 April 2024, 01:45 (which one?)")
    # Who does not answer is asked by the server too, at the field; nothing is lost.
    await page.click("#composer .main")
    await expect(page.locator("#f-occurred_at-wrong")).to_contain_text("comes twice")
    await expect(page.locator("#f-body")).to_have_value("In the morning.")
    await which.select_option("01:45 (UTC+10:30)")
    await expect(page.locator(".chosen")).to_contain_text("7 April 2024, 01:45 (UTC+10:30)")
    await expect(page.locator("output[for=f-occurred_at]")).to_have_text("01:45 (UTC+10:30)")
    # Another hour of that night keeps the answer; one of another day needs none.
    await page.fill("#f-occurred_at", "2024-04-07T01:50")
    await expect(page.locator("output[for=f-occurred_at]")).to_have_text("01:50 (UTC+10:30)")

    def keeps_all(answer: Response) -> bool:
        return "/drafts/" in answer.url and "2119-06-01T12:00" in (answer.request.post_data or "")

    async with page.expect_response(keeps_all):
        await page.fill("#f-publish_at", "2119-06-01T12:00")
    await expect(which).to_be_visible()
    await expect(page.locator("#composer .main")).to_have_text(
        "Schedule for 1 June 2119, 12:00 (UTC+10:30)"
    )
    await page.reload()  # the draft has the answer, too
    await expect(page.locator("output[for=f-occurred_at]")).to_have_text("01:50 (UTC+10:30)")
    await page.get_by_role("button", name="+ Publish at").click()
    await page.fill("#f-publish_at", "2024-06-01T12:00")
    await expect(page.locator("#composer .main")).to_have_text(
        "Publish, dated 1 June 2024, 12:00 (UTC+10:30)"
    )
    await page.click("#composer .main")
    await until(lambda: editor.head(slug) == 1)
    [entry] = entries_of(editor, slug, "published")
    assert entry["occurred_at"] == "2024-04-06T15:20:00Z"


async def test_an_embargo_offers_its_hour_and_to_break_it(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    page = await opened(writer, shared_server, slug)
    main, broken = page.locator("#composer .main"), page.get_by_role("button", name="Break the")
    await page.fill("#f-body", "Under embargo.")
    await expect(broken).to_be_hidden()
    await page.locator("summary:has-text('Place, time')").click()
    await page.fill("#f-embargo_until", "2120-02-25T10:25")
    await expect(main).to_have_text("Schedule for 25 February 2120, 10:25 (UTC+2)")
    await expect(broken).to_be_visible()
    await page.press("#f-embargo_until", "Control+Enter")
    await page.locator("[data-part=status]").get_by_text("Scheduled").wait_for()
    [entry] = entries_of(editor, slug, "scheduled")
    assert entry["published_at"].startswith("2120-02-25T08:25")
    await expect(main).to_have_text("Publish")
    await page.fill("#f-embargo_until", "2120-02-25T10:25")
    await page.fill("#f-body", "It is out all the same.")
    await broken.click()
    await until(lambda: editor.head(slug) == 1)

    # On its card as well; to the second, though forms have minutes.
    seconds = "2120-02-25T08:25:30Z"
    draft = editor.post(slug, "Waits.", status="draft", embargo_until=seconds)["id"]
    card = page.locator(f"#row-{draft}")
    await card.get_by_role("button", name="Schedule for 25 February 2120, 10:25 (UTC+2)").click()
    await expect(page.locator(f"#row-{draft}[data-status=scheduled]")).to_be_visible()
    now = entries_of(editor, slug, "scheduled")
    at = {one["id"]: one["published_at"] for one in now}
    assert at[draft] == "2120-02-25T08:25:30.000000Z"
    draft = editor.post(slug, "Waits too.", status="draft", embargo_until=seconds)["id"]
    page = await opened(writer, shared_server, slug, f"?edit={draft}")
    await page.click("#composer .main:has-text('Schedule for')")
    await page.wait_for_url("**saved=scheduled*")
    assert draft in {one["id"] for one in entries_of(editor, slug, "scheduled")}


async def test_who_is_protected_is_said_before_publishing(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    user, author = await asyncio.to_thread(member, shared_server, "contributor")
    env = shared_server.env
    assert run("user", "byline", user.email, "Our reporter", env=env).returncode == 0
    told = ["--delay", "60", "--place", "region", "--region", "Kharkiv region"]
    assert run("user", "protect", user.email, *told, env=env).returncode == 0
    written = {"body": "From the street.", "status": "submitted"}
    sent = author.http.post(f"/api/stories/{slug}/entries", json=written).json()
    author.close()
    due = datetime.fromisoformat(sent["created_at"]) + 60 * MINUTE
    clock = f"{due.astimezone(UTC) + timedelta(hours=2):%H:%M}"
    page = await opened(writer, shared_server, slug)
    card = page.locator(f"#row-{sent['id']} .protected")
    await expect(card).to_contain_text(f"Protected: {user.name}. Published at ")
    await expect(card).to_contain_text(f"{clock} (UTC+2) at the earliest, 60 minutes after")
    await expect(card).to_contain_text("Readers see Kharkiv region")
    await expect(card).to_contain_text("the name Our reporter")
    await page.locator(f"#row-{sent['id']}").get_by_role("link", name="Edit and publish").click()
    await page.wait_for_url(f"**edit={sent['id']}*")
    await page.wait_for_selector(".ProseMirror")
    main = page.locator("#composer .main")
    words = re.compile(rf"^Publish at (\d+ \w+ \d+, )?{clock}, held to protect the author$")
    await expect(main).to_have_text(words)
    await expect(page.locator("#composer .protected")).to_contain_text(user.name)
    await page.fill("#f-publish_at", "2120-02-25T10:25")
    await expect(main).to_have_text("Schedule for 25 February 2120, 10:25 (UTC+2)")
    await page.fill("#f-publish_at", "")
    await main.click()
    await page.wait_for_url("**saved=scheduled*")
    [entry] = entries_of(editor, slug, "scheduled")
    assert datetime.fromisoformat(entry["published_at"]) - due < MINUTE
    row = page.locator(f"#row-{sent['id']}")
    await expect(row).to_contain_text("Held back until")
    await expect(row.get_by_role("button", name="Publish now")).to_have_count(0)
