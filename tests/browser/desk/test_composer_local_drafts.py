"""What is typed on a device is never lost: while something is on its way, without storage, when signing out."""

from __future__ import annotations

import asyncio
import base64
import re
from pathlib import Path
from typing import Any

import pytest
from browser import Visitor
from composer import BUSY, JSON, STORED, Gate, at_the_desk, drafts, picture, status, writer
from desk_client import PASSWORD, Editor
from playwright.async_api import Route, expect
from processes import Server, until

pytestmark = pytest.mark.anyio
__all__ = ["writer"]  # the fixture

NO_STORAGE = """IDBFactory.prototype.open = () => {
  const asked = {};
  setTimeout(() => {
    asked.error = new DOMException("no storage", "UnknownError");
    asked.onerror?.();
  });
  return asked;
}"""


async def test_what_is_typed_while_an_edit_is_on_its_way_goes_on_as_a_draft(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "One.")["id"]

    def now() -> dict[str, Any]:
        found: dict[str, Any] = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
        return found

    page, desk = await at_the_desk(writer, shared_server, slug)
    here = page.url
    await page.goto(f"{here}?correct={entry}")
    words = page.locator(".ProseMirror")
    await words.wait_for()
    gate = Gate()
    await page.route("**/outbox/*", gate)
    await page.fill("#f-correction", "It was two.")
    await words.press("Control+End")
    await page.keyboard.type(" Two.")
    await page.keyboard.press("Control+Enter")
    await gate.came.wait()
    await words.press("Control+End")
    await page.keyboard.type(" Three.")
    await until(lambda: drafts(desk, slug) == ["One. Two. Three."])
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("The last change is still on its way.").wait_for()
    gate.open.set()
    await page.get_by_text("What you typed since is kept as a draft.").wait_for()
    assert (now()["body"], now()["rev"]) == ("One. Two.", 2)
    assert await page.input_value("#f-body") == "One. Two. Three."
    await page.click("#composer button.main")
    await page.wait_for_url("**?saved=saved*")
    assert (now()["body"], len(now()["corrections"])) == ("One. Two. Three.", 1)
    await until(lambda: drafts(desk, slug) == [])

    desk.close()


