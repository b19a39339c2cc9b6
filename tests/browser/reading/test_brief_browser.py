"""The Brief in real Chromium: its place on a phone, what folds, and what open pages show when a point falls."""

from __future__ import annotations

import time
from typing import Any

import pytest
from axe import violations
from browser import LivePage, Visitor, same_as_fresh, visitor
from desk_client import Editor
from desk_forms import Desk
from playwright.async_api import Browser, ViewportSize, expect
from processes import Server

pytestmark = pytest.mark.anyio

PHONE = ViewportSize(width=360, height=740)
TALLEST = 210  # pixels of the Brief on a phone, folded
LONG = (
    "Officials in the regional administration say that the footage was taken two days earlier. " * 3
)
STRUCK = "(e) => getComputedStyle(e).textDecorationLine"
# Each text of a story, from left to right and from right to left.
WORDS = {
    "en": ("The city centre has not been hit", "The Brief", "Retracted", "Corrected"),
    "ar": ("لم يُصب وسط المدينة حتى الآن", "باختصار", "مسحوب", "صُوّب"),
}


def seven(editor: Editor, slug: str, text: str) -> list[str]:
    """Seven entries with points on them, of the longest text that is accepted; and their ids."""
    statuses = ("confirmed", "unverified", "checking", "disputed", "retracted", "confirmed", None)
    ids = []
    for status in statuses:
        more: dict[str, Any] = {"verification": {"status": status}} if status else {}
        ids.append(editor.post(slug, text, headline=text[:300], key=True, **more)["id"])
    points = [{"text": (text * 9)[:300], "entry": entry} for entry in ids]
    editor.change_story(slug, points=points)
    return ids


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("summary", ["", LONG * 18])
async def test_on_a_phone_the_brief_folds_to_a_few_points(
    shared_server: Server, editor: Editor, browser: Browser, language: str, summary: str
) -> None:
    text = WORDS[language][0]
    slug = editor.story(language=language, summary=summary[:5000])
    seven(editor, slug, f"{text} ")
    for scripts in (True, False):
        async with visitor(browser, java_script_enabled=scripts) as somebody:
            somebody.forgive(
                r"/static/.*: csp"
            )  # modules that are preloaded in vain without scripts
            page = LivePage(await somebody.open(f"{shared_server.url}/stories/{slug}"))
            await page.page.set_viewport_size(PHONE)
            brief, shown = page.part(".brief"), page.part(".points li:visible")
            assert await brief.evaluate("(e) => e.offsetHeight") <= TALLEST
            assert await shown.count() == (2 if summary else 3)
            await page.part(".all summary").click()
            assert await shown.count() == 7
            clipped = "(all) => all.filter((e) => e.scrollHeight > e.clientHeight + 1).length"
            assert await page.part(":is(.point, .standfirst)").evaluate_all(clipped) == 0
            wide = "document.documentElement.scrollWidth <= innerWidth"
            assert await page.page.evaluate(wide)
            await page.page.set_viewport_size({"width": 1440, "height": 900})
            assert not await page.part(".all").is_visible()
            assert await shown.count() == 7


