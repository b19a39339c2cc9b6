"""A story that was read is there without a network, as it was last, and without what was taken down since."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from browser import LivePage, Visitor, same_as_fresh, visitor
from desk_client import Editor
from live_page import AWAY, hastened
from playwright.async_api import Browser, Page
from processes import PATIENCE, Server
from proxy import Proxy, between

pytestmark = pytest.mark.anyio


@pytest.fixture
async def reader(browser: Browser) -> AsyncIterator[Visitor]:
    async with visitor(browser, service_workers="allow") as somebody:
        yield somebody


# All texts that the device keeps of stories.
KEPT = """async () => {
  const texts = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const answer = await cache.match(url);
      if (answer) texts[new URL(url).pathname + new URL(url).search] = await answer.text(); // else it has just gone
    }
  }
  return texts;
}"""
# Keeps events with the copy of a story, as years ago.
KEEP_EVENTS = """async ([path, events]) => {
  const cache = await caches.open(`liveblog ${path}`);
  const headers = { date: "Mon, 01 Mar 2021 12:00:00 GMT" };
  await cache.put(`${path}/events?kept`, new Response(JSON.stringify(events), { headers }));
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


async def test_opening_a_story_offline_changes_nothing_of_its_copy(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY, "failed: GET")
    slug = editor.story()
    path = f"/stories/{slug}"
    later = f"{path}/events?kept"
    first = editor.post(slug, "Before the visit")["id"]
    page = await reader.read(proxy.url + path)
    await page.page.wait_for_function(CONTROLLED)
    await kept(page.page, path)
    await page.page.goto(f"{proxy.url}/")  # a page that is left has told what it received
    second = editor.post(slug, "After the page was loaded")["id"]
    events = editor.http.get(f"{path}/events?after=1").json()["events"]
    await page.page.evaluate(KEEP_EVENTS, [path, events])
    copy = await kept(page.page, path, later)
    await page.page.close()

    proxy.down()
    for _ in range(3):
        again = await reader.read(proxy.url + path, "offline")
        assert await again.ids() == [second, first]
        assert "1 March 2021" in await again.part(".connection").inner_text()
        await again.frame.wait_for_function("document.readyState === 'complete'")
        await hide(again)
        assert await kept(again.page) == copy
        await again.page.close()


async def test_the_copy_of_a_page_that_lost_its_network_is_as_of_then(
    proxy: Proxy, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY, "failed: GET")
    slug = editor.story()
    path = f"/stories/{slug}"
    page = await hastened(reader, proxy.url + path)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await page.page.clock.set_system_time(yesterday)  # the worker's clock is another one
    await page.page.wait_for_function(CONTROLLED)
    await kept(page.page, path)
    editor.post(slug, "While it was open")
    await page.level(1)
    proxy.down()
    await page.state("offline")
    lost = await page.frame.evaluate("Date.now()")
    await page.page.clock.fast_forward("01:00:00")
    await hide(page)
    await kept(page.page, f"{path}/events?kept")
    at = await page.frame.evaluate(
        "caches.match(`${location.pathname}/events?kept`).then(({ headers }) => Date.parse(headers.get('date')))"
    )
    assert at <= lost


@pytest.mark.parametrize("query", ["?order=oldest", "?utm_source=elsewhere"])
async def test_a_page_with_a_query_keeps_the_whole_story_too(
    proxy: Proxy, editor: Editor, reader: Visitor, query: str
) -> None:
    """Beside an older copy, too: events of this page would not follow that."""
    reader.forgive(*AWAY, "failed: GET")
    slug = editor.story()
    path = f"/stories/{slug}"
    ids = [editor.post(slug, "Kept before")["id"]]
    page = await reader.read(proxy.url + path)
    await kept(page.page, path)
    await page.page.goto("about:blank")
    ids.append(editor.post(slug, "Meanwhile")["id"])
    await page.page.goto(proxy.url + path + query)
    await page.level(2)
    await until(page.page, f"texts[{json.dumps(path)}].includes('Meanwhile')")
    ids.append(editor.post(slug, "While it was open")["id"])
    await page.level(3)
    await hide(page)
    await kept(page.page, f"{path}/events?kept")
    await page.page.close()
    proxy.down()
    again = await reader.read(proxy.url + path, "offline")
    assert await again.ids() == ids[::-1]


async def test_events_that_do_not_follow_the_kept_page_renew_it(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """As when another tab has put an older page there."""
    slug = editor.story()
    path = f"/stories/{slug}"
    editor.post(slug, "Before the visit")
    page = await reader.read(shared_server.url + path)
    await page.page.wait_for_function(CONTROLLED)
    await kept(page.page, path)
    await page.frame.evaluate(
        """async (path) => {
            const cache = await caches.open(`liveblog ${path}`);
            const page = (await (await cache.match(path)).text()).replace(' seq="1"', ' seq="0"');
            await cache.put(path, new Response(page, { headers: { date: new Date().toUTCString() } }));
        }""",
        path,
    )
    editor.post(slug, "While it was open")
    await page.level(2)
    await hide(page)
    await until(page.page, f"texts[{json.dumps(path)}].includes('While it was open')")
    assert f"{path}/events?kept" not in await kept(page.page)


async def test_an_update_that_names_a_file_of_another_site_spoils_no_copy(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    path = f"/stories/{slug}"
    editor.post(slug, "A [link](https://other.example/static/x.js) and `/static/named.js`")
    page = await reader.read(shared_server.url + path)
    wanted = await page.frame.evaluate(
        """[...document.querySelectorAll("head [src], head link[href*='/static/']")].map(
            (one) => new URL(one.src ?? one.href).pathname)"""
    )
    assert {one.rpartition(".")[2] for one in wanted} >= {"css", "js", "svg"}
    files = await kept(page.page, path, *wanted)
    assert set(files) - {path} == set(wanted)


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
