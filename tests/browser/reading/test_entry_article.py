"""An update as an article: its headline, its furniture, what stands beside it; tables on a phone; a story on paper."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from browser import Visitor, visitor
from desk_client import Editor
from photos import jpeg, photo
from playwright.async_api import Browser, Page
from processes import Server
from provider_answers import YOUTUBE

from liveblog.resources import folder

pytestmark = pytest.mark.anyio

PHONE = {"width": 360, "height": 740}
WORDS = {
    "en": (
        "Two broadcasters leave for Poltava",
        "After a big round of shelling shortly afterwards, the Sky News and NBC teams left for Poltava, south-west of here."
        " Their head of security told us he took the shelling as a sign of defences being tested, and no more than that.",
        "An earlier version said that three teams had left; there were two.",
    ),
    "ar": (
        "محطتان تغادران إلى بولتافا",
        "بعد جولة كبيرة من القصف بعد ذلك بقليل، غادر فريقا سكاي نيوز وإن بي سي إلى بولتافا جنوب غربي المدينة. وقال رئيس"
        " أمنهم إنه يعتبر القصف علامة على اختبار الدفاعات لا أكثر من ذلك، وإن الطريق كان خاليًا تمامًا عند مرورهم.",
        "ذكرت نسخة سابقة أن ثلاثة فرق غادرت؛ كانا فريقين.",
    ),
}
HIGH = "(one) => one.getBoundingClientRect().height"
# The heights of what is told and of what stands around it, in one update.
HEIGHTS = """(entry) => {
  const high = (selector) => [...entry.querySelectorAll(`.what > ${selector}`)].reduce((sum, one) => {
    const { marginTop, marginBottom } = getComputedStyle(one);
    return sum + one.getBoundingClientRect().height + parseFloat(marginTop) + parseFloat(marginBottom);
  }, 0);
  return [high(":is(h1, h2, .body)"), high(":is(.marks, .corrections, .note, .trail, .by, .sources)")];
}"""


def checked(editor: Editor, slug: str, language: str = "en") -> str:
    """The id of an update that was verified twice and corrected, with a byline and two sources."""
    headline, text, note = WORDS[language]
    entry: str = editor.post(
        slug,
        text,
        headline=headline,
        labels=["breaking"],
        dateline="Kharkiv",
        topics=["kharkiv"],
        credits=[{"role": "text", "name": "Fin", "handle": "@finlookedintoit"}],
        sources=[
            {"kind": "witness", "name": "Hotel staff", "quote": text},
            {"kind": "outlet", "name": "Example"},
        ],
        verification="unverified",
    )["id"]
    editor.edit(slug, entry, verification={"status": "confirmed", "note": f"{note} {text}"})
    editor.edit(slug, entry, body=text.replace(".", "!", 1), correction=f"{note} {text}")
    return entry


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_furniture_is_at_most_as_tall_as_the_news_on_a_phone(
    shared_server: Server, editor: Editor, browser: Browser, language: str
) -> None:
    slug = editor.story(language=language, timezone="Europe/Kyiv")
    entry = checked(editor, slug, language)
    async with visitor(browser, viewport=PHONE) as somebody:
        pages = [
            (await somebody.read(f"{shared_server.url}/stories/{slug}")).page,
            await somebody.open(f"{shared_server.url}/stories/{slug}/entries/{entry}"),
            (await somebody.read(f"{shared_server.url}/stories/{slug}/embed")).page,
        ]
        for page in pages:
            news, furniture = await page.locator(f"article[id='{entry}']").evaluate(HEIGHTS)
            assert 0 < furniture <= news, page.url
            # One line each, and more on a press.
            for part in (".corrections summary", ".note summary"):
                line = page.locator(f"article {part}").first
                closed = await line.evaluate(HIGH)
                assert closed < 36, part
                await line.click()
                assert await line.evaluate(HIGH) > closed, part
            assert await page.locator(".corrections .difference").is_visible()


async def test_furniture_is_at_most_as_tall_as_the_news_over_a_real_story(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    """Each update of the demo's story, verified twice and corrected: of half of them, the news is the taller part."""
    slug = editor.story(timezone="Europe/Kyiv")
    for line in (folder("demo") / "kharkiv.jsonl").read_text().splitlines():
        fields: dict[str, Any] = {
            name: value for name, value in json.loads(line).items() if name != "pinned"
        }
        entry = editor.post(slug, **fields)["id"]
        editor.edit(slug, entry, body=f"{fields['body']} It was so.", correction=WORDS["en"][2])
        sure = {"status": "confirmed", "note": "Two witnesses and a video say the same."}
        editor.edit(slug, entry, verification=sure)
    async with visitor(browser, viewport=PHONE) as somebody:
        page = (await somebody.read(f"{shared_server.url}/stories/{slug}")).page
        heights = [
            await one.evaluate(HEIGHTS) for one in await page.locator("[role=feed] > article").all()
        ]
        shares = sorted(furniture / news for news, furniture in heights)
        assert len(shares) > 10
        assert shares[len(shares) // 2] <= 1, shares


@pytest.mark.parametrize("scripts", [True, False])
async def test_an_update_has_its_own_headline_as_the_largest_line(
    shared_server: Server, editor: Editor, browser: Browser, scripts: bool
) -> None:
    slug = editor.story(
        title="A long title of a story that should not shout", timezone="Europe/Kyiv"
    )
    first = editor.post(slug, "The first, without a headline.")["id"]
    entry = checked(editor, slug)
    last = editor.post(slug, "The last.", headline="The last one", verification="disputed")["id"]
    hidden = editor.post(slug, "Taken down.", headline="Nobody sees it")["id"]
    editor.remove(slug, hidden)
    context = await browser.new_context(viewport=PHONE, java_script_enabled=scripts)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{shared_server.url}/stories/{slug}/entries/{entry}")
    assert await page.locator("h1").all_inner_texts() == [WORDS["en"][0]]
    sizes = await page.locator("main *:not(h1)").evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    own = await page.locator("h1").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    assert own > 1.25 * max(sizes)
    assert await page.locator(".credited").inner_text() == "F\nBy Fin @finlookedintoit"
    beside = page.locator(".neighbours a")
    assert await beside.evaluate_all("(all) => all.map((one) => one.getAttribute('href'))") == [
        f"/stories/{slug}/entries/{one}" for one in (first, last)
    ]
    assert "The last one" in await beside.nth(1).inner_text()
    assert "Disputed" in await beside.nth(1).inner_text()
    assert not await page.locator("#history").is_visible(), "folded"
    await page.goto(f"{shared_server.url}/stories/{slug}/entries/{entry}#history")
    await page.locator("#history").wait_for()  # its address opens it
    await page.goto(f"{shared_server.url}/stories/{slug}/entries/{first}")
    assert (await page.locator("h1").inner_text()).startswith("Update of ")
    await context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_table_is_read_on_a_phone(
    shared_server: Server, editor: Editor, browser: Browser, language: str
) -> None:
    slug = editor.story(language=language)
    editor.post(
        slug,
        "| Hour | District | Shells that were counted | Injured | Source |\n|---|---|---:|---:|---|\n"
        "| 13:05 | Saltivka | 12 | 3 | Hospital staff |\n| 14:11 | Shevchenkivskyi | 27 | 11 | Emergency services |\n",
    )
    async with visitor(browser, viewport=PHONE) as somebody:
        page = (await somebody.read(f"{shared_server.url}/stories/{slug}")).page
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        assert await page.locator("thead th").count() == 5
        broken = await page.locator("td, th").evaluate_all(
            """(cells) => cells.filter((cell) => {
              const range = document.createRange();
              return [...cell.firstChild.data.matchAll(/\\S+/g)].some(({ index, 0: word }) => {
                range.setStart(cell.firstChild, index);
                range.setEnd(cell.firstChild, index + word.length);
                return range.getClientRects().length > 1;
              });
            }).length"""
        )
        assert broken == 0, "no word is broken to fit a narrow column"
        box = page.locator(".body .table")
        await box.focus()
        await page.keyboard.press("ArrowLeft" if language == "ar" else "ArrowRight")
        await page.wait_for_function(
            "() => Math.abs(document.querySelector('.body .table').scrollLeft) > 10"
        )
        assert "linear-gradient" in await box.evaluate(
            "(one) => getComputedStyle(one).backgroundImage"
        )


async def test_an_address_that_became_a_card_is_not_shown_twice(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    """On the page, after an event, in the widget; where no cards are shown, the address is."""
    slug = editor.story()
    live = await reader.read(f"{shared_server.url}/stories/{slug}")
    editor.post(slug, f"Seen there.\n\n{YOUTUBE}")
    raw = f".body a[href='{YOUTUBE}']"
    await live.page.wait_for_selector(".evidence")
    widget = (await reader.read(f"{shared_server.url}/stories/{slug}/embed")).page
    ticker = (await reader.read(f"{shared_server.url}/stories/{slug}/embed?compact=1")).page
    for page, seen in ((live.page, False), (widget, False), (ticker, True)):
        assert await page.locator(raw).is_visible() == seen, page.url
        assert await page.locator(f".evidence a[href='{YOUTUBE}']").is_visible() != seen
    assert f'<p><a href="{YOUTUBE}"' in str(
        editor.http.get(f"/stories/{slug}/feed.json").json()["items"][0]["content_html"]
    )


SHEET = (680, 1009)  # CSS pixels of an A4 page within margins of 15 mm


async def printed(page: Page) -> tuple[int, int, str]:
    """The number of a page's sheets, how many its content fills without a gap, and the words on them."""
    margin = dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
    pdf = await page.pdf(format="A4", margin=margin)  # type: ignore[arg-type]
    await page.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    await page.emulate_media(media="print")
    high = await page.evaluate("document.body.scrollHeight")
    return (
        len(re.findall(rb"/Type /Page\b", pdf)),
        -(-high // SHEET[1]),
        await page.inner_text("body"),
    )


async def test_a_story_is_printed_whole_without_furniture_and_without_empty_pages(
    shared_server: Server, editor: Editor, reader: Visitor
) -> None:
    slug = editor.story(title="A story on paper", timezone="Europe/Kyiv")
    text = WORDS["en"][1]
    media: list[dict[str, Any]] = []
    for seed, size in enumerate(((900, 600), (600, 900), (1600, 900))):
        file = ("a.jpg", jpeg(photo(*size, seed)), "image/jpeg")
        answer = editor.http.post("/api/media", files={"file": file})
        media.append({"id": answer.json()["id"], "caption": "Seen"})
    for number in range(49):
        shown = {0: media[:1], 1: media[1:2], 2: media}.get(number % 10, [])
        editor.post(slug, f"Number {number}. {text}", headline=f"Headline {number}", media=shown)
    checked(editor, slug)
    live = await reader.read(f"{shared_server.url}/stories/{slug}")
    sheets, filled, words = await printed(live.page)
    words = re.sub(r"\s+", " ", words)
    for number in range(49):
        assert f"Headline {number} " in words
    assert f"{shared_server.url}/stories/{slug} · Printed " in words
    for furniture in (
        "Share",
        "Pause updates",
        "Confirmed only",
        "Oldest first",
        "Corrections to this story",
        "How sure?",
    ):
        assert furniture not in words, furniture
    assert WORDS["en"][2] in words, "unfolded"
    assert sheets <= 1.15 * filled + 1, f"{sheets} sheets for the content of {filled}"
    assert 8 < sheets <= 16


async def test_the_zone_is_said_once(
    shared_server: Server, editor: Editor, browser: Browser
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    for _ in range(3):
        checked(editor, slug)
    for zone, words in (("Europe/Kyiv", "Kyiv time"), ("America/New_York", "Your time (GMT-")):
        async with visitor(browser, timezone_id=zone) as somebody:
            page = (await somebody.read(f"{shared_server.url}/stories/{slug}")).page
            shown = await page.locator("live-blog").inner_text()
            assert shown.count(words) == 1
            assert len(re.findall(r"\b(EES?T|E[SD]T|GMT[+-]\d)\b", shown)) == (
                zone != "Europe/Kyiv"
            )
            titles = await page.locator("time[title]").evaluate_all(
                "(all) => all.map((one) => one.title)"
            )
            assert titles
            assert all(re.search(r"\d EES?T$", title) for title in titles), (
                "on hover, the story's own"
            )
