"""`<live-blog-embed>` takes a host's look, and does on a host's page what an update does on ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe import violations
from browser import Visitor
from desk_client import Editor
from elements import Element, element, opened
from elsewhere import Site, elsewhere
from paths import ROOT
from playwright.async_api import Request, Route, expect
from processes import Server
from public_pages import ARABIC, ENGLISH, full_story

pytestmark = pytest.mark.anyio

LONG = "The line is holding, and those on the ground say that they could have gone further. " * 40
STYLE = "(e, [name, pseudo]) => getComputedStyle(e, pseudo || null).getPropertyValue(name)"


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


async def style(shown: Element, selector: str, name: str, pseudo: str = "") -> str:
    value: str = await shown.part(selector).first.evaluate(STYLE, [name, pseudo])
    return value


async def test_share_copies_the_address_or_follows_it(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "To share")["id"]
    address = f"{shared_server.url}/stories/{slug}/entries/{entry}"
    await reader.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    shown = await opened(reader, site.put(element(shared_server, slug)))
    await shown.page.evaluate("navigator.share = undefined")
    await shown.part(".share").click()
    await expect(shown.part("[role=status]")).to_have_text("Link copied")
    assert await shown.page.evaluate("navigator.clipboard.readText()") == address
    assert "✓" in await style(shown, ".share", "content", "::after")
    await shown.page.evaluate("navigator.share = (what) => void (window.shared = what)")
    await shown.part(".share").click()
    await shown.page.wait_for_function("(url) => window.shared?.url === url", arg=address)
    assert shown.page.url == f"{site.url}/"
    await shown.page.evaluate(
        "() => { navigator.share = () => Promise.reject(new Error('not here')); }"
    )
    await shown.part(".share").click()
    await shown.page.wait_for_url(address)


async def test_a_providers_frame_is_loaded_by_a_press_alone(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = full_story(editor, ENGLISH).slug
    asked: list[str] = []

    async def video(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(body="<title>Video</title>", content_type="text/html")

    await reader.context.route(re.compile(r"youtube"), video)
    shown = await opened(reader, site.put(element(shared_server, slug, 'limit="20"')))
    while not await shown.part("button.load").is_visible():
        await shown.part(".older").click()
    assert asked == []
    await shown.part("button.load").click()
    frame = shown.part(".entry iframe")
    await expect(frame).to_have_attribute(
        "src", re.compile(r"^https://www\.youtube-nocookie\.com/")
    )
    await expect(frame).to_be_focused()
    assert "allow-scripts" in str(await frame.get_attribute("sandbox"))
    assert len(asked) == 1


async def test_each_part_and_property_of_the_docs_can_be_styled(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    docs = (ROOT / "docs/element.md").read_text()
    parts = re.findall(r"`([a-z]+)`", docs.partition("With `::part()`")[2].partition("```")[0])
    names = [name for name in re.findall(r"`--liveblog-([a-z-]+)`", docs) if name != "size"]
    assert len(parts) == 14
    assert len(names) == 14
    slug = editor.story()
    key = {"headline": "Headline", "labels": ["breaking"], "verification": {"status": "confirmed"}}
    for number in range(9):
        editor.post(slug, f"Number {number}", **key)
    rules = "".join(f"live-blog-embed::part({part}) {{ --seen: {part} }}" for part in parts)
    given = {name: f"rgb(1, 2, {n})" for n, name in enumerate(names)}
    given |= {"serif": "Courier", "sans": "Arial"}
    values = "".join(f"--liveblog-{name}: {value};" for name, value in given.items())
    look = f"<style>{rules} live-blog-embed {{ {values} --liveblog-size: 20px }}</style>"
    shown = await opened(reader, site.put(look + element(shared_server, slug)))
    editor.post(slug, "Newest", **key)  # what comes live has its parts, too
    await shown.level(10)
    while await shown.part("article").count() < 10:  # first those that two screens did not hold
        await shown.part(".older").evaluate("(button) => button.click()")
    seen = await shown.itself.evaluate(
        """(e) => [...e.shadowRoot.querySelectorAll('[part]')].flatMap((one) =>
          one.part.contains(getComputedStyle(one).getPropertyValue('--seen').trim()) ? [...one.part] : [])"""
    )
    assert set(seen) >= set(parts)
    for part in ("entry", "time", "marks", "headline", "body", "byline"):
        assert seen.count(part) == 10, part
    for name, value in given.items():
        assert await style(shown, ".blog", f"--{name}") == value, name
    assert await style(shown, ".blog", "font-size") == "20px"
    assert await style(shown, ".blog", "font-family") == "Courier"
    assert await style(shown, ".pause", "font-family") == "Arial"
    assert await style(shown, ".body", "color") == given["ink"]
    assert await style(shown, ".blog", "background-color") == given["sheet"]


async def test_it_takes_the_hosts_font_and_colour_and_follows_them_in_the_dark(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = full_story(editor, ENGLISH).slug
    editor.post(slug, LONG)
    themes = ("host", "light", "dark", "")
    several = "".join(element(shared_server, slug, f'theme="{each}"') for each in themes)
    look = """<style>
      html { font-size: 62.5%; color-scheme: light dark }
      body { font: 1.8rem/1.2 Courier, monospace; color: light-dark(#123, #eef); background: light-dark(#fff, #111) }
      p, a, h2, button { color: red; text-transform: uppercase; letter-spacing: .2em }
    </style>"""
    page = site.put(f"{look}<main><h1>Elsewhere</h1>{several}</main>")
    host = await opened(reader, page)
    light, dark, either = (Element(host.page, number) for number in (1, 2, 3))
    for each in (light, dark, either):
        await each.state("live")
    for scheme, ink in (("light", "rgb(17, 34, 51)"), ("dark", "rgb(238, 238, 255)")):
        await host.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await expect(host.part(".body").first).to_have_css("color", ink)
        assert "Courier" in await style(host, ".body", "font-family")
        assert await style(host, ".body p", "text-transform") == "none"
        assert await violations(host.page, ("desktop", scheme)) == []
    grounds = [await style(one, ".blog", "background-color") for one in (light, dark, either)]
    assert grounds[1] == grounds[2] != grounds[0]
    assert await style(light, ".blog", "font-size") == "16px"


async def test_it_saves_data_where_the_reader_does(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = full_story(editor, ENGLISH).slug
    pictures: list[str] = []

    def note(request: Request) -> None:
        if "/media/" in request.url:
            pictures.append(request.url)

    reader.context.on("request", note)
    await reader.context.add_init_script("""Object.defineProperty(NetworkInformation.prototype, "saveData", { value: true });
        window.savesData = navigator.connection.saveData""")
    shown = await opened(reader, site.put(element(shared_server, slug, 'limit="20"')))
    assert await shown.page.evaluate("savesData")
    medium = shown.part(".medium[data-kind=picture]").first
    while not await medium.is_visible():
        await shown.part(".older").click()
    await medium.scroll_into_view_if_needed()
    await expect(medium.locator("img").first).to_be_hidden()
    assert [url for url in pictures if ".webp" in url] == []
    await medium.get_by_text("Load picture").click()
    await expect(medium.locator("picture img")).to_have_js_property("complete", True)
    await expect(medium.locator("picture img")).to_be_visible()
    assert pictures


async def test_right_to_left_and_without_motion(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = full_story(editor, ARABIC).slug
    editor.post(slug, ARABIC["text"] * 60)
    body = f"<main><h1>Elsewhere</h1>{element(shared_server, slug)}</main>"
    shown = await opened(reader, site.put(body))
    await shown.page.emulate_media(reduced_motion="reduce")
    head = editor.head(slug)
    new = editor.post(slug, ARABIC["text"])["id"]
    await shown.level(head + 1)
    assert await style(shown, f'[id="{new}"]', "animation-name") == "none"
    assert await style(shown, f'[id="{new}"]', "animation-name", "::before") == "none"
    assert await style(shown, ".blog", "direction") == "rtl"
    assert await style(shown, ".pause", "direction") == "rtl"
    at = "(e) => e.getBoundingClientRect()"
    when, blog = [await shown.part(one).first.evaluate(at) for one in (".when time", ".blog")]
    assert when["x"] + when["width"] > blog["x"] + blog["width"] - 60, "times are at the right"
    rest = await shown.part(".rest").first.evaluate(at)
    assert rest["x"] + rest["width"] > blog["x"] + blog["width"] - 60
    assert await violations(shown.page, ("desktop", "light"), ("phone", "dark")) == []
