"""“Put it on your site” in a browser: each code that it copies works on another site, and the preview is the widget."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import httpx2
import pytest
from axe import violations
from browser import LivePage, Visitor, visitor
from desk_client import Editor
from desk_forms import Desk
from elements import Element
from elsewhere import Site, elsewhere
from playwright.async_api import Browser, Page, expect
from processes import PATIENCE, Server

pytestmark = pytest.mark.anyio

TITLE = "A \"story\" <of> & قصة 'two'"
AUTHOR = 'Q "X" <q> & زيد'
# What AMP's own runtime does with an `amp-iframe`, as its documentation has it
# (https://amp.dev/documentation/components/amp-iframe): it needs a placeholder near the top, sandboxes the frame, and
# gives it the height that it asks for if there is an `overflow` element.
AMP = """
addEventListener("message", ({ data, source }) => {
  if (data?.sentinel !== "amp" || data.type !== "embed-size") return;
  for (const box of document.querySelectorAll("amp-iframe[resizable]:has(> [overflow])"))
    if (box.firstElementChild.contentWindow === source && data.height >= 100)
      box.firstElementChild.style.height = `${data.height}px`;
});
for (const box of document.querySelectorAll("amp-iframe:has(> [placeholder])")) {
  const frame = document.createElement("iframe");
  for (const name of ["src", "title", "sandbox", "height", "frameborder"]) frame.setAttribute(name, box.getAttribute(name));
  frame.src += "#amp=1";
  if (box.hasAttribute("resizable")) frame.scrolling = "no";
  box.prepend(frame);
}
"""
WITHOUT_CLIPBOARD = """
Object.defineProperty(navigator, "clipboard", { value: { writeText: () => Promise.reject(new Error("no")) } });
"""
NO_COPYING = f"{WITHOUT_CLIPBOARD} document.execCommand = () => false;"
SELECTED = "getSelection().toString() || document.activeElement.value"


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


@pytest.fixture
async def writer(reader: Visitor, desk: Desk) -> Visitor:
    """An editor's browser, signed in."""
    reader.forgive(r"/embed(\?.*)?: net::ERR_ABORTED")  # a preview that another one replaced
    await reader.become(desk)
    return reader


async def opened(writer: Visitor, server: Server, slug: str, query: str = "") -> Page:
    page = await writer.open(f"{server.url}/desk/stories/{slug}/embed{query}")
    await (await preview(page)).state("live")
    return page


async def preview(page: Page) -> LivePage:
    frame = await page.locator("#preview iframe").element_handle()
    content = await frame.content_frame()
    assert content is not None
    return LivePage(content)


async def copied(page: Page, name: str) -> str:
    """What is in the clipboard after the code's button was pressed."""
    await page.click(f"[data-copy=code-{name}]")
    await expect(page.locator(f"[data-copy=code-{name}] > :first-child")).to_have_text("Copied")
    text: str = await page.evaluate("navigator.clipboard.readText()")
    assert text == await page.input_value(f"#code-{name}")
    return text


async def fill(page: Page, **options: str) -> None:
    """Fills in the form, and waits until the codes have it."""
    await page.locator("details.further").evaluate("(details) => (details.open = true)")
    for name, value in options.items():
        control = page.locator(f"#f-{name}")
        if await control.evaluate("({ tagName }) => tagName") == "SELECT":
            await control.select_option(value)
        else:
            await control.fill(value)
    await page.wait_for_function(
        "(wanted) => Object.entries(wanted).every(([name, value]) =>"
        " new URLSearchParams(location.search).get(name) === value)",
        arg=options,
    )


