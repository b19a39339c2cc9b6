"""The interface in six languages in Chromium: no English is left, numbers and times speak as the server does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message
from browser import visitor
from catalogues import PLACEHOLDER, UKRAINIAN, catalogue, forms, sources, words
from desk_client import Editor
from playwright.async_api import Browser
from processes import Server
from public_pages import ARABIC, full_story

pytestmark = pytest.mark.anyio
__all__ = ["words"]  # the fixture


# The same in English and there, or too short to be told from what somebody wrote.
ALIKE = {"#", "All"}


def english(words: list[Message], tag: str) -> Iterator[str]:
    """What would be seen if it were not translated."""
    there = {message.id: forms(message) for message in catalogue(tag)}
    for message in words:
        for text in sources(message):
            for part in PLACEHOLDER.split(text):
                if re.search(r"\w", part) and part.strip() not in ALIKE | set(there[message.id]):
                    yield part.strip()


@pytest.mark.parametrize("told", [UKRAINIAN, ARABIC], ids=["uk", "ar"])
async def test_no_english_is_left(
    shared_server: Server,
    editor: Editor,
    browser: Browser,
    words: list[Message],
    told: dict[str, str],
) -> None:
    """Neither to be seen nor to be heard, in whatever state: all texts, labels and words for scripts."""
    story = full_story(editor, told)
    unlike = [
        re.compile(rf"(?<!\w){re.escape(text)}(?!\w)") for text in english(words, told["language"])
    ]
    base = f"/stories/{story.slug}"
    async with visitor(browser, locale="en-GB") as somebody:
        for path in (base, f"{base}/entries/{story.entry}", f"{base}/corrections"):
            page = await somebody.open(shared_server.url + path)
            if path == base:
                await page.wait_for_selector("live-blog[data-state=live]")
            # Labels are the newsroom's words.
            said: str = await page.evaluate(
                """() => {
                  for (const own of document.querySelectorAll(".label, .kind + blockquote")) own.remove();
                  const named = [...document.body.querySelectorAll("*")].flatMap((e) =>
                    [...e.attributes].filter(({ name }) => /^(aria-label|title|alt|placeholder|data-(?!sure|verif|status|end|seq|spoken|topics|authors|jump))/.test(name))
                      .map(({ value }) => value));
                  return [document.body.textContent, ...named].join("\\n");
                }"""
            )
            assert not [text.pattern for text in unlike if text.search(said)]


NEW = {
    "uk": {
        1: "1 нове оновлення",
        2: "2 нові оновлення",
        5: "5 нових оновлень",
        21: "21 нове оновлення",
    },
    "ar": {
        1: "تحديث جديد واحد",
        2: "تحديثان جديدان",
        3: "3 تحديثات جديدة",
        11: "11 تحديثًا جديدًا",
        100: "100 تحديث جديد",
    },
    "pl": {1: "1 new update", 5: "5 new updates", 22: "22 new updates"},
    "ru": {1: "1 new update", 21: "21 new updates"},  # one, to a Russian; not in English
}


@pytest.mark.parametrize("tag", NEW)
async def test_new_updates_are_counted_in_the_right_words(
    shared_server: Server, editor: Editor, browser: Browser, tag: str
) -> None:
    slug = editor.story(language=tag)
    for number in range(12):
        editor.post(slug, f"{number}\n\n" * 9)
    async with visitor(browser, locale="en-GB") as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        await page.scroll("[role=feed] > article:last-child")
        for number in range(1, max(NEW[tag]) + 1):
            posted = editor.post(slug, "x")
            if number in NEW[tag]:
                await page.level(posted["seq"])
                assert await page.part(".new-updates").inner_text() == NEW[tag][number]
                assert (await page.page.title()).startswith(f"({number}) ")


@pytest.mark.parametrize(
    ("tag", "ago"),
    [
        ("en-US", "now"),
        ("uk", "зараз"),
        ("de-AT", "jetzt"),
        ("fr", "maintenant"),
        ("es", "ahora"),
        ("ar", "الآن"),
        ("pl", "now"),
    ],
)
async def test_times_speak_as_the_server_does(
    shared_server: Server, editor: Editor, browser: Browser, tag: str, ago: str
) -> None:
    slug = editor.story(language=tag, timezone="UTC")
    old = editor.post(slug, "x", publish_at="2022-02-25T14:32:00Z")
    new = editor.post(slug, "x")
    async with visitor(browser, locale="ja", timezone_id="UTC") as somebody:
        page = await somebody.read(f"{shared_server.url}/stories/{slug}")
        assert await page.entry(new["id"]).locator(".when time > span").inner_text() == ago
        time = page.entry(old["id"]).locator(".when time")
        title = await time.get_attribute("title")
        assert title
        # Of two editions of Unicode's data one has narrow spaces.
        shown = (await time.locator("span").inner_text()).split()
        assert shown == re.split("[,،] 14", title)[0].split()
        assert (await time.locator("b").inner_text()).startswith("14:32")
