"""What is typed, chosen and answered at the composer stays: before its script is there, and beside another editor's work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Visitor
from composer import Gate, at_the_desk, drafts, picture, status, writer
from desk_client import Editor
from playwright.async_api import expect
from processes import Server, until

pytestmark = pytest.mark.anyio
__all__ = ["writer"]  # the fixture

# This device has room for texts, and for no file.
NO_ROOM = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (record) {
  if (this.name === "files") throw new DOMException("no room", "QuotaExceededError");
  return put.call(this, record);
};"""


async def test_what_is_typed_before_the_script_is_there_goes_on_in_the_editor(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    page, desk = await at_the_desk(writer, shared_server, slug)
    await page.locator(".ProseMirror").press_sequentially("Yesterday's note")
    await until(lambda: drafts(desk, slug) == ["Yesterday's note"])
    script, surface = Gate(), Gate()
    await page.route(re.compile(r"/desk/composer/composer\.js"), script)
    await page.route(re.compile(r"/desk/editor\.min\.js"), surface)
    await page.goto(page.url, wait_until="commit")
    area = page.locator("#f-body")
    await expect(area).to_be_focused()
    await script.came.wait()
    await page.keyboard.type("BREAKING: an explosion ")
    script.open.set()
    await surface.came.wait()
    await until(lambda: drafts(desk, slug) == ["BREAKING: an explosion ", "Yesterday's note"])
    surface.open.set()
    await page.wait_for_selector(".ProseMirror")
    await page.keyboard.type("at the **bridge**, [the map](https://example.org/a) says.")
    text = "BREAKING: an explosion at the **bridge**, [the map](https://example.org/a) says."
    await expect(area).to_have_value(text)
    await expect(page.locator("[data-part=drafts] li")).to_contain_text(["Yesterday's note"])

    # Discarded by mistake, and too long to be sent.
    await page.click("[data-part=drafts] summary")
    await page.click("text=Go on with it")
    await expect(area).to_have_value("Yesterday's note")
    await page.click("text=Discard it")
    await page.click("text=Undo")
    await expect(page.locator("[data-part=notices]")).to_have_text("It is back.")
    await expect(area).to_have_value("Yesterday's note")
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text("long " * 14_000)
    await page.click("#composer button.main")
    await expect(page.locator("[data-part=notices]")).to_contain_text("at most")
    wrong = page.locator("#f-body-wrong")
    assert await wrong.is_visible()
    assert await page.get_attribute(".ProseMirror", "aria-describedby") == "f-body-wrong"
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text("Short")
    await page.keyboard.press("Control+Enter")
    await page.keyboard.press("Control+Enter")
    await page.get_by_text("Published. Readers have it.").wait_for()
    assert await page.get_attribute("#f-body", "aria-describedby") == "f-body-hint"
    assert not await page.get_by_text("The text is missing.").count()
    [found] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert found["body"] == "Short"
    desk.close()


async def test_pictures_that_this_device_has_no_room_for_go_with_the_page(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    await writer.context.add_init_script(NO_ROOM)
    page, desk = await at_the_desk(writer, shared_server, slug)
    upload = Gate()
    await page.route("**/api/media", upload)
    await page.locator(".ProseMirror").press_sequentially("With a picture")
    await page.set_input_files("[name=picture]", [picture(tmp_path)] * 21)
    await page.get_by_text("An update can have 20 files at most. One was not added.").wait_for()
    rows = page.locator(".pictures li")
    await expect(rows).to_have_count(20)
    for _ in range(18):
        await rows.last.get_by_role("button", name="Remove").click()
    await rows.first.locator("input").first.fill("Red")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.type("Red again")  # the next picture's description
    await page.keyboard.press("Control+Enter")
    await status(page, "Sending")
    assert editor.head(slug) == 0
    upload.open.set()
    await page.get_by_text("Published. Readers have it.").wait_for()
    [found] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [one["alt"] for one in found["media"]] == ["Red", "Red again"]
    await expect(rows).to_have_count(0)
    await until(lambda: drafts(desk, slug) == [])
    desk.close()


async def test_what_two_editors_changed_is_put_together_field_by_field(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    shown = {"file": ("red.png", picture(tmp_path).read_bytes(), "image/png")}
    media = [
        editor.http.post("/api/media", files=shown, data={"alt": alt}).json()["id"]
        for alt in ("Base", "Theirs")
    ]
    source = {"kind": "official", "name": "Mayor"}
    entry = editor.post(
        slug,
        "As it was\n\nOpen\n\nThe end",
        headline="As it was",
        labels=["Breaking", "Analysis"],
        media=[{"id": media[0], "alt": "Base"}],
    )["id"]
    page, desk = await at_the_desk(writer, shared_server, slug)
    await page.goto(f"{page.url}?edit={entry}")
    words = page.locator(".ProseMirror")
    await words.press_sequentially("Mine. ")
    await page.fill("#f-labels", "Breaking, Analysis, Quote")
    await page.fill("#f-headline", "Mine")
    await page.locator(".pictures input").nth(1).fill("My caption")
    await page.locator(".further summary").click()
    await page.fill("#f-topics", "bridge")
    editor.edit(
        slug,
        entry,
        body="Theirs\n\nClosed\n\nThe end",
        headline="Theirs",
        labels=["Analysis", "Explainer"],
        media=[{"id": media[0], "alt": "Their words"}, {"id": media[1], "alt": "Theirs"}],
        sources=[source],
        credits=[{"role": "photo", "name": "Ana"}],
        dateline="Odesa",
        verification={"status": "confirmed"},
    )
    rest = "\n\nClosed\n\nThe end"
    answers = {
        "Put theirs below mine": ("Mine", f"Mine. As it was\n\nTheirs{rest}"),
        "Keep mine": ("Mine", f"Mine. As it was{rest}"),
        "Take theirs": ("Theirs", f"Theirs{rest}"),
    }
    area = page.locator("#f-body")
    await page.click("#composer button.main")
    for answer, (headline, text) in answers.items():
        box = page.locator(".conflict")
        await expect(box.locator("li").first).to_have_text("Both of you changed: Headline, Text.")
        await expect(box).to_contain_text("Both changed, and both are kept: Labels, Pictures.")
        await expect(box).to_contain_text("Only you changed: Topics.")
        await expect(box.get_by_role("button", name="Keep mine")).to_be_focused()
        await box.get_by_role("button", name=answer).click()
        await expect(page.locator("#f-headline")).to_have_value(headline)
        assert set((await page.input_value("#f-labels")).split(", ")) == {
            "Analysis",
            "Quote",
            "Explainer",
        }
        assert await page.input_value("#f-topics") == "bridge"
        assert await page.input_value("#f-dateline") == "Odesa"
        pictures = page.locator(".pictures li")
        await expect(pictures).to_have_count(2)
        said = [await one.input_value() for one in await pictures.locator("input").all()]
        assert said == ["Their words", "My caption", "", "Theirs", "", ""]
        await expect(area).to_have_value(text)
        if answer != "Take theirs":
            await page.click("text=Back to both versions")
    # One step takes back what was taken.
    await words.press("Control+z")
    await expect(area).to_have_value("Mine. As it was\n\nOpen\n\nThe end")
    await words.press("Control+y")
    await expect(area).to_have_value(f"Theirs{rest}")
    await page.click("#composer button.main")
    await page.wait_for_url("**?saved=saved*")
    found = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert (found["body"], found["rev"], found["topics"]) == (
        f"Theirs{rest}",
        3,
        ["bridge"],
    )
    assert [one["alt"] for one in found["media"]] == ["Their words", "Theirs"]
    assert found["sources"][0]["name"] == "Mayor"
    assert found["credits"][-1]["name"] == "Ana"
    assert found["verification"]["status"] == "confirmed"
    desk.close()
