"""The widget is small: in height, in bytes, and in what it says to a screen reader that is wrong."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from axe import violations
from browser import LivePage, Visitor
from copies import multiply, number_of_entries
from desk_client import Editor
from elsewhere import Site, elsewhere
from playwright.async_api import Response, expect
from processes import Server

pytestmark = pytest.mark.anyio

SCREEN = 844
SENTENCE = "The line is holding, and those on the ground say that they could have gone further."


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


def host(server: Server, slug: str, more: str = "") -> str:
    return f'<p>Above</p><div data-liveblog="{slug}"{more}></div><script src="{server.url}/embed.js"></script>'


async def test_of_a_story_of_5_000_entries_it_is_at_most_two_screens_tall(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(summary=SENTENCE * 2)
    for number in range(50):
        words = SENTENCE * (40 if number % 7 == 0 else 1 + number % 5)
        editor.post(slug, words, headline=f"Number {number}", key=number % 10 == 0)
    multiply(shared_server, slug, 99)
    assert number_of_entries(shared_server, slug) == 5_000
    page = await reader.context.new_page()
    await page.set_viewport_size({"width": 390, "height": SCREEN})
    await page.goto(site.put(host(shared_server, slug)))
    frame = page.locator("iframe")
    element = await frame.element_handle()
    content = await element.content_frame()
    assert content is not None
    inside = LivePage(content)
    await inside.state("live")

    async def height() -> int:
        await page.wait_for_function("document.querySelector('iframe').style.height !== '600px'")
        return int(await frame.evaluate("(frame) => frame.clientHeight"))

    assert 400 < await height() <= 2 * SCREEN
    entries = inside.part("[role=feed] > article")
    assert await entries.count() == 8
    for number in range(30):
        editor.post(slug, f"More {number}")
        await inside.level(51 + number)
    assert await entries.count() <= 24
    assert await inside.part("[role=feed] > article:visible").count() <= 8
    assert await height() <= 2 * SCREEN

    # A long one is cut, and opens. "More updates" shows more, of what is here and then of what is not.
    seen = await inside.part("[role=feed] > article:visible").count()
    for _ in range(4):
        await inside.part("[data-end=bottom]").click()
        await expect(inside.part("[role=feed] > article:visible")).not_to_have_count(seen)
        now = await inside.part("[role=feed] > article:visible").count()
        assert seen < now <= seen + 8
        seen = now
    texts = await inside.part("[role=feed] > article .body").all_inner_texts()
    assert texts[:30] == [f"More {number}" for number in range(29, -1, -1)][: len(texts)]
    editor.post(slug, SENTENCE * 40)
    await inside.level(81)
    await inside.part(".new-updates").click()  # the reader is further down
    first = entries.first
    cut = await first.evaluate("(entry) => entry.clientHeight")
    await first.locator(".rest").click()
    assert await first.evaluate("(entry) => entry.clientHeight") > cut
    assert await first.locator(".rest").count() == 0


async def test_the_loader_and_the_page_weigh_little(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    for number in range(20):
        editor.post(slug, SENTENCE * 3, headline=f"Number {number}")
    assert len(gzip.compress(editor.http.get("/embed.js").content, 9)) <= 3 * 1024
    page = await reader.context.new_page()
    got: list[Response] = []

    def note(response: Response) -> None:
        got.append(response)

    page.on("response", note)
    await page.goto(f"{shared_server.url}/stories/{slug}/embed?limit=20")
    await LivePage(page).state("live")
    assert await page.locator("[role=feed] > article").count() == 20
    await page.wait_for_load_state("networkidle")
    sizes = {r.url: (await r.request.sizes())["responseBodySize"] for r in got}
    assert len(sizes) >= 5
    assert sum(sizes.values()) <= 30 * 1024, sizes
    assert await page.evaluate("localStorage.length + document.cookie.length") == 0


async def test_axe_finds_nothing_in_the_widget(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    for number in range(12):
        words = SENTENCE * (40 if number == 10 else 1)
        editor.post(slug, words, headline=f"Number {number}", key=number == 3)
    for query in ("", "?compact=1", "?lang=de&limit=3", "?lang=ar"):
        page = await reader.open(f"{shared_server.url}/stories/{slug}/embed{query}")
        await LivePage(page).state("live")
        assert await violations(page, ("desktop", "light"), ("phone", "dark")) == [], query
