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
from composer_desk import PASTE, YOUTUBE_CODE, desk_of, sign_in
from desk_client import PASSWORD, Editor
from members import member
from paths import NODE_MODULES
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright, expect
from processes import PATIENCE, Server, command_line, until
from proxy import between

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
PHONE: Any = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LOST = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION",
    "ERR_EMPTY_RESPONSE",
    "ERR_FAILED",
    "failed: ",
)

pytestmark = pytest.mark.anyio


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
    page.on("filechooser", lambda _: None)  # asked for early: it takes the browser a moment
    await page.focus("[name=email]")
    await write(editor_email)
    await press("Tab")
    await write(PASSWORD)
    await press("Enter")
    await page.wait_for_selector(".ProseMirror")

    await page.focus("#f-headline")
    await write("By hand")
    await press("Enter")  # on to the text, and nothing published
    await expect(page.locator(".ProseMirror")).to_be_focused()
    await page.focus("#f-headline")
    await press("Tab")  # the toolbar is one stop
    await press("Tab")
    await write("First of @all /key")
    await expect(page.locator("#suggestions [aria-selected=true]")).to_have_text("Key event/key")
    assert await page.get_attribute(".ProseMirror", "aria-activedescendant") == "suggestion-0"
    await no_violations(page)
    await press("Enter")
    await write("/br")
    await press("Tab")
    await write("/")
    await page.wait_for_selector("#suggestions li:nth-child(9)")  # it scrolls
    await no_violations(page)
    await write("ver")
    await expect(page.locator("#suggestions [role=option]")).to_contain_text(
        ["/unverified", "/checking", "/confirmed", "/disputed"]
    )
    await press("Enter")
    await write("#kh")
    await press("Enter")
    await write("/place kh")
    await press("Enter")
    await write(f"@{known['name'][:3]}")
    await expect(page.locator("#suggestions")).to_contain_text(known["name"])
    await write(known["name"][3:9])
    await expect(page.locator("#suggestions:not([hidden]) [role=option]")).to_have_text(
        [f"{known['name']}@olena"]
    )
    await press("Enter")
    for colour in ("red", "blue"):
        await press("Control+End")
        await write("/pic")
        await expect(page.locator("#suggestions [aria-selected=true]")).to_contain_text("/picture")
        async with page.expect_file_chooser() as chooser:
            await press("Enter")
        await (await chooser.value).set_files(picture(tmp_path, colour))
        await expect(page.locator(".pictures li")).to_have_count(["red", "blue"].index(colour) + 1)
        await write(f"A {colour} square")
        await press("Tab")
        await write("Seen from above")
        await press("Tab")
        await write("Photo: Fin")
        await page.focus(".ProseMirror")
        await press("Control+End")  # a script's focus puts the caret back only a moment later
    await expect(page.locator(".pictures [data-state=done]")).to_have_count(2)
    await page.focus(".pictures li:last-child button >> text=Earlier")
    await press("Enter")
    await page.focus(".ProseMirror")
    await press("Control+End")
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
    await press("Control+End")
    await write("last")
    await no_violations(page)
    await press("Control+Enter")
    await page.wait_for_url("**?saved=published")
    [entry, _] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert entry["body"] == "First of @all and/or /nothing** bold**\n\nlast".replace(
        "** bold", " **bold"
    )
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
            await until(lambda: bodies() == ["Half a sentence", "And a second one"])
            await expect(outbox).to_have_count(0)
            [second, _] = editor.http.get(statuses).json()["entries"]
            assert [one["alt"] for one in second["media"]] == ["A green square"]
            await expect(page.locator("[data-part=status]")).to_have_text(
                "Submitted. An editor will look at it."
            )
            await expect(other.locator("[data-part=outbox]")).to_be_hidden()
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
            with suppress(ProcessLookupError):  # it has gone with another
                os.kill(pid, signal.SIGKILL)
        await until(lambda: not any(command_line(pid) for pid in chromium))
    async with own_browser(folder) as context:
        page = await Visitor(context).open(f"{shared_server.url}/desk/stories/{slug}")
        if "/login" in page.url:
            await sign_in(page, editor_email)
        await page.wait_for_selector(".ProseMirror")
        await expect(page.locator("#f-headline")).to_have_value("Never sent")
        await expect(page.locator("#f-body")).to_have_value("Half a \\*sent")
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
<div>last</div><p><b style="mso-bidi-font-weight:normal">Word</b></p>
<table><tr><td>Party</td><td>Seats</td></tr><tr><th>A</th><td>12</td></tr></table><noscript><p title="</noscript><img src=x onerror=canary=9>"></noscript>"""
WORDS_LIST = """<p class=MsoNormal>They say:<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span></span><![endif]>First<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o&nbsp;</span>Within</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>Second</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.&nbsp;</span>Numbered</p>
<p class=MsoNormal>Between</p>
<p class=MsoListParagraph style='mso-list:l2 level3 lfo3'><span style='mso-list:Ignore'>a)</span>Deep</p>
<p class=MsoListParagraph style='mso-list:l2 level3 lfo3'><span style='mso-list:Ignore'>b)</span>Beside</p>"""
WORD_TABLE = """<p class=MsoNormal>Before</p><table class=MsoTableGrid style='border-collapse:collapse'>
<tr><td style='width:225pt'><p class=MsoNormal><b>Party<o:p></o:p></b></p></td><td><p class=MsoNormal>Seats</p></td></tr>
<tr><td><p class=MsoNormal>A, so far</p><p>new</p></td><td><p class=MsoNormal><o:p>12</o:p></p></td></tr>
<tr><td colspan=2><ul><li><p>all</p></li><li>of them<br>here</li></ul></td></tr></table>"""
GOOGLE_DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr"><span
style="font-weight:400;text-decoration:line-through;">10</span><span style="font-weight:400;text-decoration:none">20 </span><span
style="font-weight:700;font-style:normal;">bold</span> <span style="font-weight:400;font-style:italic">leaning</span></p><br />
<h2 dir="ltr"><span style="font-weight:700">Title</span></h2><div align="left"><table><colgroup><col width="9" /></colgroup><tbody><tr
style="height:0pt"><td style="border:solid"><p dir="ltr"><span style="white-space:pre-wrap;">A</span></p></td><td><p><span>B</span></p></td>
</tr><tr><td><p><span>1</span></p></td><td><p><span>2</span></p></td></tr></tbody></table></div></b>"""
MESSENGER = """<div style="white-space: pre-wrap">12:30 Smoke <img class=emoji alt="🔥" src=x>
12:40 *Second*</div><img src=y><img src=z><img width=1 src=w>"""
X_CODE = (
    '<blockquote class="twitter-tweet"><p>Words</p>&mdash; A (@fin) <a href="https://x.com/fin/status/1497000000000000000">'
    'Day</a></blockquote> <script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
)
PASTED = [
    ("text/html", WORD_TABLE, "Before\n\n| **Party** | Seats |\n| --- | --- |\n| A, so far new | 12 |\n| all of them here |  |"),
    ("text/html", GOOGLE_DOCS, "~~10~~20 **bold** *leaning*\n\n# Title\n\n| A | B |\n| --- | --- |\n| 1 | 2 |"),
    # Plain text says to readers what it says, in its lines; Markdown is what is clearly meant to be.
    ("text/plain", "12:30 Explosion\r\n12:40 Second\n\n\nAll clear\n", "12:30 Explosion\\\n12:40 Second\n\nAll clear"),
    ("text/plain", "# Call *38*044*278*\n_private_ f**k **", "\\# Call \\*38\\*044\\*278\\*\\\n\\_private\\_ f\\*\\*k \\*\\*"),
    ("text/plain", "- No.\n- Yes.\n### ENDS ###", "\\- No.\\\n\\- Yes.\\\n\\### ENDS ###"),
    ("text/plain", "Some **bold** words\nin lines\n\n- a\n- b", "Some **bold** words\\\nin lines\n\n- a\n- b"),
    ("text/plain", "By [them](https://example.org/x)", "By [them](https://example.org/x)"),
    ("text/html", "10<sup>3</sup> m<span style='vertical-align:super'>2</span> CO<sub>2</sub> 4<sup>th</sup>", "10³ m² CO₂ 4<sup>th</sup>"),
    ("text/plain", "10<sup>3</sup> at https://example.org/a_b?c[]=1.", "10³ at https://example.org/a_b?c\\[\\]=1."),
    ("text/plain", f"{YOUTUBE_CODE}\n", "https://www.youtube.com/embed/dQw4w9WgXcQ"),
    ("text/plain", X_CODE, "https://x.com/fin/status/1497000000000000000"),
    ("text/plain", "<iframe src='javascript:alert(1)'></iframe>", "<iframe src='javascript:alert(1)'></iframe>"),
    ("text/html", MESSENGER, "12:30 Smoke 🔥\\\n12:40 \\*Second\\*"),
]  # fmt: skip