@pytest.mark.parametrize("way", ["script", "element", "iframe", "amp", "oembed"])
async def test_a_code_from_the_page_is_live_on_another_site(
    shared_server: Server, editor: Editor, writer: Visitor, site: Site, way: str
) -> None:
    slug = editor.story(title=TITLE)
    credit = [{"role": "text", "name": AUTHOR}]
    ids = [editor.post(slug, f"Number {n}", credits=credit)["id"] for n in range(4)]
    editor.post(slug, "By nobody")
    await writer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await opened(writer, shared_server, slug)
    await fill(page, author=AUTHOR, limit="2", theme="dark")
    code = await copied(page, way)
    await page.close()

    if way == "oembed":  # what the editor of a site does with a pasted address
        asked = httpx2.get(f"{shared_server.url}/oembed", params={"url": code}, trust_env=False)
        code = asked.json()["html"]
    if way == "amp":
        script = site.put_script(AMP, "/amp.js")
        code = code.replace("https://cdn.ampproject.org/v0/amp-iframe-0.1.js", script)
    host = await writer.open(site.put(code.replace("<script async custom", "<script defer custom")))
    if way == "element":
        element = Element(host)
        await element.state("live")
        assert await element.ids() == ids[:1:-1]
        assert await element.part(".title").inner_text() == TITLE
        assert await element.itself.evaluate("(e) => getComputedStyle(e).colorScheme") == "dark"
        other, entry = editor.post(slug)["id"], editor.post(slug, credits=credit)["id"]
        await element.entry(entry).wait_for()
        assert await element.entry(other).count() == 0
        return
    handle = await host.locator("iframe").element_handle()
    frame = await handle.content_frame()
    assert frame is not None
    shown = LivePage(frame)
    await shown.state("live")
    assert await shown.part("article:visible").count() == 2
    assert (await shown.ids())[:2] == ids[:1:-1]
    assert await frame.locator("h1").inner_text() == TITLE
    assert await frame.locator("html").get_attribute("data-theme") == "dark"
    other, entry = editor.post(slug)["id"], editor.post(slug, credits=credit)["id"]
    await shown.entry(entry).wait_for()
    assert await shown.entry(other).count() == 0
    name = await handle.get_attribute("title")
    assert name == ("Live coverage" if way == "script" else TITLE)
    if way in {"script", "amp"}:  # as tall as its content
        async with asyncio.timeout(PATIENCE):
            while not await frame.evaluate("document.documentElement.scrollHeight === innerHeight"):
                await frame.evaluate("new Promise(requestAnimationFrame)")
        height = await handle.evaluate("(frame) => frame.clientHeight")
        assert height == await frame.evaluate(
            "Math.ceil(document.body.getBoundingClientRect().height)"
        )


