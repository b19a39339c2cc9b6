"""The widget in every kind of page that puts it in: live, as tall as its content, and live again after a restart."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elsewhere import Site, elsewhere
from paths import NODE_MODULES
from playwright.async_api import Page, WebSocket, expect
from posters import token_at
from processes import PATIENCE, Server

pytestmark = pytest.mark.anyio

PYM = NODE_MODULES / "pym.js/dist/pym.v1.min.js"
STRICT = (
    "default-src 'none'; script-src 'nonce-n'; frame-src {server}; img-src data:; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

# What WordPress's wp-embed.js does in the page of a host, as its source has it (wp-includes/js/wp-embed.js).
WP_EMBED = """
window.opened = [];
addEventListener("message", ({ data, source }) => {
  if (!data || !(data.secret || data.message || data.value) || /[^a-zA-Z0-9]/.test(data.secret)) return;
  for (const quote of document.querySelectorAll(`blockquote[data-secret="${data.secret}"]`)) quote.style.display = "none";
  for (const frame of document.querySelectorAll(`iframe[data-secret="${data.secret}"]`)) {
    if (source !== frame.contentWindow) continue;
    frame.removeAttribute("style");
    if (data.message === "height") {
      let height = parseInt(data.value, 10);
      height = height > 1000 ? 1000 : ~~height < 200 ? 200 : height;
      frame.height = height;
    }
    if (data.message === "link") {
      const [from, to] = [new URL(frame.getAttribute("src")), new URL(data.value)];
      if (/^https?:$/i.test(to.protocol) && to.host === from.host && document.activeElement === frame)
        opened.push(data.value); // top.location.href = data.value
    }
  }
});
for (const frame of document.querySelectorAll("iframe.wp-embedded-content")) {
  let secret = frame.getAttribute("data-secret");
  if (!secret) {
    secret = Math.random().toString(36).substring(2, 12);
    frame.src += "#?secret=" + secret;
    frame.setAttribute("data-secret", secret);
  }
  frame.contentWindow.postMessage({ message: "ready", secret }, "*");
}
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


def box(slug: str, **data: str) -> str:
    more = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return f'<div data-liveblog="{slug}"{more}></div>'


def wordpress(server: Server, slug: str, secret: str = "") -> str:
    """As WordPress writes it. Its script makes the secret where the page has none."""
    address = f"{server.url}/stories/{slug}"
    given = f' data-secret="{secret}"' if secret else ""
    mark = f"#?secret={secret}" if secret else ""
    return (
        f'<blockquote class="wp-embedded-content"{given}><a href="{address}">A story</a></blockquote>'
        f'<iframe class="wp-embedded-content" sandbox="allow-scripts" security="restricted" width="600"'
        f' height="338" title="A story" src="{address}/embed{mark}"{given}></iframe>'
    )


async def inside(page: Page, number: int = 0) -> LivePage:
    frame = await page.locator("iframe").nth(number).element_handle()
    content = await frame.content_frame()
    assert content is not None
    return LivePage(content)


def sockets_of(page: Page) -> list[WebSocket]:
    """All sockets that the page and its frames open from now on."""
    found: list[WebSocket] = []

    def note(socket: WebSocket) -> None:
        found.append(socket)

    page.on("websocket", note)
    return found


async def fitting(page: Page, width: int) -> None:
    """At this width the frame is as tall as its content, so that nothing of it scrolls."""
    await page.set_viewport_size({"width": width, "height": 800})
    found = await inside(page)
    async with asyncio.timeout(PATIENCE):
        while True:
            outer = await page.locator("iframe").first.evaluate("(frame) => frame.clientHeight")
            inner, scrolls = await found.frame.evaluate(
                "[Math.ceil(document.body.getBoundingClientRect().height),"
                " document.documentElement.scrollHeight > innerHeight]"
            )
            if outer == inner and not scrolls:
                return
            await page.evaluate("new Promise(requestAnimationFrame)")


