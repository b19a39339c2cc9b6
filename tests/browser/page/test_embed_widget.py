"""The widget in pages of other origins: live like the page itself, as tall as it needs to be, without cookies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elements import SOCKETS
from elsewhere import Site, elsewhere
from playwright.async_api import Page, expect
from processes import PATIENCE, Server

pytestmark = pytest.mark.anyio

HEIGHTS = """<script>
  window.told = [];
  addEventListener("message", ({ data }) => told.push(data));
</script>"""


# The spread of reloads (static/embed/entry-frame.js): the test says when.
HELD_RELOAD = """() => {
  const own = setTimeout;
  Math.random = () => 0.123;
  window.setTimeout = (again, after) => (after === 0.123 * 2000 ? (window.reload = again) : own(again, after));
}"""


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


def loader(server: Server, story: str, **data: str) -> str:
    more = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return (
        f'<p>Above</p><div data-liveblog="{story}"{more}></div>'
        f'<script async src="{server.url}/embed.js"></script><p>Below</p>'
    )


def plain_frame(server: Server, slug: str, attributes: str = "") -> str:
    address = f"{server.url}/stories/{slug}/embed"
    return f'<iframe {attributes} width="600" height="700" src="{address}"></iframe>'


async def widget(page: Page, number: int = 0) -> LivePage:
    """The live story within a page of somebody else's."""
    frame = await page.locator("iframe").nth(number).element_handle()
    inside = await frame.content_frame()
    assert inside is not None
    found = LivePage(inside)
    await found.state("live")
    return found


async def takes_three_changes(inside: LivePage, editor: Editor, slug: str) -> None:
    """An entry arrives, is changed in its place, and goes; nothing is loaded again."""
    loaded, known, head = await inside.document(), await inside.ids(), editor.head(slug)
    entry = editor.post(slug, "Into the **frame**")["id"]
    await inside.level(head + 1)
    assert await inside.ids() == [entry, *known]
    assert await inside.entry(entry).locator("strong").inner_text() == "frame"
    editor.edit(slug, entry, body="Changed in the frame")
    await inside.level(head + 2)
    assert await inside.ids() == [entry, *known]
    assert await inside.entry(entry).locator(".body").inner_text() == "Changed in the frame"
    editor.remove(slug, entry)
    await inside.level(head + 3)
    assert await inside.ids() == known
    assert await inside.document() == loaded


async def heights(page: Page, inside: LivePage) -> tuple[int, int]:
    """Of the frame, and of what is in it."""
    outer: int = await page.locator("iframe").evaluate("(frame) => frame.clientHeight")
    inner: int = await inside.frame.evaluate(
        "Math.ceil(document.body.getBoundingClientRect().height)"
    )
    return outer, inner


async def fits(page: Page, inside: LivePage) -> int:
    """Waits until the frame is as tall as what is in it, and gives that height."""
    async with asyncio.timeout(PATIENCE):
        while True:
            outer, inner = await heights(page, inside)
            if outer == inner:
                return outer
            await page.evaluate("new Promise(requestAnimationFrame)")


