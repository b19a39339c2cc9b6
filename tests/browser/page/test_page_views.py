"""In Chromium: filters, orders, permalinks into long stories, and pages that are open for long."""

from __future__ import annotations

import pytest
from browser import Visitor, same_as_fresh
from copies import tell
from desk_client import Editor
from live_page import AWAY
from playwright.async_api import WebSocketRoute, expect
from processes import Server
from proxy import between

pytestmark = pytest.mark.anyio

# Entries hold no videos yet: one is put there.
PLAYING = """async (article) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  canvas.getContext("2d").fillRect(0, 0, 8, 8);
  const video = Object.assign(document.createElement("video"), { muted: true });
  video.srcObject = canvas.captureStream(10);
  article.querySelector(".body").append(video);
  await video.play();
}"""


async def test_a_filter_holds_for_what_arrives(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    first = editor.post(slug, "First", verification="confirmed")["id"]
    unsure = editor.post(slug, "Unsure", verification="unverified")["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}?show=confirmed")
    assert await page.ids() == [first]
    editor.post(slug, "Unsure too", key=True, verification="unverified")
    second = editor.post(slug, "Second", verification="confirmed")["id"]
    editor.edit(slug, unsure, verification="confirmed")
    await page.level(5)
    assert await page.ids() == [second, unsure, first]
    assert await page.part(".points li").count() == 1
    editor.edit(slug, first, verification="retracted")
    await page.level(6)
    assert await page.ids() == [second, unsure]
    await same_as_fresh(reader, page)


@pytest.mark.parametrize("query", ["topic=Front", "author=%40Fin"])
async def test_a_topic_and_an_author_are_found_without_regard_to_case(
    shared_server: Server, editor: Editor, reader: Visitor, query: str
) -> None:
    slug = editor.story()
    credit = {"role": "text", "name": "Fin", "handle": "@fin"}
    first = editor.post(slug, "First", topics=["front", "city"], credits=[credit])["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}?{query}")
    other = {"role": "text", "name": "Anna"}
    editor.post(slug, "Not this", topics=["city"], credits=[other])
    second = editor.post(slug, "Second", topics=["FRONT"], credits=[other, credit])["id"]
    await page.level(3)
    assert await page.ids() == [second, first]
    await same_as_fresh(reader, page)


async def test_the_oldest_first_goes_on_at_the_end(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(60)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}?order=oldest")
    assert await page.ids() == ids[:50]
    ids.append(editor.post(slug, "Beyond what is loaded")["id"])
    await page.level(61)
    assert await page.ids() == ids[:50]
    assert await page.part(".new-updates").inner_text() == "1 new update"
    await page.load_all()
    assert await page.ids() == ids
    assert not await page.part(".new-updates").is_visible()
    # Whoever reads further up is told of it; at the end it appears by itself.
    await page.frame.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    ids.append(editor.post(slug, "At the end")["id"])
    await page.level(62)
    assert await page.ids() == ids[:-1]
    await page.scroll(".story-end")
    await page.entry(ids[-1]).wait_for()
    ids.append(editor.post(slug, "Seen as it came")["id"])
    await page.level(63)
    assert await page.ids() == ids
    await same_as_fresh(reader, page)


async def test_a_permalink_lands_on_its_entry_in_a_long_story(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}", key=n == 5)["id"] for n in range(160)][::-1]
    target = ids[120]
    page = await reader.open(f"{shared_server.url}/stories/{slug}#{target}")
    await page.wait_for_url(f"**/stories/{slug}?at={target}#{target}")
    await page.wait_for_selector("live-blog[data-state=live]")
    entry = page.locator(f"article[id='{target}']")
    assert await entry.evaluate("(e) => e.matches(':target')")
    box = await entry.bounding_box()
    assert box
    assert 0 <= box["y"] < 400
    # What comes now stands above what is loaded: it waits, and nothing moves.
    editor.post(slug, "Now")
    await page.wait_for_selector(".new-updates:not([hidden])")
    moved = await entry.bounding_box()
    assert moved == box
    await page.click(".new-updates")
    await page.wait_for_url(f"**/stories/{slug}")
    # Who comes back waits a moment for the list of changes: nothing is seen until then.
    await expect(page.locator("article .body").first).to_have_text("Now", use_inner_text=True)


async def test_around_an_entry_both_ends_are_reached_while_entries_arrive(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(170)][::-1]
    page = await reader.read(f"{shared_server.url}/stories/{slug}?at={ids[85]}")
    assert len(await page.ids()) < 60
    ids.insert(0, editor.post(slug, "Meanwhile")["id"])
    await page.level(171)
    await page.load_all()
    assert await page.ids() == ids
    ids.insert(0, editor.post(slug, "Level again")["id"])
    await page.level(172)
    await page.load_all()
    # What waits at the top appears there, by itself or by the button.
    await page.frame.evaluate("scrollTo(0, 0); document.querySelector('.new-updates').click()")
    assert await page.ids() == ids


async def test_a_page_that_stays_open_does_not_grow_without_bound(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(20)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    # Hundreds of highlights at once are drawn for nobody here.
    await page.page.emulate_media(reduced_motion="reduce")
    ids += tell(shared_server, slug, 430)
    await page.level(450)
    shown = await page.ids()
    assert len(shown) < 400
    assert shown == ids[::-1][: len(shown)]
    editor.remove(slug, ids[0])
    await page.level(451)
    await page.load_all()
    assert await page.ids() == ids[:0:-1]


async def test_a_hidden_tab_keeps_a_number_rather_than_all_that_came(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, "Known")
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    away = "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"
    await page.frame.evaluate(away)
    tell(shared_server, slug, 230)
    await page.level(231)
    assert await page.part(".new-updates").inner_text() == "230 new updates"
    assert len(await page.ids()) == 1
    await page.frame.evaluate("delete document.hidden")
    async with page.page.expect_navigation():
        await page.part(".new-updates").click()
    await page.state("live")
    assert len(await page.ids()) == 50
    await same_as_fresh(reader, page)


async def test_a_playing_video_is_never_interrupted(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "With a video")["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.entry(entry).evaluate(PLAYING)
    editor.edit(slug, entry, body="Edited")
    editor.edit(slug, entry, body="Edited twice")
    await page.level(3)
    assert await page.entry(entry).locator("video").evaluate("(video) => !video.paused")
    await page.entry(entry).locator("video").evaluate("(video) => video.pause()")
    await page.frame.wait_for_selector("article:has-text('Edited twice')")
    await same_as_fresh(reader, page)


async def test_a_takedown_does_not_wait_for_a_video(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "With a video")["id"]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.entry(entry).evaluate(PLAYING)
    editor.edit(slug, entry, body="Edited")
    editor.remove(slug, entry)
    await page.level(3)
    assert await page.ids() == []


async def test_an_address_is_shared(shared_server: Server, editor: Editor, reader: Visitor) -> None:
    slug = editor.story()
    entry = editor.post(slug)
    await reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.entry(entry["id"]).locator(".share").click()
    await page.frame.wait_for_selector(".share[data-done]")
    assert await page.frame.evaluate("navigator.clipboard.readText()") == entry["url"]
    assert await page.part("[role=status]").inner_text() == "Link copied"


async def test_a_part_of_a_story_is_not_all_that_was_new(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(60)]
    page = await reader.read(url)
    for n in range(60, 70):
        editor.post(slug, f"Number {n}")
    await page.level(70)
    await page.page.goto("about:blank")
    ids += [editor.post(slug, f"Missed {n}", key=n == 0)["id"] for n in range(3)]
    for query in (f"?at={ids[3]}", "?show=key", "?order=oldest"):
        await page.page.goto(url + query)
        await page.state("live")
        await page.page.goto("about:blank")
    again = await reader.read(url)
    assert "(3)" in await again.part(".since .go").inner_text()


async def test_the_page_around_an_entry_that_was_taken_down_begins_anew(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """A reset tells it to load its own address, which is no page of the story any more."""
    reader.forgive("status of 410", "ERR_ABORTED")
    sockets: list[WebSocketRoute] = []

    def note(socket: WebSocketRoute) -> None:
        sockets.append(socket)

    await reader.context.route_web_socket("**/live?*", note)
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(120)]
    page = await reader.open(f"{shared_server.url}/stories/{slug}?at={ids[5]}")
    editor.remove(slug, ids[5])
    async with page.expect_navigation(url=f"**/stories/{slug}"):
        sockets[0].send('{"type":"reset","reason":"too far behind"}')
    assert await page.locator("article").count() == 50


async def test_with_the_oldest_first_a_long_day_does_not_grow_without_bound_either(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}?order=oldest")
    # Hundreds of highlights at once are drawn for nobody here.
    await page.page.emulate_media(reduced_motion="reduce")
    # The reader stays at the end.
    await page.frame.evaluate(
        "document.addEventListener('liveblog:event', () => scrollTo(0, document.body.scrollHeight))"
    )
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(410)]
    await page.level(410)
    shown = await page.ids()
    assert len(shown) < 400
    assert shown == ids[-len(shown) :]
    await page.load_all()
    assert await page.ids() == ids


async def test_what_was_backdated_does_not_lead_the_way_to_older_entries_astray(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(20)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    ids += [editor.post(slug, f"Number {n}")["id"] for n in range(20, 410)]
    await page.level(410)
    last = (await page.ids())[-1]
    editor.edit(slug, last, publish_at="2001-01-01T00:00:00Z")
    await page.level(411)
    await page.load_all()
    ids.remove(last)
    assert await page.ids() == [*ids[::-1], last]


async def test_what_waits_and_is_taken_down_is_counted_no_more(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.part(".pause").click()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(205)]
    await page.level(205)
    editor.remove(slug, ids[0])
    editor.remove(slug, ids[204])
    await page.level(207)
    assert await page.part(".new-updates").inner_text() == "203 new updates"


async def test_a_purge_after_the_end_reaches_a_page_that_comes_back(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    reader.forgive(*AWAY)
    slug = editor.story()
    entry = editor.post(slug, "The name that must not be named")["id"]
    async with between(shared_server.port) as network:
        page = await reader.read(f"{network.url}/stories/{slug}")
        network.flows.clear()
        editor.change_story(slug, status="ended")
        editor.remove(slug, entry, purge=True)
        network.cut()
        network.flows.set()
        await page.level(3)
        await page.state("ended")
        assert await page.ids() == []
    # And one that had stopped already asks once when it is looked at again.
    other = editor.story(status="live")
    entry = editor.post(other, "The name that must not be named")["id"]
    page = await reader.read(f"{shared_server.url}/stories/{other}")
    editor.change_story(other, status="ended")
    await page.state("ended")
    editor.remove(other, entry, purge=True)
    await page.frame.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.level(3)
    await page.state("ended")
    assert await page.ids() == []


async def test_back_at_the_top_what_waited_appears_by_itself(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}. " * 40)["id"] for n in range(12)][::-1]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.scroll(f'[id="{ids[8]}"]')
    waited = editor.post(slug, "Meanwhile")["id"]
    await page.frame.wait_for_selector(".new-updates:not([hidden])")
    assert await page.ids() == ids
    await page.frame.evaluate("scrollTo(0, 0)")
    await page.frame.wait_for_selector(f'article[id="{waited}"]')
    assert not await page.part(".new-updates").is_visible()


async def test_a_view_without_entries_says_so(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, credits=[{"role": "text", "name": "Olena K."}], topics=["Front"])
    page = await reader.read(f"{shared_server.url}/stories/{slug}?author=nobody")
    assert await page.part(".empty").inner_text() == "No updates match. Show all"
    await page.part(".empty a").click()
    await page.page.wait_for_url(f"**/stories/{slug}")
    choices = await page.part(".choices li").all_text_contents()
    assert choices == ["#Front", "Olena K."]