PASTE_PICTURE = """async () => {
  const data = new DataTransfer();
  data.setData("text/html", "<meta charset='utf-8'><img src='https://example.org/x.png' alt='A'>");
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  data.items.add(new File([await canvas.convertToBlob()], "image.png", { type: "image/png" }));
  document.querySelector(".ProseMirror").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


async def test_rubbish_that_is_pasted_is_cleaned(
    shared_server: Server, editor: Editor, editor_email: str, writer: Visitor
) -> None:
    slug = editor.story()
    page = await desk_of(writer, shared_server.url, slug, editor_email)
    await page.focus(".ProseMirror")
    await page.evaluate(PASTE, ["text/html", CANARY])
    said = page.locator("#notices[aria-live] .notice").last
    await expect(said).to_have_text("1 picture was left out: save it, and add it as a file.")
    text = await page.input_value("#f-body")
    assert text.split() == (
        "Kept plain **bold** nowhere [somewhere](https://example.org/x) - one - two # Title b last "
        "**Word** | Party | Seats | | --- | --- | | A | 12 |".split()
    )
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    assert await page.evaluate("'canary' in window") is False
    assert (
        await page.locator(".ProseMirror :is(img, svg, iframe, script, style, [onclick])").count()
        == 0
    )
    await page.keyboard.press("Control+a")
    await page.evaluate(PASTE, ["text/html", WORDS_LIST])
    assert await page.input_value("#f-body") == (
        "They say:\n\n- First\n  - Within\n- Second\n\n1. Numbered\n\nBetween\n\n1. Deep\n2. Beside"
    )
    writer.forgive("502")  # nobody is asked here for the cards of what is pasted
    for kind, pasted, expected in PASTED:
        await page.keyboard.press("Control+a")
        await page.evaluate(PASTE, [kind, pasted])
        assert await page.input_value("#f-body") == expected
    # What is copied in the editor comes back as it was.
    await page.keyboard.press("Control+a")
    await page.evaluate(PASTE, ["text/html", GOOGLE_DOCS])
    text = await page.input_value("#f-body")
    for key in ("a", "c", "v"):
        await page.keyboard.press(f"Control+{key}")
    assert await page.input_value("#f-body") == text
    assert await page.locator(".ProseMirror > p").count() == 1
    await page.locator(".ProseMirror td").first.click()
    await page.keyboard.press("End")
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    await page.evaluate(PASTE, ["text/plain", " and *two*\nlines\n\nand more"])
    text = text.replace("| 1 |", "| 1 and \\*two\\* lines and more |")
    assert await page.input_value("#f-body") == text
    # What was done before can be undone after a while in Markdown, and what was done there.
    markdown = page.locator("[data-tool=markdown]")
    await markdown.click()
    await page.fill("#f-body", "As *Markdown*")
    await markdown.click()
    assert await page.input_value("#f-body") == "As *Markdown*"
    await expect(page.locator(".ProseMirror em")).to_have_text("Markdown")
    await page.keyboard.press("Control+z")
    assert await page.input_value("#f-body") == text
    await page.keyboard.press("Control+z")
    await expect(page.locator(".ProseMirror")).not_to_contain_text("leaning")
    # A picture that was copied from a page comes as a file and as HTML around nothing else.
    await page.evaluate(PASTE_PICTURE)
    await expect(page.locator(".pictures [data-state=done]")).to_have_count(1)
    await expect(said).to_have_text("2 pictures were left out: save them, and add them as files.")


async def test_two_devices_on_one_draft_lose_nothing(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    """Their writer chooses on each of them, once the one and once the other; all of it can be published."""
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    _, desk = await asyncio.to_thread(member, shared_server, "editor")

    def drafts() -> list[str]:
        answer = desk.http.get(f"{here}/drafts", headers={"Accept": "application/json"})
        return sorted(one["fields"]["body"] for one in answer.json()["drafts"])

    async with visitor(browser) as at_home, visitor(browser) as outside:
        for device in (at_home, outside):
            device.forgive("status of 409")
            await device.become(desk)
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
    await page.click("text=Put theirs below mine")
    assert await page.input_value("#f-body") == "Mine. As it was\n\nTheirs"
    await page.click("#composer button.main")
    await page.wait_for_url("**?saved=saved*")
    [found] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert (found["body"], found["rev"]) == ("Mine. As it was\n\nTheirs", 3)

    # Different paragraphs are put together, and nothing is asked.
    await page.goto(f"{shared_server.url}/desk/stories/{slug}?edit={entry}")
    await page.locator(".ProseMirror").press("Control+End")
    await page.keyboard.type(", and mine")
    editor.edit(slug, entry, body="First\n\nAs it was\n\nTheirs")
    await page.keyboard.press("Control+Enter")
    box = page.locator(".conflict")
    await expect(box.locator(".notice li")).to_have_text("Both changed, and both are kept: Text.")
    await expect(box.get_by_role("button")).to_have_text("Put both together")
    await page.keyboard.press("Enter")
    text = "First\n\nAs it was\n\nTheirs, and mine"
    await expect(page.locator("#f-body")).to_have_value(text)
