"""What somebody edits may be published or taken back meanwhile by others: the form says so, and does what its buttons say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from browser import Visitor, visitor
from desk_client import Editor
from desk_forms import Desk
from members import member
from playwright.async_api import Browser, Page, expect
from processes import PATIENCE, Server

pytestmark = pytest.mark.anyio
expect.set_options(timeout=PATIENCE * 1000)

PUBLIC = "It was published meanwhile: what you save now, readers see at once."
WITHDRAWN = "It is not public any more: do not publish it again by mistake."


@pytest.fixture
async def writer(browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser) as somebody:
        somebody.forgive("status of 412")
        yield somebody


async def typed(writer: Visitor, server: Server, slug: str, entry: str) -> Page:
    """The entry opened by an editor, with words of theirs that are not saved."""
    _, desk = await asyncio.to_thread(member, server, "editor")
    await writer.become(desk)
    page = await writer.open(f"{server.url}/desk/stories/{slug}?edit={entry}")
    await page.click(".ProseMirror")
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" Not checked yet.")
    return page


async def conflict(page: Page, words: str) -> None:
    """Both versions are shown with these words, which stay until it is saved."""
    await expect(page.locator(".conflict strong")).to_have_text(words)
    await page.click(".conflict .main")
    await expect(page.locator("[data-part=notices]")).to_contain_text(words)


def stands(editor: Editor, slug: str, entry: str) -> dict[str, Any]:
    said: dict[str, Any] = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    return said


async def test_what_was_published_meanwhile_is_not_saved_as_if_it_waited(
    shared_server: Server, editor: Editor, contributor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    entry = contributor.post(slug, "From the street.", status="submitted")["id"]
    page = await typed(writer, shared_server, slug, entry)
    await expect(page.locator("#f-correction")).to_be_hidden()
    editor.edit(slug, entry, status="published")
    await page.click("[data-part=save]")
    await conflict(page, PUBLIC)
    await expect(page.locator(".foot .main")).to_have_text("Save changes")
    for hidden in ("[data-part=save]", "#f-publish_at", "[data-add=schedule]"):
        await expect(page.locator(hidden)).to_be_hidden()
    await page.fill("#f-correction", "It was another street.")
    await page.click(".foot .main")
    await page.wait_for_url("**saved=saved*")
    assert stands(editor, slug, entry)["corrections"][0]["note"] == "It was another street."


async def test_what_was_taken_back_meanwhile_is_not_published_again_as_if_it_was_public(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The wrong name.")
    page = await typed(writer, shared_server, slug, entry["id"])
    undone = editor.http.post(
        f"/api/stories/{slug}/entries/{entry['id']}/undo", json={"rev": entry["rev"]}
    )
    assert undone.status_code == 200
    await page.keyboard.press("Control+Enter")
    await conflict(page, WITHDRAWN)
    await expect(page.locator(".foot .main")).to_have_text("Publish")
    await page.click("[data-part=save]")
    await page.wait_for_url("**saved=kept*")
    now = stands(editor, slug, entry["id"])
    assert (now["status"], now["body"]) == ("draft", "The wrong name. Not checked yet.")


def test_without_scripts_it_is_said_as_well(
    desk: Desk, editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    waits = contributor.post(slug, "From the street.", status="submitted")["id"]
    form = desk.open(f"{here}?edit={waits}").composer
    editor.edit(slug, waits, status="published")
    page = desk.send(form, {"body": "From a street."}, action="save")
    assert page.status == 412
    assert PUBLIC in page.alerts
    public = editor.post(slug, "The wrong name.")
    form = desk.open(f"{here}?edit={public['id']}").composer
    editor.http.post(f"/api/stories/{slug}/entries/{public['id']}/undo", json={"rev": 1})
    page = desk.send(form, {"body": "The wrong name!"}, action="publish")
    assert WITHDRAWN in page.alerts


async def test_signed_in_again_in_another_tab_what_was_typed_is_saved(
    shared_server: Server, editor: Editor, desk: Desk, editor_email: str, writer: Visitor
) -> None:
    slug = editor.story()
    await writer.become(desk)
    writer.forgive("status of 401", "status of 403", "WebSocket")
    page = await writer.open(f"{shared_server.url}/desk/stories/{slug}")
    await page.wait_for_selector(".connection[data-state=live]")
    await asyncio.to_thread(desk.http.post, "/desk/logout")
    await page.wait_for_selector(".connection[data-state=out]")
    await page.click(".ProseMirror")
    await page.keyboard.type("Half a sentence.")
    saved = page.locator("[data-part=status]")
    await expect(saved).to_contain_text("Signed out: kept on this device only.")
    # Another editor who signs in is not whom this page belongs to.
    _, other = await asyncio.to_thread(member, shared_server, "editor")
    await writer.become(other)
    await expect(page.locator("[data-who]")).to_contain_text("A editor")
    await expect(page.locator(".connection[data-state=out]")).to_be_visible()
    await expect(saved).to_contain_text("Signed out: kept on this device only.")
    await asyncio.to_thread(other.http.post, "/desk/logout")
    other.close()
    again = await asyncio.to_thread(desk.sign_in, editor_email)
    assert again.status_code == 303
    await writer.become(desk)
    await page.wait_for_selector(".connection[data-state=live]")
    await expect(saved).to_have_text(re.compile("^Saved [0-9]"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "published"}, "Your update has been published in the meantime"),
        ({"body": "From a street."}, "Edit it again to see both versions"),
    ],
)
async def test_an_edit_sent_offline_of_what_was_changed_meanwhile_goes_on(
    shared_server: Server, editor: Editor, writer: Visitor, change: dict[str, str], why: str
) -> None:
    """As a new update where it is public: on the page that it was sent from, which has had another form since."""
    slug = editor.story()
    _, desk = await asyncio.to_thread(member, shared_server, "contributor")
    own = {"body": "From the street.", "status": "submitted"}
    entry = desk.http.post(f"/api/stories/{slug}/entries", json=own).json()["id"]
    await writer.become(desk)
    writer.forgive("status of 4[01]", "ERR_", "WebSocket")
    page = await writer.open(f"{shared_server.url}/desk/stories/{slug}?edit={entry}")
    await page.click(".ProseMirror")
    await writer.context.set_offline(True)
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" And offline.")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(f"**/{slug}")
    editor.edit(slug, entry, **change)
    await writer.context.set_offline(False)
    outbox = page.locator("[data-part=outbox]")
    await expect(outbox).to_contain_text(why)
    await outbox.get_by_role("button", name="Edit again").click()
    await expect(page.locator(".ProseMirror")).to_have_text("From the street. And offline.")
    await expect(outbox).to_be_hidden()
    desk.close()


# What the page asks its outbox next is answered late.
LATE = """async () => {
  const { outbox } = await import(document.querySelector("script[src*='desk/drafts/device']").src);
  const items = outbox.items.bind(outbox);
  outbox.items = async () => {
    outbox.items = items;
    const found = await items();
    await new Promise((resolve) => (window.answer = resolve));
    return found.map((item) => ({ ...item, at: 0 }));
  };
  outbox.dispatchEvent(new Event("changed"));
}"""


async def test_what_was_sent_meanwhile_is_not_said_to_be_on_its_way(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    _, desk = await asyncio.to_thread(member, shared_server, "contributor")
    await writer.become(desk)
    writer.forgive("ERR_", "WebSocket")
    page = await writer.open(f"{shared_server.url}/desk/stories/{slug}")
    await page.click(".ProseMirror")
    await writer.context.set_offline(True)
    await page.keyboard.type("From a street.")
    await page.keyboard.press("Control+Enter")
    status = page.locator("[data-part=status]")
    await expect(status).to_have_text("Offline: 1 update waits here")
    await page.evaluate(LATE)
    await page.wait_for_function("'answer' in window")
    await writer.context.set_offline(False)
    await expect(status).to_have_text("Submitted. An editor will look at it.")
    await page.evaluate("answer()")
    await page.evaluate("new Promise((resolve) => setTimeout(resolve))")  # all that follows from it
    await expect(status).to_have_text("Submitted. An editor will look at it.")
    await expect(page.locator("[data-part=outbox]")).to_be_hidden()
    desk.close()
