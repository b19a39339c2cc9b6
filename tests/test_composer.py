"""The composer in real Chromium: by keyboard alone, on a phone that goes offline, killed and opened again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from browser import Visitor, visitor
from chromium import FLAGS, program
from desk_client import PASSWORD, Editor
from members import member
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright, expect
from processes import PATIENCE, Server, command_line, until
from proxy import between

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
PHONE: Any = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LOST = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION",
    "ERR_EMPTY_RESPONSE",
    "ERR_FAILED",
    "failed: ",
)

pytestmark = pytest.mark.anyio
expect.set_options(timeout=PATIENCE * 1000)


async def sign_in(page: Page, email: str) -> None:
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("form.who")


async def desk_of(somebody: Visitor, url: str, slug: str, email: str) -> Page:
    """A story's desk with the rich text editor, for who signs in first."""
    page = await somebody.open(f"{url}/desk/login?next=/desk/stories/{slug}")
    await sign_in(page, email)
    await page.wait_for_selector(".ProseMirror")
    return page


@pytest.fixture
async def writer(browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser) as somebody:
        yield somebody


async def no_violations(page: Page) -> None:
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run().then(({ violations }) => violations)")
    assert [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] == []


def picture(folder: Path, colour: str) -> Path:
    path = folder / f"{colour}.png"
    Image.new("RGB", (64, 48), colour).save(path)
    return path


async def saved(page: Page, where: str = "Saved") -> None:
    await expect(page.locator("[data-part=status]")).to_have_text(
        re.compile(rf"^{where} \d\d:\d\d$")
    )


async def test_with_the_keyboard_alone(  # noqa: PLR0915 - one long walk
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor, tmp_path: Path
) -> None:
    slug = editor.story(place="Kyiv")
    known = {"role": "photo", "name": f"Olena{slug[-4:]} K.", "handle": "@olena"}
    editor.post(slug, "Before", dateline="Kharkiv", topics=["kharkiv"], credits=[known])
    page = await writer.open(f"{shared_server.url}/desk/login?next=/desk/stories/{slug}")
    press, write = page.keyboard.press, page.keyboard.type
    await page.focus("[name=email]")
    await write(editor_email)
    await press("Tab")
    await write(PASSWORD)
    await press("Enter")
    await page.wait_for_selector(".ProseMirror")

    await page.focus("#f-headline")
    await write("By hand")
    await press("Tab")  # the toolbar is one stop
    await press("Tab")
    await write("First /key")
    await expect(page.locator("#suggestions [aria-selected=true]")).to_have_text("Key event/key")
    assert await page.get_attribute(".ProseMirror", "aria-activedescendant") == "suggestion-0"
    await no_violations(page)
    await press("Enter")
    await write("/br")
    await press("Tab")
    await write("/un")
    await press("Enter")
    await write("#kh")
    await press("Enter")
    await write("/place kh")
    await press("ArrowDown")
    await press("Enter")
    await write(f"@{known['name'][:3]}")
    await expect(page.locator("#suggestions")).to_contain_text(known["name"])
    await write(known["name"][3:9])
    await expect(page.locator("#suggestions [role=option]")).to_have_text(
        [f"{known['name']}@olena"]
    )
    await press("Enter")
    for colour in ("red", "blue"):
        async with page.expect_file_chooser() as chooser:
            await write("/pic")
            await press("Enter")
        await (await chooser.value).set_files(picture(tmp_path, colour))
        await expect(page.locator(".pictures li")).to_have_count(["red", "blue"].index(colour) + 1)
        await write(f"A {colour} square")
        await press("Tab")
        await write("Seen from above")
        await press("Tab")
        await write("Photo: Fin")
        await page.focus(".ProseMirror")
    await expect(page.locator(".pictures [data-state=done]")).to_have_count(2)
    await page.focus(".pictures li:last-child button >> text=Earlier")
    await press("Enter")
    await page.focus(".ProseMirror")
    await write("and/or /nothing")
    await press("Control+b")
    await write(" bold")
    await press("Control+b")
    await press("Enter")
    await write("/source")
    await press("Enter")
    await press("Shift+Tab")
    await write("Wit")  # the kind
    await press("Tab")
    await write("Hotel | staff")
    await press("Enter")
    await page.wait_for_selector("dialog", state="detached")
    await write("/credit")
    await press("Enter")
    await write("Fin")
    await no_violations(page)
    await press("Enter")
    await page.wait_for_selector("dialog", state="detached")
    await press("Shift+Tab")  # to the toolbar
    await press("End")
    await page.focus("[data-part=look]")
    await press("Enter")
    await page.wait_for_selector("[data-shown] article strong")
    await page.focus(".ProseMirror")
    await write("last")
    await no_violations(page)
    await press("Control+Enter")
    await page.wait_for_url("**?saved=published")
    [entry, _] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert entry["body"] == "First and/or /nothing** bold**\n\nlast".replace("** bold", " **bold")
    assert entry["headline"] == "By hand"
    assert entry["key"]
    assert entry["labels"] == ["breaking"]
    assert entry["topics"] == ["kharkiv"]
    assert entry["dateline"] == "Kharkiv"
    assert entry["verification"]["status"] == "unverified"
    assert [(one["kind"], one["name"]) for one in entry["sources"]] == [("witness", "Hotel staff")]
    credited = [(one["role"], one["name"]) for one in entry["credits"]]
    assert credited == [("photo", known["name"]), ("text", "Fin")]
    shown = [(one["alt"], one["caption"], one["credit"]) for one in entry["media"]]
    assert shown == [
        (f"A {colour} square", "Seen from above", "Photo: Fin") for colour in ("blue", "red")
    ]
    await expect(page.locator(".ProseMirror")).to_have_text("")
    assert await page.locator(".pictures li").count() == 0