async def test_an_edit_that_is_refused_or_waits_takes_nothing_out_of_the_form(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Three.")["id"]
    page, desk = await at_the_desk(writer, shared_server, slug)
    await page.goto(f"{page.url}?edit={entry}")
    words = page.locator(".ProseMirror")
    await words.wait_for()
    gate = Gate()
    await page.route("**/outbox/*", gate)
    await words.press("Control+End")
    await page.keyboard.type(" Four.")
    await page.keyboard.press("Control+Enter")
    await gate.came.wait()
    await page.keyboard.type(" Five.")
    editor.edit(slug, entry, headline="By somebody else")
    gate.open.set()
    await page.wait_for_selector(".conflict")
    assert await page.input_value("#f-body") == "Three. Four. Five."
    await page.click(".conflict >> text=Put both together")
    await page.unroute("**/outbox/*")
    typed = asyncio.Event()

    async def busy(route: Route) -> None:
        await typed.wait()
        await route.fulfill(**BUSY)

    await page.route("**/outbox/*", busy)
    await page.keyboard.press("Control+Enter")
    await page.keyboard.type(" Six.")
    typed.set()
    await page.wait_for_selector("[data-part=outbox] li")
    assert (await page.input_value("#f-body")).endswith("Five. Six.")
    await page.unroute("**/outbox/*")
    await page.get_by_text("What you typed since is kept as a draft.").wait_for()
    [found] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert (found["body"], found["headline"]) == ("Three. Four. Five.", "By somebody else")

    # What was discarded elsewhere is not brought back behind the writer's back, and not lost either.
    await page.unroute("**/outbox/*")
    await status(page, r"^Saved \d\d:\d\d$")
    gone = {"status": 410, "content_type": "application/problem+json"}
    body = '{"title": "Gone", "detail": "this draft was published or discarded elsewhere"}'
    await page.route("**/drafts/*", lambda route: route.fulfill(**gone, body=body))
    await page.keyboard.type(" Seven.")
    await page.get_by_text("This draft was published or discarded elsewhere.").wait_for()
    await page.unroute("**/drafts/*")
    await page.click("text=Keep as a new draft")
    await until(lambda: any(text.endswith("Six. Seven.") for text in drafts(desk, slug)))
    desk.close()


async def test_an_edit_that_waits_leaves_the_form_to_the_next_update(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "One.")["id"]
    page, desk = await at_the_desk(writer, shared_server, slug)
    withheld = {"body": "Later", "publish_at": "", "embargo_until": "2030-01-01T12:00"}
    kept = {"fields": withheld, "on": 0}
    draft = f"/desk/stories/{slug}/drafts/new.1"
    assert desk.http.put(draft, json=kept, headers=JSON).status_code == 200
    await page.goto(f"{page.url}?edit={entry}")
    await page.locator(".ProseMirror").press("Control+End")
    await page.keyboard.type(" Two.")
    await expect(page.get_by_role("button", name="+ Publish at")).to_be_hidden()
    await page.route("**/outbox/*", lambda route: route.fulfill(**BUSY))
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#composer h2")).to_have_text("New update")
    await page.unroute("**/outbox/*")
    await page.locator(".ProseMirror").press_sequentially("Next")
    await page.keyboard.press("Control+Enter")
    await until(lambda: editor.head(slug) == 3)
    found = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [row["body"] for row in found] == ["Next", "One. Two."]

    # What may not be published yet is not, although the form was that of an edit.
    await page.click("[data-part=drafts] summary")
    await page.click("text=Go on with it")
    await expect(page.locator("#f-embargo_until")).to_have_value("2030-01-01T12:00")
    await page.keyboard.press("Control+Enter")
    await page.locator("[data-part=status]").get_by_text("Scheduled.").wait_for()
    assert editor.head(slug) == 3
    desk.close()


async def test_leaving_with_a_picture_that_is_not_there_yet(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    words, item = page.locator(".ProseMirror"), page.locator(".pictures li")
    await page.route("**/api/media", lambda route: route.fulfill(**BUSY))
    await words.press_sequentially("With a picture")
    await page.set_input_files("[name=picture]", picture(tmp_path))
    await expect(item).to_have_attribute("data-state", "failed")
    await page.click("text=Sign out")
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("1 picture of a draft has not reached the server")
    await asked.get_by_role("button", name="Stay signed in").click()
    assert await page.evaluate(STORED, "files") == 1

    # A network that is open on one side only does not hold up what waits for ever.
    await page.clock.install()
    await page.unroute("**/api/media")
    gate = Gate()
    await page.route("**/api/media", gate)
    await item.get_by_role("button", name="Try again").click()
    await gate.came.wait()
    await expect(item).to_have_attribute("data-state", "sending")
    await page.clock.run_for(61_000)
    await expect(item).to_have_attribute("data-state", "waiting")
    gate.open.set()
    await page.unroute("**/api/media")

    # What is discarded leaves nothing behind.
    await page.clock.resume()
    await page.reload()
    await page.get_by_role("button", name="Discard it").click()
    for name in ("drafts", "files"):
        await page.wait_for_function(f"({STORED})('{name}').then((count) => count === 0)")
    desk.close()


async def test_leaving_sends_a_picture_first(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    words, item = page.locator(".ProseMirror"), page.locator(".pictures li")
    await page.route("**/api/media", lambda route: route.fulfill(**BUSY))
    await words.press_sequentially("With another")
    await page.set_input_files("[name=picture]", picture(tmp_path))
    await expect(item).to_have_attribute("data-state", "failed")
    await page.unroute("**/api/media")
    await page.click("text=Sign out")
    await page.wait_for_url("**/desk/login")
    assert [await page.evaluate(STORED, name) for name in ("drafts", "files")] == [0, 0]
    desk.close()


COPIED = """(bytes) => {
  const data = new DataTransfer();
  const picture = Uint8Array.from(atob(bytes), (one) => one.charCodeAt());
  data.items.add(new File([picture], "image.png", { type: "image/png" }));
  data.setData("text/html", '<meta charset="utf-8"><img src="https://example.org/red.png" alt="Red">');
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


async def test_a_file_that_is_refused_is_not_sent_again(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    item = page.locator(".pictures li")
    drawing = tmp_path / "drawing.png"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    await page.set_input_files("[name=picture]", drawing)
    await expect(item).to_have_attribute("data-state", "refused")
    await expect(item.locator(".progress")).to_have_text(re.compile("^is not a picture"))
    await expect(item.get_by_role("button", name="Try again")).to_be_hidden()
    words = page.locator(".ProseMirror")
    await words.press("Control+Enter")
    await page.get_by_text("The text is missing.").wait_for()
    await words.press_sequentially("Without it")
    await expect(page.get_by_text("The text is missing.")).to_have_count(0)
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Not sent: a file is not accepted.").wait_for()
    await expect(item.get_by_role("button", name="Remove")).to_be_focused()
    await page.keyboard.press("Enter")
    # A picture that was copied from a page comes with its markup; who writes goes on writing.
    await words.focus()
    shown = base64.b64encode(picture(tmp_path).read_bytes()).decode()
    await page.evaluate(COPIED, shown)
    await expect(item).to_have_attribute("data-state", "done")
    await expect(words).to_be_focused()
    await item.get_by_role("button", name="Remove").click()
    await words.focus()
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Published. Readers have it.").wait_for()
    desk.close()


async def test_a_device_that_keeps_nothing(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    shown = {"file": ("red.png", picture(tmp_path).read_bytes(), "image/png")}
    medium = editor.http.post("/api/media", files=shown, data={"alt": "Red"}).json()["id"]
    entry = editor.post(slug, "As it was", media=[{"id": medium, "alt": "Red"}])["id"]
    await writer.context.add_init_script(NO_STORAGE)
    page, desk = await at_the_desk(writer, shared_server, slug)
    words, item = page.locator(".ProseMirror"), page.locator(".pictures li")
    await words.press_sequentially("On the server")
    await status(page, r"^Saved on the server \d\d:\d\d; this device keeps nothing$")
    await page.set_input_files("[name=picture]", picture(tmp_path))
    await expect(item).to_have_attribute("data-state", "done")
    await page.fill(".pictures input", "A red square")
    await page.keyboard.press("Control+Enter")  # no shortcut here
    await page.click("#composer button.main")
    await page.get_by_text("Published. Readers have it.").wait_for()
    await expect(words).to_have_text("")
    await page.goto(f"{page.url.partition('?')[0]}?edit={entry}")
    await words.press_sequentially("! ")
    await page.click("#composer button.main")
    await page.wait_for_url("**?saved=saved*")
    found = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [(one["body"], len(one["media"])) for one in found] == [
        ("On the server", 1),
        ("! As it was", 1),
    ]

    await page.route("**/api/media", lambda route: route.abort())
    await words.press_sequentially("Without it")
    await page.set_input_files("[name=picture]", picture(tmp_path))
    await expect(item).to_contain_text("stay on this page until it is sent")
    await page.fill(".pictures input", "Blue")
    await page.click("text=Sign out")
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("on this page alone")
    await asked.get_by_role("button", name="Stay signed in").click()
    await page.click("#composer button.main")
    await page.get_by_text("picture 1 (Blue) did not reach the server").wait_for()
    await page.click("text=Send without it")
    await page.get_by_text("Published. Readers have it.").wait_for()
    await page.click("text=Sign out")
    await page.wait_for_url("**/desk/login")
    desk.close()


async def test_the_other_version_is_safe_before_anybody_chooses(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    here = f"/desk/stories/{slug}/drafts"
    words = page.locator(".ProseMirror")
    await words.press_sequentially("Mine")
    await until(lambda: drafts(desk, slug) == ["Mine"])
    [mine] = desk.http.get(here, headers=JSON).json()["drafts"]
    other = {"fields": {"body": "Theirs"}, "on": mine["version"]}
    assert desk.http.put(f"{here}/{mine['key']}", json=other, headers=JSON).status_code == 200
    await page.keyboard.insert_text(" too")
    await page.wait_for_selector("dialog")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await until(lambda: drafts(desk, slug) == ["Theirs", "Theirs"])
    await page.goto("about:blank")  # the tab is killed
    await page.goto(f"{shared_server.url}/desk/stories/{slug}")
    await page.click("dialog >> text=This one")
    await expect(words).to_have_text("Mine too")
    await until(lambda: set(drafts(desk, slug)) == {"Mine too", "Theirs"})

    # Sent from elsewhere with another text: the key is used, and this is sent under another one.
    used = {"body": "Mine", "idempotency_key": await page.input_value("[name=idempotency_key]")}
    outbox = f"/desk/stories/{slug}/outbox"
    assert desk.http.post(outbox, data=used, headers=JSON).status_code == 201
    for said in ("Not sent: this was sent before", "Published."):
        await page.click("#composer button.main")
        await page.locator("#composer").get_by_text(said).wait_for()
    assert editor.head(slug) == 2
    desk.close()


async def test_acting_on_rows_that_were_looked_for_and_signed_out(
    shared_server: Server, editor: Editor, writer: Visitor, editor_email: str
) -> None:
    slug = editor.story()
    for body in ("The bridge", "Another bridge", "The river"):
        editor.post(slug, body)
    page = await writer.open(f"{shared_server.url}/desk/login?next=/desk/stories/{slug}")
    await page.fill("[name=email]", editor_email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".ProseMirror")
    await page.goto(f"{shared_server.url}/desk/stories/{slug}?q=bridge")
    rows = page.locator(".published .row")
    await expect(rows).to_have_count(2)
    settling = page.locator("#settling option")
    assert await settling.count() == 3
    await rows.first.get_by_role("button", name="Pin").click()
    await rows.first.get_by_role("button", name="Unpin").wait_for()
    await expect(rows).to_have_count(2)
    await writer.context.clear_cookies()
    await rows.first.get_by_role("button", name="Unpin").click()
    await page.fill("#again-password", PASSWORD)
    await page.keyboard.press("Enter")
    await rows.first.get_by_role("button", name="Pin", exact=True).wait_for()
    found = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert not any(one["pinned"] for one in found)

    # Who writes is told, and not asked until they want to be.
    await writer.context.clear_cookies()
    await page.locator(".ProseMirror").press_sequentially("In the middle")
    await status(page, r"^Signed out: kept on this device only\. Sign in$")
    await page.keyboard.type(" of it")
    await page.wait_for_function(f"({STORED})('drafts').then((count) => count === 1)")
    await status(page, "^Signed out")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.locator("#composer").get_by_role("button", name="Sign in").click()
    await page.fill("#again-password", PASSWORD)
    await page.keyboard.press("Enter")
    await status(page, r"^Saved \d\d:\d\d$")
    answer = await page.request.get(f"{shared_server.url}/desk/stories/{slug}/drafts", headers=JSON)
    assert [one["fields"]["body"] for one in (await answer.json())["drafts"]] == [
        "In the middle of it"
    ]


async def test_an_edit_of_what_was_published_meanwhile_goes_on_as_a_new_update(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug, "contributor")
    await page.set_viewport_size({"width": 390, "height": 844})
    here, words = page.url, page.locator(".ProseMirror")
    published = "Your update has been published in the meantime; only editors can change it now."
    for number, text in enumerate(("From the street.", "From the bridge."), 1):
        await words.press_sequentially(text)
        await page.click("#composer button.main")
        await page.get_by_text("Submitted. An editor will look at it.").wait_for()
        waiting = editor.http.get(f"/api/stories/{slug}/entries", params={"status": "submitted"})
        entry = waiting.json()["entries"][0]["id"]
        await page.goto(f"{here}?edit={entry}#composer")
        await words.press("Control+End")
        await page.keyboard.type(" More.")
        await status(page, r"^Saved \d\d:\d\d$")
        editor.edit(slug, entry, status="published")
        if number == 1:
            await page.click("#composer button.main")
            notice = page.locator("[data-part=notices] .notice")
            await expect(notice).to_contain_text(f"{published} What you typed is still here.")
            await expect(notice).to_be_in_viewport(ratio=1)
        else:  # come back to later
            await page.goto(here)
            await page.click("[data-part=drafts] summary")
            await page.click("text=Go on with it")
            await page.wait_for_url(f"**?edit={entry}*")
            notice = page.locator("[data-part=closed]")
            await expect(notice).to_contain_text(f"{published} What you typed is kept.")
            await expect(page.locator("#composer h2")).to_have_text("New update")
            await expect(page.locator("#f-correction")).to_have_count(0)
        await notice.get_by_role("button", name="Keep as a new update").click()
        await page.wait_for_url(f"{here}#composer")
        await expect(page.locator("#f-body")).to_have_value(f"{text} More.")
        await until(lambda: bool(drafts(desk, slug)))
        await page.click("#composer button.main")
        await page.get_by_text("Submitted. An editor will look at it.").wait_for()
        await until(lambda: drafts(desk, slug) == [])
        found = editor.http.get(f"/api/stories/{slug}/entries", params={"status": "submitted"})
        assert found.json()["entries"][0]["body"] == f"{text} More."
        assert editor.head(slug) == number
    desk.close()
