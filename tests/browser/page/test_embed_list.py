"""A list of sites that may embed a story, as a browser holds it: frames, scripts and sockets of other sites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from elsewhere import Site, elsewhere
from processes import Server

pytestmark = pytest.mark.anyio

ASKS = """async (address) => {
  try { return (await fetch(address)).status; } catch { return "refused"; }
}"""
CONNECTS = """(address) => new Promise((done) => {
  const socket = new WebSocket(address);
  socket.onmessage = () => done("hello");
  socket.onerror = () => done("refused");
})"""


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


@pytest.mark.parametrize("listed", [True, False])
async def test_a_site_shows_and_reads_the_story_only_if_it_is_on_the_list(
    shared_server: Server, editor: Editor, reader: Visitor, site: Site, listed: bool
) -> None:
    sites = ["https://news.example.org", *([site.url] if listed else [])]
    slug = editor.story(embed_origins=sites)
    editor.post(slug)
    address = f"{shared_server.url}/stories/{slug}"
    if not listed:
        reader.forgive(".*")  # the browser says what it refuses
    page = await reader.context.new_page()
    await page.goto(site.put(f'<iframe width="600" height="700" src="{address}/embed"></iframe>'))
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    await frame.wait_for_load_state()
    events, live = f"{address}/events?after=0", f"{shared_server.ws}/stories/{slug}/live"
    if listed:
        await LivePage(frame).state("live")
        assert await page.evaluate(ASKS, events) == 200
        assert await page.evaluate(CONNECTS, live) == "hello"
    else:
        assert await frame.locator("article").count() == 0
        assert frame.url.startswith("chrome-error:")
        assert await page.evaluate(ASKS, events) == "refused"
        assert await page.evaluate(CONNECTS, live) == "refused"