async def test_a_phone_that_goes_offline_in_mid_sentence_publishes_once(
    shared_server: Server,
    editor: Editor,
    contributor_email: str,
    browser: Browser,
    tmp_path: Path,
) -> None:
    """Two tabs, a network that fails, and an answer that is lost after the server has committed."""
    slug = editor.story()
    statuses = f"/api/stories/{slug}/entries?status=submitted&status=published"

    def bodies() -> list[str]:
        found = editor.http.get(statuses).json()["entries"]
        return [entry["body"] for entry in reversed(found)]

    context = await browser.new_context(**PHONE)
    context.set_default_timeout(PATIENCE * 1000)
    phone = Visitor(context)
    try:
        async with between(shared_server.port) as proxy:
            page = await desk_of(phone, proxy.url, slug, contributor_email)
            other = await phone.open(page.url)
            await other.wait_for_selector(".ProseMirror")
            await page.bring_to_front()
            await page.tap(".ProseMirror")
            await page.keyboard.type("Half a ")
            await context.set_offline(True)
            await page.keyboard.type("sentence")
            await saved(page, "Saved on this device")
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360
            await page.tap("#composer button.main")
            outbox = page.locator("[data-part=outbox] li")
            await expect(outbox).to_have_count(1)
            await expect(outbox).to_contain_text("Waiting for the network")
            await page.keyboard.type("And a second one")
            await page.set_input_files("[name=camera]", picture(tmp_path, "green"))
            await expect(page.locator(".pictures [data-state=waiting]")).to_have_count(1)
            await page.keyboard.type("A green square")
            await page.keyboard.press("Control+Enter")
            await expect(outbox).to_have_count(2)
            await no_violations(page)
            assert bodies() == []

            proxy.answers.clear()
            await context.set_offline(False)
            await until(lambda: bodies() == ["Half a sentence"])
            proxy.cut()  # committed, and nobody was told
            proxy.answers.set()
            await expect(outbox).to_have_count(0)
            assert bodies() == ["Half a sentence", "And a second one"]
            [second, _] = editor.http.get(statuses).json()["entries"]
            assert [one["alt"] for one in second["media"]] == ["A green square"]
            await expect(page.locator(".notice.good")).to_have_text(
                "Submitted. An editor will look at it."
            )
            assert await other.evaluate("document.querySelector('[data-part=outbox]').hidden")
    finally:
        await context.close()


