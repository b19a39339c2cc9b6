"""In Chromium: what changed since the reader left, and what the device keeps for that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe import violations
from browser import LivePage, Visitor
from copies import tell
from desk_client import Editor
from live_page import LOOK, hastened
from playwright.async_api import ViewportSize, expect
from processes import Server

pytestmark = pytest.mark.anyio

PHONE: ViewportSize = {"width": 360, "height": 740}
KEPT = "Object.fromEntries(Object.entries(localStorage).filter(([name]) => name.startsWith('liveblog:')))"


async def read_for(page: LivePage, seconds: int) -> None:
    """The reader looks at the page for so long."""
    await page.page.clock.run_for(seconds * 1000)


async def kept(page: LivePage) -> dict[str, Any]:
    """What the device keeps of each story, by its address."""
    found: dict[str, str] = await page.frame.evaluate(KEPT)
    return {name.removeprefix("liveblog:"): json.loads(text) for name, text in found.items()}


async def leave(page: LivePage) -> None:
    await page.page.goto("about:blank")


async def back(page: LivePage, url: str) -> None:
    await page.page.goto(url)
    await page.state("live")
    await page.frame.wait_for_selector("html:not([data-back])")


async def test_after_a_long_absence_the_block_names_what_was_read_and_has_changed(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(title="Kharkiv holds the line as shelling draws nearer")
    url = f"{shared_server.url}/stories/{slug}"
    wrong = editor.post(
        slug, "Tanks roll in.", headline="Tanks in the centre", verification="unverified"
    )["id"]
    count = editor.post(slug, "Police arrested 40 people.", headline="Forty arrested")["id"]
    gone = editor.post(slug, "The name that must not be named.", headline="A secret name")["id"]
    page = await hastened(reader, url)
    await page.page.set_viewport_size(PHONE)
    for entry in (gone, count, wrong):
        await page.scroll(f'[id="{entry}"]')
        await read_for(page, 3)
    await leave(page)
    editor.edit(slug, wrong, verification="retracted")
    editor.edit(slug, count, body="Police arrested 14 people.", correction="It was 14, not 40.")
    editor.remove(slug, gone, purge=True)
    for n in range(6):
        editor.post(slug, f"Key {n}", headline=f"What mattered, number {n}", key=True)
    editor.post(slug, "Many")
    tell(shared_server, slug, 293)
    await back(page, url)
    block = page.part(".since")
    await expect(block).to_be_visible()
    box = await block.bounding_box()
    assert box
    assert box["height"] <= 400
    assert box["y"] < PHONE["height"] / 2
    text = await block.inner_text()
    assert "Since you left" in text
    assert "Retracted" in text
    assert "Tanks in the centre" in text
    assert "Corrected" in text
    assert "14" in text
    assert "was taken down" in text
    assert "secret" not in text
    assert "(300)" in text
    assert 1 <= await page.part(".since .points > li:visible").count() <= 5
    assert json.dumps(await kept(page)).count("secret") == 0
    assert not await violations(
        page.page, ("phone", "light"), ("phone", "dark"), ("desktop", "light")
    )
    # Each leads to its place.
    await page.part(".since [data-sure=retracted]").click()
    await page.frame.wait_for_url(f"**at={wrong}*")
    await expect(page.entry(wrong)).to_be_in_viewport()


async def test_the_block_stays_until_it_was_read(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    known = editor.post(slug, "Known")["id"]
    page = await hastened(reader, url)
    await page.state("live")
    assert not await page.part(".since").is_visible()
    seen = editor.post(slug, "Seen as it came")["id"]
    await page.level(2)
    await read_for(page, 3)
    await leave(page)
    editor.edit(slug, known, body="Known, and edited")
    editor.post(slug, "Missed")
    key = editor.post(slug, "Missed too", headline="What mattered", key=True)["id"]
    for _ in range(2):  # a reload is not a reading
        await back(page, url)
        assert "(2)" in await page.part(".since .go").inner_text()
        titles = page.part(".since .points .title")
        assert await titles.all_inner_texts() == ["What mattered"]
        assert await page.part(".since .changes > p").count() == 0, (
            "an edit alone is told of nobody"
        )
        line = page.entry(seen).locator(".what")
        words = await line.evaluate("(e) => getComputedStyle(e, '::before').content")
        assert words == '"Since you left: 2 updates"'
        await read_for(page, 2)
    # Events reach the block as they reach the rest of the page.
    editor.edit(slug, key, headline="What mattered most")
    await page.level(6)
    assert await titles.all_inner_texts() == ["What mattered most"]
    editor.remove(slug, key, purge=True)
    await page.level(7)
    assert await titles.count() == 0
    await read_for(page, 12)
    await back(page, url)
    assert not await page.part(".since").is_visible()


async def test_updates_that_wait_when_the_reader_leaves_are_told_at_the_return(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    ids = [editor.post(slug, f"Number {n}. " * 40)["id"] for n in range(12)]
    page = await hastened(reader, url)
    await page.state("live")
    await page.scroll(f'[id="{ids[2]}"]')
    editor.post(slug, "Waits", headline="It waits", key=True)
    await page.frame.wait_for_selector(".new-updates:not([hidden])")
    await leave(page)
    await back(page, url)
    assert await page.part(".since .title").all_inner_texts() == ["It waits"]


async def test_reading_on_goes_on_where_it_ended(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    known = editor.post(slug, "Known", verification="unverified")["id"]
    page = await hastened(reader, url)
    await page.state("live")
    await read_for(page, 3)
    await leave(page)
    editor.edit(slug, known, verification="confirmed")
    ids = [editor.post(slug, f"Number {n}. " * 300)["id"] for n in range(40)]
    await back(page, url)
    assert "(40)" in await page.part(".since .go").inner_text()
    await page.part(".since .go").click()
    await page.frame.wait_for_url(f"**at={known}*")
    await page.state("live")
    await expect(page.entry(known)).to_be_in_viewport()
    words = "(e) => getComputedStyle(e.querySelector('.what'), '::before').content"
    assert await page.entry(ids[0]).evaluate(words) == '"Since you left: 40 updates"'
    for entry in ids[:3]:
        await page.scroll(f'[id="{entry}"]')
        await read_for(page, 3)
    await leave(page)
    await back(page, url)
    assert await page.part(".since .changes > p").count() == 0
    assert "(37)" in await page.part(".since .go").inner_text()


async def test_hiding_the_block_is_reading_it(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    entry = editor.post(slug, "Known", verification="unverified")["id"]
    page = await hastened(reader, url)
    await page.state("live")
    await read_for(page, 3)
    await leave(page)
    editor.edit(slug, entry, verification="confirmed")
    await back(page, url)
    rows = page.part(".since .changes > p")
    assert [row.split() for row in await rows.all_inner_texts()] == [["Confirmed", "Known"]]
    await page.part(".since .hide").click()
    assert not await page.part(".since").is_visible()
    await back(page, url)
    assert not await page.part(".since").is_visible()


async def test_beyond_the_reach_of_the_log_the_corrections_are_told(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    unread = editor.post(slug, "Another", headline="Not read")["id"]
    entry = editor.post(slug, "It was 40. " * 900, headline="The number")["id"]
    page = await hastened(reader, url)
    await page.state("live")
    await read_for(page, 3)
    await page.page.goto(f"{shared_server.url}/")
    await page.frame.evaluate(
        """(slug) => {
          const name = `liveblog:/stories/${slug}`, kept = JSON.parse(localStorage.getItem(name));
          localStorage.setItem(name, JSON.stringify({ ...kept, epoch: "an earlier one" }));
        }""",
        slug,
    )
    for one in (entry, unread):
        editor.edit(slug, one, body="It was 14.", correction="It was 14, not 40.")
    await back(page, url)
    block = page.part(".since")
    assert await block.locator(".changes > p").count() == 1
    assert "Corrected" in await block.inner_text()
    await block.locator(".every").click()
    await page.frame.wait_for_url(f"**/stories/{slug}/corrections")


async def test_an_open_page_says_that_something_changed_out_of_sight(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    ids = [editor.post(slug, f"Number {n}. " * 400)["id"] for n in range(8)]
    page = await hastened(reader, url)
    await page.state("live")
    for entry in (ids[7], ids[6], ids[1]):
        await page.scroll(f'[id="{entry}"]')
        await read_for(page, 3)
    notice = page.part(".altered")
    editor.edit(slug, ids[7], body="Only edited")
    editor.edit(slug, ids[4], verification="retracted")  # not read
    await page.level(10)
    assert not await notice.is_visible()
    before = await page.top(ids[1])
    editor.edit(slug, ids[7], verification="retracted")
    await page.level(11)
    assert await notice.inner_text() == "1 update that you read has changed"
    editor.remove(slug, ids[6])
    await page.level(12)
    assert await notice.inner_text() == "2 updates that you read have changed"
    assert await page.top(ids[1]) == pytest.approx(before, abs=1)
    await notice.click()
    await expect(page.entry(ids[7])).to_be_in_viewport()
    await expect(notice).to_have_text("1 update that you read has changed")
    reader.forgive("status of 410")
    await notice.click()
    await page.frame.wait_for_selector("text=taken down")


async def test_one_press_forgets_and_nothing_but_ids_revisions_and_times_is_kept(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(title="A title of words")
    url = f"{shared_server.url}/stories/{slug}"
    entry = editor.post(slug, "Words of an update", headline="And more words", key=True)
    page = await hastened(reader, url)
    await page.state("live")
    await read_for(page, 3)
    await leave(page)
    await back(page, url)
    stored = (await kept(page))[f"/stories/{slug}"]
    assert set(stored) == {"epoch", "seq", "at", "entries"}
    assert [(name, rev) for name, (rev, _) in stored["entries"]] == [(entry["id"], 1)]
    assert "ords" not in json.dumps(stored)
    await page.frame.locator(".forget").click()
    assert await kept(page) == {}
    assert await page.frame.locator(".kept").inner_text() == "This device has forgotten them."
    await read_for(page, 3)
    await leave(page)
    await back(page, url)
    assert await kept(page) == {}


async def test_what_is_kept_has_bounds(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    editor.post(slug, "Known")
    page = await hastened(reader, f"{shared_server.url}/")  # which keeps nothing
    await page.frame.evaluate(
        """(slug) => {
          const entries = Array.from({ length: 500 }, (_, n) => [`e${n}`, [1, n]]);
          const store = (name, at) =>
            localStorage.setItem(`liveblog:${name}`, JSON.stringify({ epoch: "e", seq: 0, at, entries }));
          for (let n = 0; n < 25; n += 1) store(`/stories/other-${n}`, Date.now() - n * 1000);
          store("/stories/of-last-year", 0);
          store(`/stories/${slug}`, Date.now());
          localStorage.setItem("liveblog", "[]");
        }""",
        slug,
    )
    await page.frame.goto(url)
    await page.state("live")
    await read_for(page, 3)
    await leave(page)
    await back(page, url)
    found = await kept(page)
    assert len(found) == 20
    assert len(found[f"/stories/{slug}"]["entries"]) == 500
    assert "/stories/of-last-year" not in found
    assert await page.frame.evaluate("localStorage.getItem('liveblog')") is None


@pytest.mark.parametrize("broken", ["[1", "null", "{}", '"text"'])
async def test_one_broken_value_of_another_story_stops_nothing(
    shared_server: Server, editor: Editor, reader: Visitor, broken: str
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    entry = editor.post(slug, "Known")["id"]
    page = await hastened(reader, f"{shared_server.url}/")
    put = "([name, text]) => localStorage.setItem(name, text)"
    await page.frame.evaluate(put, ["liveblog:/stories/another", broken])
    await page.frame.goto(url)
    await page.state("live")
    await read_for(page, 3)
    await page.frame.goto(f"{shared_server.url}/")
    [(name, visit)] = (await kept(page)).items()  # the broken one counts as years old
    assert name == f"/stories/{slug}"
    assert entry in str(visit)
    await page.frame.goto(url)
    await page.state("live")
    await page.frame.evaluate(put, ["liveblog:/stories/another", broken])
    await page.frame.locator(".forget").click()
    assert await kept(page) == {}


@pytest.mark.parametrize("storage", ["refused", "full", "broken"])
async def test_without_storage_the_page_is_as_for_a_first_visit(
    shared_server: Server, editor: Editor, reader: Visitor, storage: str
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Known")["id"]
    refuse = {
        "refused": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })",
        "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
        "broken": f"try {{ localStorage.setItem('liveblog:/stories/{slug}', '[1') }} catch {{}}",
    }
    await reader.context.add_init_script(refuse[storage])
    page = await hastened(reader, f"{shared_server.url}/stories/{slug}")
    await page.state("live")
    await read_for(page, 3)
    editor.post(slug, "New")
    await page.level(2)
    assert entry in await page.ids()
    await back(page, page.frame.url)
    assert not await page.part(".since").is_visible()


async def test_a_tab_that_was_away_for_long_is_told_as_a_visit_is(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Known", verification="unverified")["id"]
    page = await hastened(reader, f"{shared_server.url}/stories/{slug}")
    await page.state("live")
    await read_for(page, 3)
    await page.frame.evaluate(LOOK, True)
    await read_for(page, 6 * 60)
    editor.edit(slug, entry, verification="retracted")
    await page.level(2)
    await page.frame.evaluate(LOOK, False)
    await expect(page.part(".since .changes [data-sure]")).to_have_text("Retracted")


async def test_the_takedown_of_an_update_that_was_read_on_another_page_is_told(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    url = f"{shared_server.url}/stories/{slug}"
    gone, unread = (editor.post(slug, f"Old {n}")["id"] for n in range(2))
    page = await hastened(reader, url)
    await page.state("live")
    await read_for(page, 3)
    await page.page.goto(f"{shared_server.url}/")
    await page.frame.evaluate(
        """([slug, gone]) => {
          const name = `liveblog:/stories/${slug}`, kept = JSON.parse(localStorage.getItem(name));
          kept.entries = kept.entries.filter(([id]) => id === gone);
          localStorage.setItem(name, JSON.stringify(kept));
        }""",
        [slug, gone],
    )
    for n in range(60):
        editor.post(slug, f"Number {n}")
    await back(page, url)
    assert gone not in await page.ids()
    editor.remove(slug, unread)
    await page.level(63)
    assert not await page.part(".altered").is_visible()
    editor.remove(slug, gone)
    await page.level(64)
    assert await page.part(".altered").inner_text() == "1 update that you read has changed"


async def test_a_tab_that_comes_back_twice_has_one_line_between_old_and_new(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    editor.post(slug, "Known")
    page = await hastened(reader, f"{shared_server.url}/stories/{slug}")
    await page.state("live")
    await read_for(page, 3)
    for turn in range(2):
        await page.frame.evaluate(LOOK, True)
        await read_for(page, 6 * 60)
        editor.post(slug, f"Missed {turn}")
        await page.level(2 + turn)
        await page.frame.evaluate(LOOK, False)
        await page.part("article:nth-child(2) [data-left]").wait_for()  # under the new one
        await expect(page.part("[data-left]")).to_have_count(1)
        await expect(page.part(".since .go")).to_contain_text("(1)")
        await read_for(page, 15)
    lines = "[...document.querySelectorAll('[role=feed] > article')].map((e) => !!e.querySelector('[data-left]'))"
    assert await page.frame.evaluate(lines) == [False, True, False]