async def test_in_every_host_it_is_live_fits_and_survives_a_restart(
    tmp_path: Path, site: Site, reader: Visitor
) -> None:
    reader.forgive(r"WebSocket connection|/events\?", r"ERR_CONNECTION|ERR_ABORTED", r"sandbox")
    with Server(tmp_path / "server") as server:
        editor = Editor(server.url, await token_at(server))
        slug = editor.story()
        known = [editor.post(slug, f"Number {n}")["id"] for n in range(3)][::-1]
        load = f'<script async src="{server.url}/embed.js"></script>'
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><title>File</title>{box(slug)}{load}")
        site.put_script(PYM.read_text(), "/pym.js")
        frame = f'<iframe title="A story" width="600" height="700" src="{server.url}/stories/{slug}/embed"></iframe>'
        single = (
            f"<main></main>{load}<script>addEventListener('load', () => {{"
            f" document.querySelector('main').innerHTML = `{box(slug)}`; liveblog.scan(); }})</script>"
        )
        pym = (
            '<div id="pym"></div><script src="/pym.js"></script>'
            f"<script>new pym.Parent('pym', '{server.url}/stories/{slug}/embed', {{}})</script>"
        )
        strict = STRICT.format(server=server.url)
        isolated = {"Cross_Origin_Embedder_Policy": "require-corp"}
        loader = box(slug) + load
        addresses = {
            "loader": site.put(loader, "/loader"),
            "module": site.put(box(slug) + f'<script type="module" src="{server.url}/embed.js"></script>', "/module"),
            "import": site.put(box(slug) + f'<script type="module">import "{server.url}/embed.js"</script>', "/import"),
            "frame": site.put(frame, "/frame"),
            "wordpress": site.put(wordpress(server, slug), "/wordpress"),
            "pym": site.put(pym, "/pym"),
            "strict": site.put(box(slug) + load.replace("async", 'nonce="n" async'), "/strict", Content_Security_Policy=strict),
            "sandbox": site.put(loader, "/sandbox", Content_Security_Policy="sandbox allow-scripts"),
            "isolated": site.put(loader, "/isolated", **isolated),
            "isolated frame": site.put(frame, "/isolated-frame", **isolated),
            "file": file.as_uri(),
            "single": site.put(single, "/single"),
        }  # fmt: skip
        pages = {name: await reader.open(address) for name, address in addresses.items()}

        async def all_have(ids: list[str], head: int) -> None:
            for name, page in pages.items():
                found = await inside(page)
                await found.level(head)
                assert await found.ids() == ids, name

        for page in pages.values():
            await (await inside(page)).state("live")
        await all_have(known, 3)
        entry = editor.post(slug, "Into the **frame**")["id"]
        await all_have([entry, *known], 4)
        editor.edit(slug, entry, body="Changed " * 60)
        await all_have([entry, *known], 5)
        for page in pages.values():
            assert "Changed" in await (await inside(page)).entry(entry).inner_text()
        await pages["wordpress"].add_script_tag(content=WP_EMBED)
        for name in set(pages) - {"frame", "isolated frame"}:
            for width in (900, 390):
                await fitting(pages[name], width)
        editor.remove(slug, entry)
        await all_have(known, 6)
        assert server.stop() == 0
        editor.close()
        with await asyncio.to_thread(Server, tmp_path / "server", port=server.port) as successor:
            editor = Editor(successor.url, await token_at(successor))
            entry = editor.post(slug, "After the restart")["id"]
            await all_have([entry, *known], 7)
            editor.close()
        assert await reader.context.cookies() == []