@asynccontextmanager
async def own_browser(folder: Path) -> AsyncIterator[BrowserContext]:
    """A browser that keeps what it knows in a folder."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder, executable_path=program(), args=FLAGS
        )
        try:
            yield context
        finally:
            with suppress(Error):  # it may be killed
                await context.close()


def running_in(folder: Path) -> list[int]:
    """The processes that were started with a folder."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if str(folder) in command_line(pid)]


async def test_a_browser_that_is_killed_has_lost_nothing(
    shared_server: Server, editor: Editor, editor_email: str, tmp_path: Path
) -> None:
    slug = editor.story()
    folder = tmp_path / "profile"
    async with own_browser(folder) as context:
        page = await desk_of(Visitor(context), shared_server.url, slug, editor_email)
        await context.set_offline(True)
        await page.locator(".ProseMirror").press_sequentially("Sent when it was killed")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("[data-part=outbox] li")).to_have_count(1)
        await page.locator("#f-headline").press_sequentially("Never sent")
        await page.locator(".ProseMirror").press_sequentially("Half a *sent")
        await saved(page, "Saved on this device")
        chromium = running_in(folder)
        for pid in chromium:
            os.kill(pid, signal.SIGKILL)
        await until(lambda: not any(command_line(pid) for pid in chromium))
    async with own_browser(folder) as context:
        page = await Visitor(context).open(f"{shared_server.url}/desk/stories/{slug}")
        if "/login" in page.url:
            await sign_in(page, editor_email)
        await page.wait_for_selector(".ProseMirror")
        await expect(page.locator("#f-headline")).to_have_value("Never sent")
        assert await page.input_value("#f-body") == "Half a \\*sent"
        await until(lambda: editor.head(slug) == 1)
        [entry] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
        assert entry["body"] == "Sent when it was killed"


async def test_a_session_that_has_ended_asks_for_the_password_and_goes_on(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    writer.forgive("status of 40[13]")
    slug = editor.story()
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    await page.focus(".ProseMirror")
    await page.keyboard.type("In the middle of it")
    await saved(page)
    await writer.context.clear_cookies()
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("dialog")
    await no_violations(page)
    await page.keyboard.type("wrong")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog [role=alert]")).to_have_text("The password is not right.")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**?saved=published")
    assert editor.head(slug) == 1

    # Who leaves with something unsent is asked; what is safe leaves the device, and comes back.
    await page.focus(".ProseMirror")
    await page.keyboard.type("Not yet")
    writer.forgive(*LOST)
    await page.click("text=Sign out")
    await page.wait_for_url("**/desk/login")
    left = """new Promise((resolve) => {
      indexedDB.open("liveblog-desk").onsuccess = ({ target: { result } }) =>
        (result.transaction("drafts").objectStore("drafts").count().onsuccess = ({ target }) => resolve(target.result));
    })"""
    assert await page.evaluate(left) == 0
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    await expect(page.locator(".ProseMirror")).to_have_text("Not yet")
    await writer.context.set_offline(True)
    await page.focus(".ProseMirror")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("[data-part=outbox] li")).to_have_count(1)
    await page.click("text=Sign out")
    await page.click("dialog >> text=Stay signed in")
    await writer.context.set_offline(False)
    await until(lambda: editor.head(slug) == 2)


