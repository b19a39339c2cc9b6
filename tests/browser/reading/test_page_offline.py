"""A story that was read is there without a network, as it was last, and without what was taken down since."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from browser import LivePage, Visitor, same_as_fresh
from desk_client import Editor
from live_page import AWAY
from playwright.async_api import Page
from processes import PATIENCE, Server
from proxy import Proxy, between

pytestmark = pytest.mark.anyio

# All texts that the device keeps of stories.
KEPT = """async () => {
  const texts = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const answer = await cache.match(url);
      texts[new URL(url).pathname + new URL(url).search] = await answer.text();
    }
  }
  return texts;
}"""
CONTROLLED = "() => navigator.serviceWorker.controller !== null"


@pytest.fixture
async def proxy(shared_server: Server) -> AsyncIterator[Proxy]:
    async with between(shared_server.port) as network:
        yield network


async def until(page: Page, condition: str) -> None:
    """Waits for an asynchronous condition on `texts`, all that the device keeps."""
    script = f"""async () => {{
        const holds = async () => {{ const texts = await ({KEPT})(); return {condition}; }};
        while (!(await holds())) await new Promise((then) => setTimeout(then, 50));
    }}"""
    async with asyncio.timeout(PATIENCE):
        await page.evaluate(script)


async def kept(page: Page, *names: str) -> dict[str, str]:
    """What the device keeps, as soon as all `names` are there."""
    await until(page, f"{json.dumps(names)}.every((name) => name in texts)")
    texts: dict[str, str] = await page.evaluate(KEPT)
    return texts


async def hide(page: LivePage) -> None:
    """As when the reader turns to another program."""
    await page.frame.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
            delete document.hidden;
        }"""
    )


async def test_a_story_opens_without_a_network_as_it_was_last(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY, "failed: GET")
    slug = editor.story()
    path = f"/stories/{slug}"
    first = editor.post(slug, "Before the visit")["id"]
    page = await reader.read(proxy.url + path)
    await page.page.wait_for_function(CONTROLLED)
    await kept(page.page, path)
    second = editor.post(slug, "While it was open")["id"]
    await page.level(2)
    await hide(page)
    await kept(page.page, path, f"{path}/events?kept")
    await page.page.close()

    proxy.down()
    again = await reader.read(proxy.url + path, "offline")
    assert await again.ids() == [second, first]
    said = await again.part(".connection").inner_text()
    assert said.startswith("Offline, as of ")
    assert ":" in said
    styled = await again.frame.evaluate(
        "getComputedStyle(document.querySelector('article')).display"
    )
    assert styled != "inline"

    third = editor.post(slug, "Meanwhile")["id"]
    proxy.up()
    await again.state("live")
    await again.level(3)
    assert await again.ids() == [third, second, first]
    await same_as_fresh(reader, again)


async def test_a_takedown_reaches_the_copy_of_an_open_page(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    path = f"/stories/{slug}"
    entry = editor.post(slug, "SECRET name")["id"]
    page = await reader.read(shared_server.url + path)
    assert "SECRET" in (await kept(page.page, path))[path]
    await page.page.wait_for_function(CONTROLLED)
    editor.post(slug, "SECRET again")
    await page.level(2)
    await hide(page)
    await kept(page.page, f"{path}/events?kept")
    editor.remove(slug, entry, purge=True)
    await page.level(3)
    await until(page.page, "!JSON.stringify(texts).includes('SECRET name')")


async def test_a_takedown_while_away_reaches_all_copies_when_the_network_is_back(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY, "failed: GET")
    slug, other = editor.story(), editor.story()
    entry = editor.post(slug, "SECRET name")["id"]
    for one in (slug, other):
        page = await reader.read(f"{proxy.url}/stories/{one}")
        await kept(page.page, f"/stories/{one}")
        await page.page.close()
    proxy.down()
    page = await reader.read(f"{proxy.url}/stories/{other}", "offline")
    assert "SECRET" in "".join((await kept(page.page)).values())
    editor.remove(slug, entry, purge=True)
    proxy.up()
    await page.state("live")
    await until(page.page, "!JSON.stringify(texts).includes('SECRET')")


async def test_a_story_that_was_not_read_is_not_there_and_a_widget_keeps_nothing(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY, "failed: GET")
    slug, other = editor.story(), editor.story()
    page = await reader.read(f"{proxy.url}/stories/{slug}")
    await page.page.wait_for_function(CONTROLLED)
    await kept(page.page, f"/stories/{slug}")
    widget = await reader.read(f"{proxy.url}/stories/{other}/embed")
    assert f"/stories/{other}/embed" not in await kept(widget.page)
    proxy.down()
    with pytest.raises(Exception, match="ERR_"):
        await reader.open(f"{proxy.url}/stories/{other}")


async def test_one_press_forgets_all_copies(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await kept(page.page, f"/stories/{slug}")
    editor.post(slug)
    await page.level(1)
    await page.page.click(".forget")
    await until(page.page, "(await caches.keys()).length === 0")
    await hide(page)
    assert await kept(page.page) == {}


async def test_at_most_20_stories_are_kept_for_seven_days(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await kept(page.page, f"/stories/{slug}")
    await page.frame.evaluate(
        """async () => {
            const put = async (n, age) => {
                const headers = { date: new Date(Date.now() - age).toUTCString() };
                await (await caches.open(`liveblog /stories/old-${n}`)).put(`/stories/old-${n}`, new Response("x", { headers }));
            };
            for (let n = 0; n < 25; n++) await put(n, 60_000 * (n + 1));
            await put(99, 8 * 86_400_000);
        }"""
    )
    await page.page.reload()
    await until(page.page, "(await caches.keys()).length === 20")
    names = await page.frame.evaluate("caches.keys()")
    assert f"liveblog /stories/{slug}" in names
    assert "liveblog /stories/old-0" in names
    assert not {"liveblog /stories/old-19", "liveblog /stories/old-99"} & set(names)
