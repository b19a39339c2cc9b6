"""What is sent goes out once and stays sent: with storage that hangs or fails, answers that are lost, two tabs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from browser import Visitor
from composer import BUSY, JSON, STORED, Gate, at_the_desk, drafts, picture, status, writer
from desk_client import Editor
from playwright.async_api import Route, expect
from processes import Server, until

pytestmark = pytest.mark.anyio
__all__ = ["writer"]  # the fixture

NEVER_ANSWERS = "IDBFactory.prototype.open = () => ({})"
# Nothing can be taken out of the outbox while `stuck`.
STUCK = """{
  const taken = IDBObjectStore.prototype.delete;
  IDBObjectStore.prototype.delete = function (id) {
    if (window.stuck && this.name === "outbox") throw new DOMException("the disk", "UnknownError");
    return taken.call(this, id);
  };
}"""


async def test_storage_that_never_answers(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    await writer.context.add_init_script(NEVER_ANSWERS)
    page, desk = await at_the_desk(writer, shared_server, slug)
    await page.route("**/drafts/*", lambda route: route.fulfill(**BUSY))
    words = page.locator(".ProseMirror")
    await words.press_sequentially("Kept by the page")
    await status(page, "^Not saved: this device keeps nothing, and not now")
    await page.unroute("**/drafts/*")
    await until(lambda: drafts(desk, slug) == ["Kept by the page"])  # without another key
    await words.press("Control+Enter")
    await page.get_by_text("Published. Readers have it.").wait_for()
    assert (editor.head(slug), drafts(desk, slug)) == (1, [])
    await expect(words).to_have_text("")
    desk.close()


async def test_what_was_sent_neither_goes_out_twice_nor_comes_back(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    await writer.context.add_init_script(STUCK)
    page, desk = await at_the_desk(writer, shared_server, slug)
    words = page.locator(".ProseMirror")
    late = Gate()
    await page.route("**/drafts/*", late)
    await words.press_sequentially("Once")
    await late.came.wait()
    await page.evaluate("window.stuck = true")
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Published. Readers have it.").wait_for()
    assert await page.evaluate(STORED, "outbox") == 1
    await expect(page.locator("[data-part=outbox] li")).to_have_count(0)
    async with page.expect_response("**/drafts/*") as saved:
        late.open.set()
    assert (await saved.value).status == 410  # it comes after the post
    await page.unroute("**/drafts/*")
    await page.reload()
    await page.wait_for_function(f"({STORED})('outbox').then((count) => count === 0)")
    await expect(words).to_have_text("")
    assert (editor.head(slug), drafts(desk, slug)) == (1, [])

    # An answer that is lost, then the connection, then the tab: no other device had a part in it.
    async def unheard(route: Route) -> None:
        await page.route("**/drafts/*", lambda route: route.abort())
        await route.fetch()
        await route.abort()

    await page.route("**/drafts/*", unheard)
    await words.press_sequentially("Half")
    await until(lambda: drafts(desk, slug) == ["Half"])
    async with page.expect_event("requestfailed", lambda one: "more" in (one.post_data or "")):
        await words.press_sequentially(" and more")
    await status(page, "^Saved on this device")
    await page.goto("about:blank")
    await page.unroute("**/drafts/*")
    await page.goto(f"{shared_server.url}/desk/stories/{slug}")
    await until(lambda: drafts(desk, slug) == ["Half and more"])
    await status(page, r"^Saved \d\d:\d\d$")
    assert await page.locator("dialog").count() == 0
    desk.close()


async def test_a_draft_that_is_known_late_joins_no_other_update(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    """The server says on a slow line that there is one: the next update is not begun with it."""
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    kept = {"fields": {"body": "Private, and half a "}, "on": 0}
    left = f"/desk/stories/{slug}/drafts/new.1"
    assert desk.http.put(left, json=kept, headers=JSON).status_code == 200
    late = Gate()
    await page.route("**/drafts", late)
    await page.reload()
    words = page.locator(".ProseMirror")
    await late.came.wait()
    for text in ("First", "Second"):
        await words.press_sequentially(text)
        await page.keyboard.press("Control+Enter")
        await page.get_by_text("Published. Readers have it.").wait_for()
        late.open.set()
        await expect(page.locator("[data-part=drafts] li")).to_have_count(1)
        await expect(words).to_have_text("")
    found = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [entry["body"] for entry in found] == ["Second", "First"]
    assert drafts(desk, slug) == ["Private, and half a "]
    desk.close()


async def test_two_tabs_and_one_in_which_somebody_leaves(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    await page.locator(".ProseMirror").press_sequentially("A draft")
    await until(lambda: drafts(desk, slug) == ["A draft"])
    await page.goto("about:blank")
    tabs = [page, await writer.context.new_page()]
    gates = [Gate(), Gate()]
    for tab, gate in zip(tabs, gates, strict=True):
        await tab.route("**/drafts", gate)
        await tab.goto(f"{shared_server.url}/desk/stories/{slug}")
    for gate in gates:
        await gate.came.wait()  # neither has taken it up
    for gate in gates:
        gate.open.set()
    back = [asyncio.create_task(tab.get_by_text("is back").wait_for()) for tab in tabs]
    done, waiting = await asyncio.wait(back, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    [task] = done
    page, other = tabs if task is back[0] else reversed(tabs)
    words = other.locator(".ProseMirror")
    await words.press_sequentially("Another")
    await until(lambda: drafts(desk, slug) == ["A draft", "Another"])

    # Signing out takes its time, and the other tab sends meanwhile.
    upload = Gate()
    await page.route("**/api/media", upload)
    await page.set_input_files("[name=picture]", picture(tmp_path))
    await upload.came.wait()
    await writer.context.route("**/outbox", lambda route: route.fulfill(**BUSY))
    await page.click("text=Sign out")
    await page.wait_for_selector("[inert] #composer", state="attached")
    await words.press("Control+Enter")
    await other.wait_for_function(f"({STORED})('outbox').then((count) => count === 1)")
    upload.open.set()
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("1 update is not sent yet")
    await asked.get_by_role("button", name="Stay signed in").click()
    await expect(page.locator("[inert]")).to_have_count(0)
    await page.locator(".ProseMirror").focus()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" !")
    await until(lambda: "A draft !" in drafts(desk, slug))
    await writer.context.unroute("**/outbox")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await until(lambda: (editor.head(slug), drafts(desk, slug)) == (1, ["A draft !"]))
    await other.close()
    await page.click("text=Sign out")
    await page.wait_for_url("**/desk/login")
    assert [await page.evaluate(STORED, name) for name in ("outbox", "drafts", "files")] == [0] * 3
    desk.close()


async def test_what_was_said_of_the_last_update_is_not_said_above_the_next(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    words = page.locator(".ProseMirror")
    await words.press_sequentially("The first.")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url("**?saved=published")
    await words.press_sequentially("The second, unfin")
    await until(lambda: drafts(desk, slug) == ["The second, unfin"])
    await page.goto("about:blank")
    await page.go_back()
    await expect(words).to_have_text("The second, unfin")
    assert page.url == f"{shared_server.url}/desk/stories/{slug}"
    assert await page.get_by_text("Published. Readers have it.").count() == 0
    desk.close()