CANARY = """<meta charset=utf-8><style>p { color: red }</style><script>canary = 1</script>
<p style="color:red" onclick="canary = 2">Kept <b style="font-weight:normal">plain</b> <strong>bold</strong>
<a href="javascript:canary=3">nowhere</a> <a href="https://example.org/x">somewhere</a>
<img src=x onerror="canary = 4"><svg onload="canary = 5"><script>canary = 6</script></svg>
<iframe srcdoc="<script>parent.canary = 7</script>"></iframe><math><mtext></mtext></math></p>
<ul><li><p>one</p></li><li>two</li></ul><h1>Title</h1><form><button formaction="javascript:canary=8">b</button></form>
<div>last</div><noscript><p title="</noscript><img src=x onerror=canary=9>"></noscript>"""
PASTE = """([kind, text]) => {
  const data = new DataTransfer();
  data.setData(kind, text);
  document.querySelector(".ProseMirror").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


async def test_rubbish_that_is_pasted_is_cleaned(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    writer.forgive("Content Security Policy")  # it says what it stopped
    slug = editor.story()
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    await page.focus(".ProseMirror")
    await page.evaluate(PASTE, ["text/html", CANARY])
    text = await page.input_value("#f-body")
    assert text.split() == (
        "Kept plain **bold** nowhere [somewhere](https://example.org/x) - one - two # Title b last".split()
    )
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    assert await page.evaluate("'canary' in window") is False
    assert (
        await page.locator(".ProseMirror :is(img, svg, iframe, script, style, [onclick])").count()
        == 0
    )
    await page.keyboard.press("Control+a")
    await page.evaluate(PASTE, ["text/plain", "Some **bold** words\n\n- a\n- b"])
    assert await page.input_value("#f-body") == "Some **bold** words\n\n- a\n- b"


async def test_two_devices_on_one_draft_lose_nothing(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    """Their writer chooses on each of them, once the one and once the other; all of it can be published."""
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    _, desk = await asyncio.to_thread(member, shared_server, "editor")
    [cookie] = desk.http.cookies.jar
    signed = {"name": cookie.name, "value": cookie.value, "url": shared_server.url}

    def drafts() -> list[str]:
        answer = desk.http.get(f"{here}/drafts", headers={"Accept": "application/json"})
        return sorted(one["fields"]["body"] for one in answer.json()["drafts"])

    async with visitor(browser) as at_home, visitor(browser) as outside:
        for device in (at_home, outside):
            device.forgive("status of 409")
            await device.context.add_cookies([signed])  # type: ignore[list-item]
        laptop = await at_home.open(shared_server.url + here)
        await laptop.locator(".ProseMirror").press_sequentially("At the")
        await until(lambda: drafts() == ["At the"])
        phone = await outside.open(shared_server.url + here)
        words = phone.locator(".ProseMirror")
        await expect(words).to_have_text("At the")
        await words.press("End")
        await words.press_sequentially(" bridge")
        await until(lambda: drafts() == ["At the bridge"])

        await laptop.locator(".ProseMirror").press_sequentially(" station")
        asked = laptop.get_by_role("dialog", name="Two versions of this draft")
        await asked.wait_for()
        await no_violations(laptop)
        await asked.get_by_role("button", name="This one").click()
        await until(lambda: drafts() == ["At the bridge", "At the station"])
        assert await laptop.input_value("#f-body") == "At the station"
        other = laptop.locator("[data-part=drafts]")
        await expect(other.locator("summary")).to_have_text("Another draft of yours")

        await words.press_sequentially(" by night")
        asked = phone.get_by_role("dialog", name="Two versions of this draft")
        await asked.get_by_role("button", name="The one of").click()
        await expect(words).to_have_text("At the station")
        await until(
            lambda: drafts() == ["At the bridge", "At the bridge by night", "At the station"]
        )
        await phone.click("#composer button.main")
        await phone.wait_for_url("**?saved=published")
        await other.locator("summary").click()
        await other.get_by_role("button", name="Go on with it").click()
        await expect(laptop.locator(".ProseMirror")).to_have_text("At the bridge")
        await laptop.click("#composer button.main")
        await laptop.wait_for_url("**?saved=published")
    found = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert [entry["body"] for entry in found] == ["At the bridge", "At the station"]
    desk.close()


async def test_two_editors_see_both_versions_and_merge_them(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    writer.forgive("status of 412")
    slug = editor.story()
    entry = editor.post(slug, "As it was")["id"]
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    await page.goto(f"{shared_server.url}/desk/stories/{slug}?edit={entry}")
    await page.wait_for_selector(".ProseMirror")
    await page.focus(".ProseMirror")
    await page.keyboard.type("Mine. ")
    editor.edit(slug, entry, body="Theirs")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(".conflict")
    assert await page.locator(".versions .body").all_inner_texts() == ["Theirs", "Mine. As it was"]
    await no_violations(page)
    await page.keyboard.press("Enter")
    assert await page.input_value("#f-body") == "Mine. As it was\n\nTheirs"
    await page.click("#composer button.main")
    await page.wait_for_url("**?saved=saved*")
    [found] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert (found["body"], found["rev"]) == ("Mine. As it was\n\nTheirs", 3)
