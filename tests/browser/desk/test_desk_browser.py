"""The desk in a real browser: an editor writes, and a reader who has the page open sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from browser import Visitor, same_as_fresh, visitor
from desk_client import PASSWORD, Editor
from playwright.async_api import Browser, Page, expect
from processes import PATIENCE, Server, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writer(
    browser: Browser, shared_server: Server, editor_email: str
) -> AsyncIterator[Visitor]:
    """An editor's browser, signed in by the form."""
    async with visitor(browser) as somebody:
        somebody.forgive("icon.svg: net::ERR_ABORTED")
        page = await somebody.open(f"{shared_server.url}/desk")
        assert "/desk/login" in page.url
        await page.fill("[name=email]", editor_email)
        await page.fill("[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("form.who")
        await page.close()
        yield somebody


async def story_desk(writer: Visitor, server: Server, slug: str) -> Page:
    """With its editor, which takes over the focus, and what is being filled in."""
    page = await writer.open(f"{server.url}/desk/stories/{slug}")
    await page.wait_for_selector(".ProseMirror")
    return page


async def test_the_main_job(
    shared_server: Server, editor: Editor, writer: Visitor, reader: Visitor
) -> None:
    """Writes, publishes, edits, pins, verifies and removes; the reader has each at once."""
    slug = editor.story()
    story = await reader.read(f"{shared_server.url}/stories/{slug}")
    document = await story.document()
    desk = await story_desk(writer, shared_server, slug)

    await desk.fill("#f-headline", "From the desk")
    await desk.fill("#f-body", "Some **news**, with [a link](https://example.org)")
    await desk.check("[name=key]")
    await desk.press("#f-body", "Control+Enter")
    await desk.wait_for_url("**?saved=published")
    await desk.locator("[data-part=status]").get_by_text("Published. Readers have it.").wait_for()
    await desk.reload()
    await story.level(1)
    [entry] = await story.ids()
    assert await story.entry(entry).locator("h2").inner_text() == "From the desk"
    assert await story.entry(entry).locator(".body strong").inner_text() == "news"
    assert await story.part(".points li").count() == 1

    row = desk.locator(f'.row:has([id="{entry}"])')
    await row.get_by_role("link", name="Edit", exact=True).click()
    await desk.wait_for_url(f"**?edit={entry}*")
    assert await desk.input_value("#f-body") == "Some **news**, with [a link](https://example.org)"
    await desk.fill("#f-body", "Better news")
    await desk.click("#composer button.main")
    await desk.wait_for_url("**?saved=saved*")
    await story.level(2)
    assert await story.entry(entry).locator(".body").inner_text() == "Better news"

    await row.get_by_role("button", name="Pin").click()
    await story.level(3)
    await row.get_by_text("Verify", exact=True).click()
    await row.get_by_label("Verification").select_option("confirmed")
    await row.get_by_label("Reason, shown to readers").fill("Two have seen it")
    await row.get_by_role("button", name="Save").click()
    await story.level(4)
    assert await story.entry(entry).locator(".marks").inner_text() != ""
    assert await story.entry(entry).locator(".note span").first.inner_text() == "Two have seen it"
    await same_as_fresh(reader, story)

    await row.get_by_text("Remove", exact=True).click()
    await row.get_by_label("Reason (newsroom only)").fill("It was not so")
    await row.get_by_role("button", name="Remove from all pages").click()
    await story.level(5)
    assert await story.ids() == []
    assert "Removed from all pages" in await desk.locator(".report.good").inner_text()
    await same_as_fresh(reader, story)
    assert await story.document() == document


async def test_a_mistake_keeps_everything_that_was_typed(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    writer.forgive("status of 422", "status of 409")
    slug = editor.story()
    desk = await story_desk(writer, shared_server, slug)
    await desk.click("summary:has-text('Place, time')")
    typed = {
        "#f-headline": "A “headline” & <b>more</b>",
        "#f-body": "\nFirst\n\n    kept spaces  \n</textarea><b>",
        "#f-labels": "breaking, analysis",
        "#f-dateline": "Kharkiv",
        "#f-occurred_at": "2022-02-25T14:30",
        "#f-embargo_until": "2120-02-25T14:30",
        "#f-topics": "kharkiv",
        "#f-credits": "text | Fin | @finlookedintoit | https://example.org/fin",
        "#f-sources": "nobody | Hotel staff",
    }
    for field, text in typed.items():
        await desk.fill(field, text)
    await desk.check("[name=key]")
    await desk.check("[name=pinned]")
    await desk.select_option("#f-verification", "checking")
    await desk.click("#composer button.main")
    await desk.wait_for_selector(".notice.bad")
    assert await desk.get_attribute("#f-sources", "aria-invalid") == "true"
    assert {field: await desk.input_value(field) for field in typed} == typed
    assert await desk.is_checked("[name=key]")
    assert await desk.is_checked("[name=pinned]")
    assert await desk.input_value("#f-verification") == "checking"
    assert editor.head(slug) == 0

    await desk.fill("#f-sources", "witness | Hotel staff")
    words = "Schedule for 25 February 2120, 14:30 (UTC"
    await expect(desk.locator("#composer button.main")).to_contain_text(words)
    await desk.get_by_role("button", name="Remove the embargo").click()
    await desk.press("#f-headline", "Control+Enter")
    await desk.wait_for_url("**?saved=published")
    [entry] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert entry["headline"] == typed["#f-headline"]
    assert entry["body"] == typed["#f-body"]


async def test_an_empty_text_is_not_sent(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    desk = await story_desk(writer, shared_server, slug)
    await desk.fill("#f-headline", "Only a headline")
    await desk.click("#composer button.main")
    await desk.wait_for_selector(".ProseMirror:focus, #f-body:focus")
    assert await desk.input_value("#f-headline") == "Only a headline"
    assert editor.head(slug) == 0


async def test_who_clicks_twice_publishes_once(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    desk = await story_desk(writer, shared_server, slug)
    await desk.fill("#f-body", "Once")
    await desk.evaluate(
        """() => {
          const button = document.querySelector("#composer button.main");
          button.click();
          button.click();
        }"""
    )
    await desk.wait_for_url("**?saved=published")
    await desk.fill("#f-body", "Then another")
    await desk.press("#f-body", "Control+Enter")
    await until(lambda: editor.head(slug) == 2)
    await desk.locator(".row").nth(1).wait_for()
    status = desk.get_by_role("form", name="Coverage")
    await status.get_by_role("button", name="Paused").dblclick()
    await status.get_by_role("button", name="Ended").click()  # at once: the first was a mistake
    await status.get_by_role("button", name="Ended", pressed=True).wait_for()
    assert editor.http.get(f"/api/stories/{slug}").json()["status"] == "ended"


async def test_what_is_not_sent_is_there_when_its_writer_comes_back(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    desk = await story_desk(writer, shared_server, slug)
    await desk.fill("#f-body", "Half a sent")
    await expect(desk.locator("[data-part=status]")).to_contain_text("Saved")
    await desk.click("text=All stories")
    await desk.wait_for_url("**/desk")
    await desk.go_back()
    await expect(desk.locator("#f-body")).to_have_value("Half a sent", timeout=PATIENCE * 1000)