async def test_by_the_loader(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Known")["id"]
    page = await reader.open(site.put(loader(shared_server, slug, theme="dark")))
    inside = await widget(page)
    await takes_three_changes(inside, editor, slug)
    assert await inside.frame.locator("html").get_attribute("data-theme") == "dark"
    assert await page.locator("iframe").get_attribute("title") == "Live coverage"

    small = await fits(page, inside)
    editor.edit(slug, entry, body="Much longer. " * 300)
    await inside.level(5)
    tall = await fits(page, inside)
    assert tall > small + 200
    editor.edit(slug, entry, body="Short again")
    await inside.level(6)
    assert await fits(page, inside) < small + 100

    assert await reader.context.cookies() == []


async def test_by_the_loader_with_an_address(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    address = f"{shared_server.url}/stories/{slug}"
    page = await reader.open(site.put(loader(shared_server, address)))
    await takes_three_changes(await widget(page), editor, slug)


async def test_the_server_learns_the_site_of_a_page_that_withholds_its_address(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    withheld = '<meta name="referrer" content="no-referrer">'
    page = await reader.open(site.put(withheld + loader(shared_server, slug)))
    inside = await widget(page)
    here = await page.evaluate("`${location.origin}/`")
    assert await inside.frame.evaluate("document.referrer") == here, "and not the page"


async def test_one_entry_goes_at_once_when_it_is_taken_down(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Taken down later")["id"]
    address = f"{shared_server.url}/stories/{slug}/entries/{entry}/embed"
    reader.forgive("410")
    page = await reader.open(site.put(f'<iframe src="{address}"></iframe>'))
    inside = await (await page.locator("iframe").element_handle()).content_frame()
    assert inside is not None
    await expect(inside.locator("article")).to_contain_text("Taken down later")
    await inside.evaluate(HELD_RELOAD)
    await asyncio.to_thread(editor.remove, slug, entry)
    await expect(inside.locator("article")).to_have_count(0)
    assert await inside.evaluate("typeof reload") == "function", "it waits its turn"
    await inside.evaluate("reload()")
    await expect(inside.locator("body")).to_contain_text("This update was taken down")


async def test_by_a_plain_frame(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.open(site.put(HEIGHTS + plain_frame(shared_server, slug)))
    inside = await widget(page)
    await takes_three_changes(inside, editor, slug)
    _, height = await heights(page, inside)
    wanted = [
        {"type": "liveblog:height", "height": height},
        {"datawrapper-height": {slug: height}},
        f"pymxPYMxxPYMxheightxPYMx{height}",
    ]
    await page.wait_for_function(
        """(wanted) => {
          const there = new Set(told.map((data) => JSON.stringify(data)));
          return wanted.every((data) => there.has(JSON.stringify(data)));
        }""",
        arg=wanted,
    )
    assert await reader.context.cookies() == []


async def test_in_a_sandbox_without_an_origin(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    """As WordPress embeds what it does not know: cookies and storage throw, everything is foreign."""
    slug = editor.story()
    known = [editor.post(slug, f"Number {n}")["id"] for n in range(20)][::-1]
    page = await reader.open(site.put(plain_frame(shared_server, slug, 'sandbox="allow-scripts"')))
    inside = await widget(page)
    assert await inside.frame.evaluate("self.origin") == "null"
    await takes_three_changes(inside, editor, slug)
    for number in (16, 20):
        await inside.part("[data-end=bottom]").click()
        await expect(inside.part("[role=feed] > article")).to_have_count(number)
    assert await inside.ids() == known
    assert await inside.part("[data-end]").count() == 0


async def test_in_a_page_that_is_a_file(
    shared_server: Server, editor: Editor, reader: Visitor, tmp_path: Path
) -> None:
    """As apps and mail programs show it: no `frame-ancestors` of networks matches that."""
    slug = editor.story()
    for number, content in enumerate(
        (loader(shared_server, slug), plain_frame(shared_server, slug))
    ):
        file = tmp_path / f"{number}.html"
        file.write_text(f"<!doctype html>{content}")
        page = await reader.open(file.as_uri())
        await takes_three_changes(await widget(page), editor, slug)


async def test_nobody_is_kept_from_the_widget_by_a_header_and_others_from_the_rest(
    editor: Editor,
) -> None:
    slug = editor.story()
    for _ in range(2):  # as it is made, and as it is kept
        widgets = editor.http.get(f"/stories/{slug}/embed").headers
        assert "frame-ancestors" not in widgets["content-security-policy"]
        assert "x-frame-options" not in widgets
        pages = editor.http.get(f"/stories/{slug}").headers
        assert "frame-ancestors 'self'" in pages["content-security-policy"]
    desks = editor.http.get("/desk/login").headers
    assert "frame-ancestors 'none'" in desks["content-security-policy"]


async def test_the_loader_frames_our_own_stories_alone(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug, port = editor.story(), shared_server.port
    ours = [
        slug, f"/stories/{slug}", f"/stories/{slug}/", f"/stories/{slug}/embed", f"{shared_server.url}/stories/{slug}#e1",
        # Of whichever host it is: the story of ours with that name.
        f"https://127.0.0.1:{port + 1}/stories/{slug}", f"https://evil.test/stories/{slug}", f"//evil.test/stories/{slug}",
        f"http://a:b@evil.test/stories/{slug}", f"\\\\evil.test\\stories\\{slug}",
    ]  # fmt: skip
    nothing = [
        "https://x//evil.test/a", "https://x//evil.test/stories/a", "//evil.test", "/\\evil.test/a", "\\\\evil.test\\a",
        "https://x/\\evil.test/stories/a", "https://x/%2f%2fevil.test/a", "/stories//evil.test/a", "/stories/..//evil.test",
        "/stories/%2e%2e//evil.test/a", "javascript:alert(1)", "javascript:alert(1)//stories/a", "javascript://stories/a%0aalert(1)",
        "data:text/html,/stories/a", "blob:https://evil.test/stories/a", "https://[", "http://", "", "/", "..", "a/b",
        "/desk/login", "/stories/a/entries/b", "/stories/a/embed/b", "/api/docs", "\t//evil.test/a", "https:evil.test//evil.test",
    ]  # fmt: skip
    page = await reader.open(site.put(loader(shared_server, slug)))
    framed = await page.evaluate(
        """(given) => {
          const box = document.body.appendChild(document.createElement("section"));
          return given.map((value) => {
            const element = document.createElement("div");
            element.dataset.liveblog = value;
            box.replaceChildren(element);
            liveblog.scan(box);
            return element.querySelector("iframe")?.src ?? null;
          });
        }""",
        [*ours, *nothing],
    )
    address = f"{shared_server.url}/stories/{slug}/embed"
    assert framed[: len(ours)] == [address] * len(ours)
    assert framed[len(ours) :] == [None] * len(nothing)
    assert len(reader.troubles) == len(nothing)
    assert all("is no story of" in text for text in reader.troubles)
    reader.troubles.clear()  # that is what they should be told


async def test_two_widgets_and_a_loader_included_twice(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slugs = [editor.story(), editor.story()]
    page = await reader.open(
        site.put("".join(loader(shared_server, slug) for slug in slugs) + "<p>End</p>")
    )
    for number, slug in enumerate(slugs):
        inside = await widget(page, number)
        await takes_three_changes(inside, editor, slug)
    await page.evaluate("liveblog.scan()")
    assert await page.locator("iframe").count() == 2


async def test_new_entries_wait_while_the_top_of_the_widget_is_out_of_sight(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    known = [editor.post(slug, f"Number {n}. " * 50)["id"] for n in range(12)][::-1]
    page = await reader.open(site.put(loader(shared_server, slug)))
    inside = await widget(page)
    await fits(page, inside)
    await scrolled(page, inside, 900)
    before = await page.evaluate("scrollY")
    entry = editor.post(slug, "Held back")["id"]
    await inside.level(13)
    assert await inside.ids() == known[:8]
    counter = inside.part(".new-updates")
    assert await counter.inner_text() == "1 new update"
    assert await page.evaluate("scrollY") == before
    await expect(counter).to_be_in_viewport(ratio=1)
    await counter.click()
    assert await inside.ids() == [entry, *known[:8]]
    await expect(inside.entry(entry)).to_be_in_viewport()


async def test_an_edit_above_what_is_being_read_moves_nothing(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    """In the widget, and in the host's text below it."""
    slug = editor.story()
    known = [editor.post(slug, f"Number {n}. " * 20)["id"] for n in range(8)][::-1]
    after = "".join(f'<p id="p{n}">Paragraph {n}. {"Text. " * 60}</p>' for n in range(30))
    page = await reader.open(site.put(loader(shared_server, slug) + after))
    inside = await widget(page)
    await fits(page, inside)
    for number, read in enumerate((inside.entry(known[3]), page.locator("#p20"))):
        box = await read.bounding_box()
        assert box is not None
        await scrolled(page, inside, await page.evaluate("scrollY") + box["y"] - 100)
        top = read.bounding_box
        before = await top()
        assert before is not None
        assert 0 <= before["y"] < 720, "it is not being read"
        edited = inside.entry(known[number])
        small = await edited.evaluate("(entry) => entry.clientHeight")
        editor.edit(slug, known[number], body="Longer. " * 400)
        await inside.level(9 + number)
        assert await edited.evaluate("(entry) => entry.clientHeight") > small + 300
        await fits(page, inside)
        now = await top()
        assert now is not None
        assert abs(now["y"] - before["y"]) <= 1


async def scrolled(page: Page, inside: LivePage, to: int) -> None:
    """Scrolls the host, and waits until the widget knows."""
    expected = await page.locator("iframe").evaluate(
        """async (frame, to) => {
          scrollTo(0, to);
          const box = frame.getBoundingClientRect();
          return Math.max(0, box.bottom > 0 ? -box.top : box.height);
        }""",
        to,
    )
    await inside.frame.wait_for_function(
        """(expected) => new Promise((done) => {
          const told = ({ data }) =>
            data?.type === "liveblog:view" && Math.abs(data.top - expected) < 1 && done(true);
          addEventListener("message", told);
          parent.postMessage({ type: "liveblog:height", height: document.body.getBoundingClientRect().height }, "*");
        })""",
        arg=expected,
    )


async def test_the_frame_of_an_update_has_no_socket_after_the_end(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    reader.forgive("410")
    await reader.context.add_init_script(SOCKETS)
    page = await reader.open(f"{shared_server.url}/stories/{slug}/entries/{entry}/embed")
    await page.wait_for_function("sockets.size === 1")
    editor.change_story(slug, status="ended")
    await page.wait_for_function("sockets.size === 0")
    # Back in view it asks once: an update may be taken down after the end, too.
    editor.remove(slug, entry)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.wait_for_selector(".feed", state="detached")