async def test_links_live_in_wordpress_and_in_a_bare_sandbox(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    reader.forgive("sandbox")
    slug = editor.story()
    entry = editor.post(slug, "Known [elsewhere](https://example.org/a)")["id"]
    ours = f"{shared_server.url}/stories/{slug}/entries/{entry}"
    page = await reader.open(site.put(wordpress(shared_server, slug, "Ab3")))
    found = await inside(page)
    await found.state("live")
    await page.add_script_tag(content=WP_EMBED)
    await expect(page.locator("blockquote")).to_be_hidden()
    await found.entry(entry).locator(".when a").click()
    await page.wait_for_function("(href) => opened.includes(href)", arg=ours)

    bare = f'<iframe title="A" sandbox="allow-scripts" width="600" height="700" src="{shared_server.url}/stories/{slug}/embed"></iframe><textarea></textarea>'
    page = await reader.open(site.put(bare))
    found = await inside(page)
    await found.state("live")
    for link, address in (
        (found.entry(entry).locator(".share"), ours),
        (found.entry(entry).locator(".body a"), "https://example.org/a"),
    ):
        await link.click()
        await expect(found.frame.locator(".more-on [role=status]")).to_have_text("Link copied")
        await page.locator("textarea").fill("")
        await page.locator("textarea").focus()
        await page.keyboard.press("Control+V")
        assert await page.locator("textarea").input_value() == address


async def test_ten_widgets_of_a_page_share_one_socket_for_each_story(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slugs = [editor.story(), editor.story()]
    for slug in slugs:
        editor.post(slug, "Known")
    boxes = "".join(box(slugs[n % 2], limit=str(n + 1)) for n in range(10))
    address = site.put(boxes + f'<script async src="{shared_server.url}/embed.js"></script>')
    page = await reader.context.new_page()
    sockets = sockets_of(page)
    await page.goto(address)

    def living() -> list[str]:
        return sorted(socket.url.split("/")[4] for socket in sockets if not socket.is_closed())

    widgets = []
    for number in range(10):
        await page.locator("iframe").nth(number).scroll_into_view_if_needed()
        widgets.append(await inside(page, number))
        await widgets[-1].state("live")
    assert living() == sorted(slugs)

    for slug in slugs:
        editor.post(slug, "To all")
    for number in range(10):
        await widgets[number].level(2)
    assert living() == sorted(slugs)

    # The frame that has the socket goes: another one goes on, and nobody misses anything.
    await page.evaluate("document.querySelectorAll('[data-liveblog]')[0].remove()")
    for slug in slugs:
        editor.post(slug, "After one went")
    for number in range(1, 10):
        await widgets[number].level(3)
    assert living() == sorted(slugs)
    await page.evaluate("document.body.replaceChildren()")
    async with asyncio.timeout(PATIENCE):
        while living():
            await page.evaluate("new Promise(requestAnimationFrame)")


async def test_where_third_parties_share_nothing_each_widget_has_its_own_socket(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    """A browser that blocks the storage of third parties refuses locks."""
    slug = editor.story()
    editor.post(slug, "Known")
    refused = "if (navigator.locks) navigator.locks.request = async () => { throw new Error(); };"
    await reader.context.add_init_script(refused)
    page = await reader.context.new_page()
    sockets = sockets_of(page)
    await page.goto(site.put(box(slug) * 2 + f'<script src="{shared_server.url}/embed.js"></script>'))  # fmt: skip
    for number in range(2):
        await page.locator("iframe").nth(number).scroll_into_view_if_needed()
        await (await inside(page, number)).state("live")
    editor.post(slug, "To both")
    for number in range(2):
        await (await inside(page, number)).level(2)
    assert len(sockets) == 2


async def test_a_widget_that_comes_late_to_a_shared_socket_misses_nothing(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    """Its page is older than what the socket has said."""
    slug = editor.story()
    editor.post(slug, "Known")
    page = await reader.open(site.put(box(slug) + f'<script src="{shared_server.url}/embed.js"></script>'))  # fmt: skip
    await (await inside(page)).state("live")
    stale = editor.http.get(f"/stories/{slug}/embed?limit=5").text
    entry = editor.post(slug, "Later")["id"]
    await (await inside(page)).level(2)

    async def old(route: object) -> None:
        await route.fulfill(body=stale, content_type="text/html", headers={"cross-origin-resource-policy": "cross-origin"})  # type: ignore[attr-defined]  # fmt: skip

    await reader.context.route("**/embed?limit=5", old)
    await page.evaluate(
        """(made) => { document.body.insertAdjacentHTML("beforeend", made); liveblog.scan(); }""",
        box(slug, limit="5"),
    )
    late = await inside(page, 1)
    await late.level(2)
    await late.state("live")
    assert (await late.ids())[0] == entry


async def test_options_of_the_loader_and_what_a_publisher_is_told(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    for number in range(12):
        editor.post(slug, f"Number {number}", headline=f"Headline {number}", key=number == 3)
    load = f'<script src="{shared_server.url}/embed.js"></script>'
    address = f"{shared_server.url}/stories/{slug}?show=key&amp;utm=x"
    content = (
        box(slug, limit="3", order="oldest", lang="de", theme="dark", title="Unser Ticker", height="300")
        + box(address)
        + box(slug, compact="", limit="4")
        + box(slug, limit="0", order="up", theme="pink", height="tall")
        + load
    )  # fmt: skip
    page = await reader.open(site.put(content))
    found = []
    for number in range(4):
        await page.locator("iframe").nth(number).scroll_into_view_if_needed()
        found.append(await inside(page, number))
        await found[-1].state("live")

    first, keys, ticker, wrong = found
    assert await page.locator("iframe").first.get_attribute("title") == "Unser Ticker"
    assert await first.frame.title() == "Unser Ticker"
    assert await page.locator("iframe").first.evaluate("(frame) => frame.clientHeight") == 300
    texts = await first.part("[role=feed] h2").all_inner_texts()
    assert texts == ["Headline 0", "Headline 1", "Headline 2"]
    assert await first.frame.locator("html").get_attribute("data-theme") == "dark"
    assert await first.frame.locator("html").get_attribute("data-interface") == "de"
    assert await first.part("[data-end=bottom]").inner_text() == "Mehr Meldungen"
    assert await keys.part("[role=feed] h2").all_inner_texts() == ["Headline 3"]
    assert await ticker.part("[role=feed] > article:visible").count() == 4
    assert await ticker.part("[role=feed] .body:visible").count() == 0
    assert await wrong.part("[role=feed] > article").count() == 8
    told = " ".join(reader.troubles)
    reader.troubles.clear()
    for name, given in (
        ("limit", "0"),
        ("order", "up"),
        ("theme", "pink"),
        ("data-height", "tall"),
    ):
        assert told.count(f'liveblog: {name}="{given}"') == 1, told
    assert told.count("liveblog:") == 4, told


async def test_a_single_page_host_adds_and_removes_it(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.context.new_page()
    sockets = sockets_of(page)
    await page.goto(site.put(f'<main></main><script src="{shared_server.url}/embed.js"></script>'))
    for head in range(1, 5):
        await page.evaluate(
            "(made) => { document.querySelector('main').innerHTML = made; liveblog.scan(); }",
            box(slug),
        )
        found = await inside(page)
        await found.state("live")
        editor.post(slug, secrets.token_hex(2))
        await found.level(head)
        await fitting(page, 700)
        await page.evaluate("document.querySelector('main').replaceChildren()")
    async with asyncio.timeout(PATIENCE):
        while not all(socket.is_closed() for socket in sockets):
            await page.evaluate("new Promise(requestAnimationFrame)")
    assert len(sockets) == 4


async def test_accents_and_fonts_are_the_hosts_where_it_asks(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    rubbish = quote("url(https://x);}", safe="")
    content = (
        f'<div style="font-family: Georgia">{box(slug, font="host", accent="#00ff00")}</div>'
        + box(f"/stories/{slug}?font={rubbish}&amp;accent=red")
        + f'<script src="{shared_server.url}/embed.js"></script>'
    )
    page = await reader.open(site.put(content))
    values = []
    for number in range(2):
        await page.locator("iframe").nth(number).scroll_into_view_if_needed()
        found = await inside(page, number)
        await found.state("live")
        values.append(await found.frame.evaluate("document.documentElement.getAttribute('style')"))
    assert "--live: #00ff00" in values[0]
    assert "--on-live: #000" in values[0]
    assert "--sans: Georgia" in values[0]
    assert "--" not in (values[1] or "")
