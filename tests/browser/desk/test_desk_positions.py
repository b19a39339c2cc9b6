"""Where an editor stands at the desk: the caret is in the text, one comes back to the row, and what became of
something is said there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser import Visitor, visitor
from copies import multiply
from desk_client import Editor
from desk_forms import Desk
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect
from processes import Server, until

pytestmark = pytest.mark.anyio

# Whether what has the focus is wholly in sight.
IN_SIGHT = """(one) => {
  const { top, bottom } = one.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}"""


@pytest.fixture
async def writer(browser: Browser, desk: Desk) -> AsyncIterator[Visitor]:
    async with visitor(browser) as somebody:
        await somebody.become(desk)
        yield somebody


async def opened(writer: Visitor, server: Server, slug: str, query: str = "") -> Page:
    page = await writer.open(f"{server.url}/desk/stories/{slug}{query}")
    await page.wait_for_selector(".ProseMirror")
    return page


async def test_an_edit_begins_in_the_text_and_ends_at_its_row(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, "Bread is scarce")
    editor.post(slug, "Water is scarce")
    multiply(shared_server, slug, 60)
    page = await opened(writer, shared_server, slug, "?q=Bread")
    await expect(page.locator(".row")).to_have_count(50)
    await page.click("[data-older]")
    row = page.locator(".row").nth(55)
    entry = await row.get_attribute("data-entry")
    await row.get_by_role("link", name="Edit", exact=True).click()
    text = page.locator(".ProseMirror")
    await expect(text).to_be_focused()
    await page.keyboard.type("Official: ")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(f"**saved=saved*#row-{entry}")
    assert "q=Bread" in page.url
    row = page.locator(f"#row-{entry}")
    await expect(row).to_contain_text("Official: Bread is scarce")
    await expect(row.get_by_role("status")).to_have_text("Saved. Readers have it.")
    edit = row.get_by_role("link", name="Edit", exact=True)
    await expect(edit).to_be_focused()
    assert await edit.evaluate(IN_SIGHT)
    await expect(page.locator("#q")).to_have_value("Bread")
    # Correcting begins there, too; who cancels comes back to the same place.
    await row.get_by_role("link", name="Correct").click()
    await expect(text).to_be_focused()
    await page.get_by_role("link", name="Cancel").click()
    await expect(edit).to_be_focused()
    assert "q=Bread" in page.url
    # What waits is edited and published the same way.
    waits = editor.post(slug, "Bread waits", status="submitted")["id"]
    await page.locator(f"#row-{waits}").get_by_role("link", name="Edit and publish").click()
    await expect(text).to_be_focused()


def test_without_scripts_one_comes_back_as_well(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    entry = editor.post(slug, "Bread is scarce")["id"]
    editor.post(slug, "Water is scarce")
    page = desk.open(f"{here}?q=Bread")
    [edit] = page.tree.css(f"#row-{entry} a.edit")
    form = desk.open(str(edit.attributes["href"])).composer
    sent = desk.http.post(
        form.action, data=form.values | {"body": "Bread is here"}, follow_redirects=False
    )
    assert sent.headers["location"] == f"{here}?saved=saved&of={entry}&q=Bread#row-{entry}"
    page = desk.open(sent.headers["location"])
    assert "Saved. Readers have it." in page.one(f"#row-{entry} [role=status]").text()
    assert len(page.tree.css(".row")) == 1
    pin = page.one(f"#row-{entry} form[action*='/pin']").attributes["action"]
    sent = desk.http.post(str(pin), data={"pinned": "1"}, follow_redirects=False)
    assert sent.headers["location"].endswith(f"&q=Bread#row-{entry}")
    remove = page.one(f"#row-{entry} form[action*='/remove']").attributes["action"]
    sent = desk.http.post(str(remove), data={"purge": "1"}, follow_redirects=False)
    assert sent.headers["location"] == f"{here}?removed={entry}&q=Bread#report"
    assert "deleted for good" in desk.open(sent.headers["location"]).one("#report").text()


async def test_a_purge_answers_where_its_editor_is(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {number}")["id"] for number in range(30)]
    page = await opened(writer, shared_server, slug)
    row = page.locator(f"#row-{ids[3]}")
    await row.get_by_text("Remove", exact=True).click()
    await row.get_by_label("Also delete its text").check()
    await row.get_by_role("button", name="Remove from all pages").click()
    report = page.locator(f"#row-{ids[3]} .report")
    await expect(report).to_contain_text("Removed and deleted for good")
    await expect(report).to_be_focused()
    assert await report.locator("h2").evaluate(IN_SIGHT)
    # It stays in its place whatever comes, until it is closed.
    editor.post(slug, "News")
    await expect(page.locator(".row").first).to_contain_text("News")
    order = await page.locator(".row").evaluate_all("(all) => all.map(({ id }) => id.slice(4))")
    assert order.index(ids[4]) + 1 == order.index(ids[3]) == order.index(ids[2]) - 1
    await report.get_by_role("button", name="Close").click()
    await expect(report).to_have_count(0)
    await expect(page.locator(f"#row-{ids[2]} .acts a").first).to_be_focused()


async def test_ctrl_enter_asks_for_a_description_wherever_the_focus_is(
    shared_server: Server, editor: Editor, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story()
    path = tmp_path / "red.png"
    Image.new("RGB", (64, 48), "red").save(path)
    page = await opened(writer, shared_server, slug)
    asked = page.locator("#composer .notice.bad", has_text="no description")
    places = [
        ".ProseMirror",
        ".pictures input[id^=alt]",
        ".pictures input[id^=caption]",
        "#f-headline",
        "#f-labels",
        "#f-verification",
        "[name=key]",
        ".picture-acts button",
        "[data-add=place]",
        "[data-tool=strong]",
        ".further > summary",
        "#composer .main",
    ]
    for number, place in enumerate(places):
        await page.fill("#f-body", f"Number {number}")
        await page.set_input_files("[name=picture]", path)
        await expect(page.locator(".pictures [data-state=done]")).to_have_count(1)
        await page.focus(place)
        await page.keyboard.press("Control+Enter")
        await expect(asked).to_be_visible()
        await expect(page.locator(".pictures input[id^=alt]")).to_be_focused()
        assert editor.head(slug) == 0, place
        await page.locator(".picture-acts button", has_text="Remove").click()
        await page.focus(".ProseMirror")
    await page.keyboard.press("Control+Enter")
    await until(lambda: editor.head(slug) == 1)


async def test_a_link_that_could_not_be_looked_up_says_so(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    page = await opened(writer, shared_server, slug)
    writer.forgive("status of 502")
    tries = 0

    async def answer(route: Route) -> None:
        """Of a provider, which is outside of this machine."""
        nonlocal tries
        tries += 1
        if tries == 1:
            said = {"title": "No card", "status": 502, "detail": "YouTube answers 503"}
            await route.fulfill(status=502, json=said, content_type="application/problem+json")
        else:
            await route.fulfill(
                json={
                    "provider": "YouTube",
                    "author": "Fin",
                    "title": "Seen",
                    "text": None,
                    "picture": None,
                }
            )

    await page.route("**/api/embeds", answer)
    await page.focus(".ProseMirror")
    link = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    await page.evaluate(
        """(link) => {
          const data = new DataTransfer();
          data.setData("text/plain", link);
          const pasted = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.querySelector(".ProseMirror").dispatchEvent(pasted);
        }""",
        link,
    )
    card = page.locator("[data-part=card]")
    await expect(card).to_contain_text(f"No card yet for {link}: YouTube answers 503.")
    await card.get_by_role("button", name="Try again").click()
    await expect(card.locator("b")).to_have_text("Seen")