@pytest.mark.parametrize("language", WORDS)
async def test_open_pages_show_within_two_seconds_what_became_of_a_point(
    shared_server: Server, editor: Editor, reader: Visitor, language: str
) -> None:
    text, title, retracted, corrected = WORDS[language]
    slug = editor.story(language=language)
    ids = [editor.post(slug, f"{text} {n}", headline=f"{text} {n}")["id"] for n in range(4)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    document = await page.document()
    first = page.part(".points li").first
    points = [{"text": f"{text} {n}", "entry": entry} for n, entry in enumerate(ids)]

    async def within_two_seconds(change: Any, *wanted: tuple[Any, str]) -> None:
        change()
        begun = time.monotonic()
        for locator, words in wanted:
            await expect(locator).to_contain_text(words)
        assert time.monotonic() - begun < 2
        await page.level(editor.head(slug))
        await same_as_fresh(reader, page)

    await within_two_seconds(
        lambda: editor.change_story(slug, points=points), (page.part(".brief h2"), title)
    )
    await within_two_seconds(
        lambda: editor.edit(slug, ids[0], verification={"status": "retracted"}), (first, retracted)
    )
    assert await first.locator(".title").evaluate(STRUCK) == "line-through"
    assert await page.entry(ids[0]).locator("h2").evaluate(STRUCK) == "line-through"
    await within_two_seconds(
        lambda: editor.edit(slug, ids[1], body="Another.", correction="It was not so."),
        (page.part(".points li").nth(1), corrected),
    )
    await within_two_seconds(lambda: editor.remove(slug, ids[2]))
    assert await page.part(".points a").count() == 3
    await within_two_seconds(lambda: editor.remove(slug, ids[3], purge=True))
    assert await page.part(".points li").count() == 3
    await within_two_seconds(
        lambda: editor.post(slug, "One more."), (page.part(".brief-since"), "1" if language == "en" else "واحد")
    )  # fmt: skip
    assert await page.document() == document


async def test_a_brief_that_grows_moves_nothing_for_whom_reads_further_down(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}. " * 20)["id"] for n in range(12)]
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.scroll(f'[id="{ids[4]}"]')
    before = await page.top(ids[4])
    editor.change_story(slug, points=[{"text": LONG[:250]}] * 7)
    await page.level(13)
    assert abs(await page.top(ids[4]) - before) <= 1
    for entry in ids[:3]:
        editor.edit(slug, entry, key=True)
    editor.change_story(slug, points=[])
    await page.level(17)
    assert abs(await page.top(ids[4]) - before) <= 1


async def test_the_points_and_the_counter_lead_into_the_feed(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The beginning", key=True)["id"]
    for n in range(20):
        editor.post(slug, f"Number {n}. " * 30)
    page = await reader.read(f"{shared_server.url}/stories/{slug}")
    await page.part(".points a").click()
    await expect(page.entry(entry)).to_be_focused()
    await page.part(".brief-since").click()
    assert await page.page.evaluate("document.activeElement.id") == "updates"
    for theme in ("light", "dark"):
        await page.page.emulate_media(color_scheme=theme)
        assert await violations(page.page) == []


async def test_the_desk_is_told_while_it_is_open(
    shared_server: Server, editor: Editor, desk: Desk, reader: Visitor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "A claim.")["id"]
    editor.change_story(slug, points=[{"text": "No entry"}, {"text": "A claim", "entry": entry}])
    await reader.become(desk)
    page = await reader.open(f"{shared_server.url}/desk/stories/{slug}")
    await page.locator(".connection[data-state=live]").wait_for()
    warned = page.locator(".warned li")
    assert await warned.count() == 0
    editor.edit(slug, entry, verification={"status": "retracted"})
    await expect(warned).to_contain_text("Point 2 rests on a retracted update.")
    editor.edit(slug, entry, verification={"status": "confirmed"})
    await expect(warned).to_have_count(0)


async def test_what_is_retracted_is_struck_wherever_it_stands(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(topics=["struck"])
    entry = editor.post(
        slug, "It was so.", headline="A claim", key=True, topics=["struck"],
        verification={"status": "retracted"},
    )["id"]  # fmt: skip
    base = f"/stories/{slug}"
    for path, selector in {
        base: ".points .title",
        f"{base}?show=key": "article h2",
        f"{base}/embed": "article h2",
        f"{base}/entries/{entry}": "article h1",
        f"{base}/entries/{entry}/embed": "article :is(h1, h2)",
        "/topics/struck": "article h2",
        "/": ":is(.latest[data-verification=retracted] a, .points li[data-verification=retracted] .title)",
    }.items():
        page = await reader.open(f"{shared_server.url}{path}")
        assert await page.locator(selector).first.evaluate(STRUCK) == "line-through", path
        if path.endswith(entry):
            assert (await page.title()).startswith("Retracted: A claim")
        await page.close()
