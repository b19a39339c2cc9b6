"""`<live-blog-embed>` is at most two screens tall, before its script, without it, and as the story goes on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from browser import Visitor
from copies import multiply, number_of_entries
from desk_client import Editor
from elements import Element, element
from elsewhere import Site, elsewhere
from playwright.async_api import Page, ViewportSize, expect
from processes import Server

pytestmark = pytest.mark.anyio

PHONE: ViewportSize = {"width": 390, "height": 844}
MOST = 2 * PHONE["height"]
SENTENCE = "The line is holding, and those on the ground say that they could have gone further."


@pytest.fixture
def site() -> Iterator[Site]:
    with elsewhere() as running:
        yield running


@pytest.fixture
def slug(editor: Editor) -> str:
    """A story of entries as long as real ones are."""
    slug = editor.story(summary=SENTENCE * 2)
    for number in range(50):
        words = SENTENCE * (40 if number % 7 == 0 else 1 + number % 5)
        editor.post(slug, words, headline=f"Number {number}", key=number % 10 == 0)
    return slug


async def on_a_phone(reader: Visitor, address: str) -> Element:
    page = await reader.context.new_page()
    await page.set_viewport_size(PHONE)
    await page.goto(address)
    return Element(page)


async def height(page: Page) -> int:
    return int(await page.locator("live-blog-embed").evaluate("(e) => e.offsetHeight"))


async def test_of_a_story_of_5_000_entries_it_is_at_most_two_screens_tall(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor, slug: str
) -> None:
    multiply(shared_server, slug, 99)
    assert number_of_entries(shared_server, slug) == 5_000
    below = "<div style='height: 3000px'></div>"
    shown = await on_a_phone(reader, site.put(f"{element(shared_server, slug)}{below}"))
    await shown.state("live")
    entries = shown.part(".feed > article:visible")
    assert MOST / 3 < await height(shown.page) <= MOST
    assert 0 < await entries.count() <= 8
    head = editor.head(slug)
    for number in range(12):
        editor.post(slug, SENTENCE * (1 + number % 4))
        await shown.level(head + 1 + number)
        assert await height(shown.page) <= MOST
    editor.edit(slug, (await shown.ids())[0], body=SENTENCE * 40)
    await shown.level(head + 13)
    assert await height(shown.page) <= MOST
    await shown.page.set_viewport_size({"width": 340, "height": 844})
    await shown.until(
        "blog.querySelector('.rest') && blog.getBoundingClientRect().height <= arg", MOST
    )

    # What is cut or hidden comes by a press: first what is here, then what the server has.
    first = shown.part(".feed > article").first
    await first.locator(".rest").click()
    assert await first.locator(".rest").count() == 0
    assert await first.evaluate("(e) => e.clientHeight") > MOST / 2
    for least in (7, 8, 15):
        await shown.part(".older").click()
        await shown.until(
            "[...blog.querySelectorAll('article')].filter((e) => !e.hidden).length > arg", least
        )
    ids = await shown.ids()
    assert len(ids) == len(set(ids))


async def test_a_short_element_hides_and_cuts_nothing(
    shared_server: Server, site: Site, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    for number in range(3):
        editor.post(slug, f"Number {number}")
    shown = await on_a_phone(reader, site.put(element(shared_server, slug)))
    await shown.state("live")
    assert await shown.part(".feed > article:visible").count() == 3
    assert await shown.part(".rest").count() == 0
    assert not await shown.part(".older").is_visible()


@pytest.mark.parametrize("compact", ["", " compact"])
async def test_what_a_host_includes_on_its_server_is_as_small_without_a_script(
    compact: str, shared_server: Server, site: Site, reader: Visitor, slug: str
) -> None:
    included = httpx2.get(f"{shared_server.url}/stories/{slug}/element", trust_env=False).text
    included = included.replace("<live-blog-embed", f"<live-blog-embed{compact}", 1)
    address = site.put(included)
    assert reader.context.browser is not None
    without = await reader.context.browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = await without.new_page()
    await page.goto(address)
    await expect(page.get_by_text("Number 49").first).to_be_visible()
    before = await height(page)
    assert MOST / 4 < before <= MOST
    await expect(page.locator(".older")).to_be_visible()
    await without.close()
    shown = await on_a_phone(reader, address)
    await shown.state("live")
    assert await height(shown.page) <= MOST
    assert await shown.part(".feed > article:visible").count() >= 2