async def test_the_preview_and_the_codes_follow_the_options(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story(topics=["kharkiv"])
    entry = editor.post(slug, "Plain")["id"]
    key = editor.post(slug, "Of note", key=True)["id"]
    page = await opened(writer, shared_server, slug)
    loaded = await page.evaluate("loaded")
    await fill(page, show="key", compact="1")
    shown = await preview(page)
    await shown.state("live")
    assert await shown.ids() == [key]
    assert "compact" in str(await shown.frame.locator("body").get_attribute("class"))
    assert 'data-show="key" data-compact>' in await page.input_value("#code-script")
    # The preview is live.
    newer = editor.post(slug, "Of note, too", key=True)["id"]
    await shown.entry(newer).wait_for()
    # What is wrong is said at its field, and what was typed stays; the codes go on without it.
    await fill(page, limit="51")
    await expect(page.locator("#f-limit-error")).to_have_text("Updates at first: accepted: 1 to 50")
    assert await page.locator("#f-limit").get_attribute("aria-invalid") == "true"
    assert "data-limit" not in await page.input_value("#code-script")
    await fill(page, limit="5")
    await expect(page.locator("#f-limit-error")).to_have_count(0)
    assert await page.locator("#f-limit").get_attribute("aria-invalid") is None
    assert 'data-limit="5"' in await page.input_value("#code-script")
    # The address of the page has the options: loaded again, it shows the same.
    code = await page.input_value("#code-script")
    assert await page.evaluate("loaded") == loaded
    await page.reload()
    assert await page.input_value("#code-script") == code
    # A link in the preview does not take the desk away.
    frame = (await preview(page)).frame
    await frame.wait_for_selector("base[target=_blank]", state="attached")
    assert entry not in await (await preview(page)).ids()


@pytest.mark.parametrize("script", [WITHOUT_CLIPBOARD, NO_COPYING], ids=["refused", "impossible"])
async def test_without_the_clipboard_the_code_is_selected(
    shared_server: Server, editor: Editor, writer: Visitor, script: str
) -> None:
    slug = editor.story()
    await writer.context.add_init_script(script)
    page = await opened(writer, shared_server, slug)
    await page.focus("[data-copy=code-oembed]")
    await page.keyboard.press("Enter")
    status = page.locator(".code:has(#code-oembed) [role=status]")
    if script == WITHOUT_CLIPBOARD:
        await expect(status).to_have_text("Copied: oEmbed")
        assert await page.evaluate("document.activeElement.dataset.copy") == "code-oembed"
    else:
        await expect(status).to_contain_text("The code is selected")
        await expect(status).to_be_visible()
        assert await page.evaluate(SELECTED) == f"{shared_server.url}/stories/{slug}"


async def test_copying_is_announced(shared_server: Server, editor: Editor, writer: Visitor) -> None:
    slug = editor.story()
    await writer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await opened(writer, shared_server, slug)
    status = page.locator(".code:has(#code-feed-json) [role=status]")
    await expect(status).to_have_text("")
    assert await copied(page, "feed-json") == f"{shared_server.url}/stories/{slug}/feed.json"
    await expect(status).to_have_text("Copied: JSON Feed")
    button = page.get_by_role("button", name=re.compile("JSON Feed"))
    await expect(button).to_have_accessible_name("Copy JSON Feed")  # after a while


async def test_without_scripts_the_form_shows_the_codes_and_the_preview(
    shared_server: Server, editor: Editor, browser: Browser, desk: Desk
) -> None:
    slug = editor.story(title=TITLE)
    key = editor.post(slug, "Of note", key=True)["id"]
    editor.post(slug, "Plain")
    async with visitor(browser, java_script_enabled=False) as somebody:
        await somebody.become(desk)
        page = await somebody.open(f"{shared_server.url}/desk/stories/{slug}/embed")
        await page.select_option("#f-show", "key")
        await page.get_by_role("button", name="Show the codes").click()
        await page.wait_for_url("**show=key**")
        frame = page.frame_locator("#preview iframe")
        await expect(frame.locator(f'article[id="{key}"]')).to_be_visible()
        await expect(frame.locator("[role=feed] > article")).to_have_count(1)
        assert 'data-show="key"' in await page.input_value("#code-script")
        assert await page.locator("[data-copy]:visible").count() == 0


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_it_has_no_fault_and_is_not_wider_than_a_phone(
    shared_server: Server, editor: Editor, writer: Visitor, language: str
) -> None:
    title = ("قصة طويلة جدا عن " if language == "ar" else "Unübersehbarkeitsvermeidung ") * 8
    sites = [f"https://{'long-' * 9}{n}.example.org" for n in range(3)]
    slug = editor.story(title=title.strip(), language=language, embed_origins=sites)
    editor.post(slug, "Text")
    query = "?limit=99&accent=x&font=host&title=%D8%AE%22&author=" + "%D8%AE" * 90
    found: list[str] = []
    page = await opened(writer, shared_server, slug, query)
    for look in (("desktop", "light"), ("phone", "dark"), ("desktop", "dark"), ("phone", "light")):
        found += await violations(page, look)
    for width in (320, 800, 1300):
        await page.set_viewport_size({"width": width, "height": 740})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert not found, "\n\n".join(found)


async def test_the_link_from_the_desk_and_back_to_where_it_is_embedded(
    shared_server: Server, editor: Editor, writer: Visitor
) -> None:
    slug = editor.story()
    page = await writer.open(f"{shared_server.url}/desk/stories/{slug}")
    await page.get_by_role("link", name="Put it on your site").first.click()
    await page.wait_for_url("**/embed")
    await page.get_by_role("link", name="Where it is embedded").click()
    await page.wait_for_url("**#embedded-title")
    # The settings are closed otherwise: the browser opens what holds the target.
    await expect(page.locator("#embedded-title")).to_be_visible()
