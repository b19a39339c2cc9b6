"""Hosts that size frames by a script of their own: AMP, Datawrapper's, open-iframe-resizer and iframe-resizer 4."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elsewhere import Site, elsewhere
from paths import NODE_MODULES
from playwright.async_api import Page
from processes import PATIENCE, Server

pytestmark = pytest.mark.anyio

OPEN = NODE_MODULES / "@open-iframe-resizer/core/dist/index.js"
CLASSIC = NODE_MODULES / "iframe-resizer/js/iframeResizer.min.js"
# What amp-iframe asks of a frame (amp.dev, "amp-iframe", resizing): a message by its sentinel and type, from the frame
# itself, of at least 100 pixels. A document that may not have an origin has the origin "null".
AMP = """addEventListener("message", ({ data, source, origin }) => {
  const frame = document.querySelector("iframe");
  if (source !== frame.contentWindow || origin !== "null") return;
  if (data?.sentinel === "amp" && data.type === "embed-size" && data.height >= 100) frame.height = data.height;
});"""
# What Datawrapper gives its users to put beside a frame, in its own terms: an object of heights by the id in the address.
DATAWRAPPER = """addEventListener("message", ({ data }) => {
  if (data["datawrapper-height"] === undefined) return;
  for (const [id, height] of Object.entries(data["datawrapper-height"]))
    for (const frame of document.querySelectorAll("iframe"))
      if (frame.src.includes(id)) frame.style.height = `${height}px`;
});"""


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        running.put_script(OPEN.read_text(), "/open.js")
        running.put_script(CLASSIC.read_text(), "/classic.js")
        yield running


async def content_of(page: Page) -> LivePage:
    handle = await page.locator("iframe").element_handle()
    frame = await handle.content_frame()
    assert frame is not None
    return LivePage(frame)


async def fits(page: Page) -> int:
    """Waits until nothing of the frame scrolls. Returns its height."""
    inside = await content_of(page)
    async with asyncio.timeout(PATIENCE):
        while True:
            outer = await page.locator("iframe").evaluate("(frame) => frame.clientHeight")
            inner, scrolls = await inside.frame.evaluate(
                "[Math.ceil(document.body.getBoundingClientRect().height),"
                " document.documentElement.scrollHeight > innerHeight]"
            )
            if outer == inner and not scrolls:
                return int(outer)
            await page.evaluate("new Promise(requestAnimationFrame)")


HOSTS = {
    "amp": f'{{frame:sandbox="allow-scripts allow-popups"}}<script>{AMP}</script>',
    "datawrapper": f"{{frame:}}<script>{DATAWRAPPER}</script>",
    "open-iframe-resizer": '{frame:}<script type="module">'
    'import { initialize } from "/open.js"; initialize({}, "iframe");</script>',
    "open-iframe-resizer in a sandbox": '{frame:sandbox="allow-scripts"}<script type="module">'
    'import { initialize } from "/open.js"; initialize({}, "iframe");</script>',
    "iframe-resizer": '{frame:}<script src="/classic.js"></script>'
    '<script>iFrameResize({}, "iframe");</script>',
    "iframe-resizer in a sandbox": '{frame:sandbox="allow-scripts"}<script src="/classic.js">'
    '</script><script>iFrameResize({ checkOrigin: false }, "iframe");</script>',
}


@pytest.mark.parametrize("name", HOSTS)
async def test_the_frame_is_as_tall_as_its_content(
    name: str, shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    reader.forgive("sandbox", "iFrameSizer", "postMessage.*origin")  # before the frame is there
    slug = editor.story()
    editor.post(slug, "Known")
    before, _, rest = HOSTS[name].partition("{frame:")
    more, _, after = rest.partition("}")
    frame = (
        f'<iframe id="live-1" title="A story" width="600" height="300" {more}'
        f' src="{shared_server.url}/stories/{slug}/embed"></iframe>'
    )
    page = await reader.open(site.put(before + frame + after))
    inside = await content_of(page)
    await inside.state("live")
    small = await fits(page)
    entry = editor.post(slug, "A new one. " * 90)["id"]
    await inside.level(2)
    assert await fits(page) > small
    editor.edit(slug, entry, body="Shorter")
    await inside.level(3)
    await page.set_viewport_size({"width": 390, "height": 800})
    await fits(page)
    editor.remove(slug, entry)
    await inside.level(4)
    assert await fits(page) <= small
    assert await reader.context.cookies() == []
