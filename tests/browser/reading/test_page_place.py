"""In Chromium: Back, a reload and another choice of updates keep the reader's place."""

from __future__ import annotations

import pytest
from browser import LivePage, Visitor
from desk_client import Editor
from playwright.async_api import expect
from processes import Server

pytestmark = pytest.mark.anyio

TEXT = "The line is holding, and those on the ground say that they could have gone further. " * 5
# What the history has of the place: it is written when scrolling rests.
SETTLED = """() => {
  const [kept, top] = history.state?.place ?? [];
  return kept && Math.abs(document.getElementById(kept)?.getBoundingClientRect().top - top) < 1;
}"""


async def settle(page: LivePage) -> None:
    await page.frame.wait_for_function(SETTLED)


@pytest.mark.parametrize("cached", [True, False], ids=["from the cache", "loaded anew"])
async def test_back_from_the_page_of_an_update_leads_to_the_same_place(
    shared_server: Server, editor: Editor, reader: Visitor, cached: bool
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"{n}. {TEXT}")["id"] for n in range(20)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    if not cached:  # a page that was told so is not kept
        await page.frame.evaluate("addEventListener('unload', () => {})")
    await page.scroll(f'[id="{ids[8]}"]')
    await settle(page)
    before = await page.top(ids[8])
    await page.entry(ids[8]).locator(".when a").click()
    await page.frame.wait_for_url(f"**/entries/{ids[8]}")
    editor.post(slug, f"Meanwhile. {TEXT}", key=True)
    await page.page.go_back()
    await page.state("live")
    await page.level(21)
    assert await page.top(ids[8]) == pytest.approx(before, abs=1)


async def test_back_leads_to_an_update_that_was_on_a_page_of_older_ones(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"{n}. {TEXT}")["id"] for n in range(120)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.frame.evaluate("addEventListener('unload', () => {})")
    await page.load_all()
    await page.scroll(f'[id="{ids[9]}"]')
    await settle(page)
    await page.entry(ids[9]).locator(".when a").click()
    await page.frame.wait_for_url(f"**/entries/{ids[9]}")
    await page.page.go_back()
    await page.state("live")
    await expect(page.entry(ids[9])).to_be_in_viewport()


@pytest.mark.parametrize("order", ["", "?order=oldest"])
async def test_where_the_update_is_gone_back_leads_to_where_it_stood(
    shared_server: Server, editor: Editor, reader: Visitor, order: str
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"{n}. {TEXT}")["id"] for n in range(120)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}{order}")
    await page.frame.evaluate("addEventListener('unload', () => {})")
    await page.load_all()
    read = ids[110] if order else ids[9]
    await page.scroll(f'[id="{read}"]')
    await settle(page)
    await page.entry(read).locator(".when a").click()
    await page.frame.wait_for_url(f"**/entries/{read}")
    gone = ids.index(read) + (-1 if order else 1)  # at the top of the screen, under the bar
    editor.remove(slug, ids[gone])
    await page.page.go_back()
    await page.state("live")
    beside = ids[gone + (1 if order else -1)]
    await page.frame.wait_for_url(f"**/stories/{slug}?*at={beside}#{beside}")
    await expect(page.entry(beside)).to_be_in_viewport()


async def test_a_reload_keeps_the_place(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"{n}. {TEXT}")["id"] for n in range(20)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.scroll(f'[id="{ids[8]}"]')
    await settle(page)
    before = await page.top(ids[8])
    editor.post(slug, TEXT)
    await page.page.reload()
    await page.state("live")
    assert await page.top(ids[8]) == pytest.approx(before, abs=1)


@pytest.mark.parametrize("width", [360, 1280])
async def test_another_choice_of_updates_does_not_move_the_page(
    shared_server: Server, editor: Editor, reader: Visitor, width: int
) -> None:
    slug = editor.story(summary=TEXT * 2)
    for n in range(20):
        editor.post(slug, f"{n}. {TEXT}", key=n == 3, verification="confirmed" if n == 4 else None)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.page.set_viewport_size({"width": width, "height": 740})
    tools = page.part(".tools")
    await tools.evaluate("(e) => scrollBy(0, e.getBoundingClientRect().top - 200)")
    top = "(e) => e.getBoundingClientRect().top"
    for part in ("[href*='show=key']", "[href*='show=confirmed']", ".order", ".everything"):
        before = await tools.evaluate(top)
        document = await page.document()
        await tools.locator(part).click()
        await page.frame.wait_for_function(f"loaded !== {document}")
        await page.state("live")
        assert await tools.evaluate(top) == pytest.approx(before, abs=1), part
    assert len(await page.ids()) == 20
    await page.page.go_back()
    await page.frame.wait_for_url("**show=confirmed*order=oldest*")
    await expect(page.part("article")).to_have_count(1)


async def test_a_filter_that_finds_nothing_is_not_offered(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    fin, olena = ([{"role": "text", "name": name}] for name in ("Fin", "Olena"))
    editor.post(slug, credits=fin, topics=["front"])
    editor.post(slug, credits=olena, topics=["city"])
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    key, sure = page.part("[href*='show=key']"), page.part("[href*='show=confirmed']")
    assert not await key.is_visible()
    assert not await sure.is_visible()
    # Until an update comes that it finds.
    editor.post(slug, credits=fin, key=True)
    await page.level(3)
    await expect(key).to_be_visible()
    assert not await sure.is_visible()
    editor.post(slug, credits=olena, verification="confirmed")
    await page.level(4)
    await expect(sure).to_be_visible()
    # Those of a choice find something together with it.
    for query, offered in {
        "?show=key": [],
        "?topic=city": ["#front", "Olena"],
        "?author=Fin": ["#front", "Olena"],
    }.items():
        await page.frame.goto(f"{shared_server.url}/stories/{slug}{query}")
        assert await page.part(".choices li").all_text_contents() == offered, query
    assert await key.is_visible()
    assert not await sure.is_visible()
