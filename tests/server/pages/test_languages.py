"""The interface in six languages: catalogues without gaps, whose language is spoken where, and numbers
with the right words."""

# ruff: noqa: RUF001 - words in other alphabets

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import messages
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from browser import visitor
from desk_client import Editor
from playwright.async_api import Browser
from processes import NO_TLS, PATIENCE, Server
from public_pages import ARABIC, HTML, full_story
from public_pages import ENGLISH as ENGLISH_WORDS
from selectolax.lexbor import LexborHTMLParser, LexborNode

from liveblog.content.language import ENGLISH, TAGS, language, of_browser

OTHERS = [tag for tag in TAGS if tag != ENGLISH]
PLACEHOLDER = re.compile(r"%\(\w+\)s|#")
# In Arabic, none, one and two are words of their own.
WITHOUT_NUMBER = {"ar": {0, 1, 2}}
# The same in English and there, or too short to be told from what somebody wrote.
ALIKE = {"#", "By", "All"}
UKRAINIAN = {
    "language": "uk",
    "title": "Харків: захоплення під загрозою",
    "summary": "Лінія тримається.",
    "place": "Харків",
    "topic": "харків",
    "text": "У центр міста **досі не влучали**, каже [мер](https://example.org/a).",
    "name": "Фін",
}
NOT_FOUND = {
    "en": "There is nothing at this address.",
    "uk": "За цією адресою нічого немає.",
    "de": "Unter dieser Adresse gibt es nichts.",
    "fr": "Il n’y a rien à cette adresse.",
    "es": "No hay nada en esta dirección.",
    "ar": "لا يوجد شيء على هذا العنوان.",
}

pytestmark = pytest.mark.anyio


def catalogue(tag: str) -> Catalog:
    with (messages.LOCALE / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


def forms(message: Message) -> tuple[str, ...]:
    text = message.string
    return text if isinstance(text, tuple) else (str(text),)


def sources(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (str(message.id),)


@pytest.fixture(scope="module")
def words() -> list[Message]:
    """All messages of the interface, in English."""
    return [message for message in messages.template() if message.id]


@pytest.mark.parametrize("tag", OTHERS)
def test_a_catalogue_has_exactly_the_messages_that_are_used(tag: str, words: list[Message]) -> None:
    there = catalogue(tag)
    assert not there.obsolete
    assert [message.id for message in there if message.id] == [message.id for message in words]


@pytest.mark.parametrize("tag", OTHERS)
def test_every_message_is_translated_with_its_placeholders_and_plurals(tag: str) -> None:
    there = catalogue(tag)
    assert not there.fuzzy
    for message in there:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        if message.pluralizable:
            assert len(forms(message)) == there.num_plurals, message.id
        expected = sorted(PLACEHOLDER.findall(sources(message)[0]))
        for number, text in enumerate(forms(message)):
            assert text.strip() == text != "", message.id
            found = sorted(PLACEHOLDER.findall(text))
            wordy = message.pluralizable and number in WITHOUT_NUMBER.get(tag, ())
            assert found == ([] if wordy else expected), text
            assert '"' not in text, "typographic quotes: it may stand in an attribute"


@pytest.mark.parametrize("tag", OTHERS)
def test_the_tool_changes_nothing_where_nothing_is_new(tag: str) -> None:
    """So `python tools/messages.py` was run, and says nothing of when and by whom."""
    file = (messages.LOCALE / f"{tag}.po").read_bytes()
    assert messages.text(messages.update(tag)) == file
    head = file.decode().split("\n\n", maxsplit=1)[0]
    assert f'"Language: {tag}\\n"' in head
    assert not re.search("fuzzy|EMAIL|YEAR|Date", head)


@pytest.mark.parametrize("tag", OTHERS)
def test_each_plural_of_unicode_has_the_form_of_the_catalogue(tag: str) -> None:
    """Browsers choose by Unicode's names, gettext by its formula: both mean the same."""
    spoken = language(tag)
    told = dict(
        re.findall(r'data-(\w+)="([^"]*)"', spoken.plurals("# new update", "# new updates"))
    )
    for number in range(1_000):
        name = spoken._locale.plural_form(number)
        expected = spoken.translations.ngettext("# new update", "# new updates", number)
        assert told[name] == expected, number


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("", "en"),
        ("uk", "uk"),
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("pl,de-AT;q=0.5,en;q=0.4", "de"),
        ("en;q=0.3, fr;q=0.9", "fr"),
        ("fr;q=0,es", "es"),
        ("es;q=0.5,ar;q=0.5", "es"),
        ("AR-EG", "ar"),
        ("he,fa", "en"),
        ("de;q=nonsense,uk;q=0.1", "uk"),
        (";;;,,q=1,*;q=0.5,-,\x7f", "en"),
        ("deutsch", "en"),
    ],
)
@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/nothing-here", 404)])
def test_front_and_errors_speak_what_the_browser_asks_for(
    shared_server: Server, header: str, spoken: str, path: str, status: int
) -> None:
    assert of_browser(header) == spoken
    if "\x7f" in header:  # no client sends it
        return
    answer = get(shared_server, path, header)
    assert answer.status_code == status
    assert "Accept-Language" in answer.headers["vary"]
    tree = LexborHTMLParser(answer.text)
    html = attributes(tree, "html")
    assert (html["lang"], html["dir"]) == (spoken, "rtl" if spoken == "ar" else "ltr")
    if status == 404:
        assert NOT_FOUND[spoken] in answer.text


def get(server: Server, path: str, accepted: str = "", **headers: str) -> httpx2.Response:
    return httpx2.get(
        server.url + path,
        headers=HTML | {"Accept-Language": accepted} | headers,
        timeout=PATIENCE,
        trust_env=False,
        verify=NO_TLS,
    )


def attributes(tree: LexborHTMLParser, selector: str) -> dict[str, str | None]:
    node = tree.css_first(selector)
    assert node is not None
    return dict(node.attributes)


def test_programs_are_answered_in_english(shared_server: Server) -> None:
    answer = get(shared_server, "/stories/none", "uk", Accept="application/json")
    assert answer.json()["title"] == "Not found"
    assert answer.json()["detail"] == "no story 'none'"


@pytest.mark.parametrize("accepted", ["en", "uk"])
def test_what_was_asked_for_is_text_on_the_page_of_an_error(
    shared_server: Server, editor: Editor, accepted: str
) -> None:
    """Messages are formats and markup to the catalogues; a detail with somebody's words is neither."""
    slug = editor.story()
    for given in ("%25(title)s%25", "<b>bold</b>"):
        answer = get(shared_server, f"/stories/{slug}/entries?before={given}", accepted)
        assert answer.status_code == 400
        assert "<b>" not in answer.text


@pytest.mark.parametrize("accepted", ["en", "de", "ar"])
def test_pages_of_a_story_speak_its_language_whatever_the_browser_says(
    shared_server: Server, editor: Editor, accepted: str
) -> None:
    story = full_story(editor, UKRAINIAN)
    base = f"/stories/{story.slug}"
    for path in (base, f"{base}/embed", f"{base}/corrections", f"{base}/entries/{story.entry}"):
        answer = get(shared_server, path, accepted)
        tree = LexborHTMLParser(answer.text)
        assert attributes(tree, "html")["lang"] == "uk"
        assert "Accept-Language" not in answer.headers.get("vary", "")
        assert re.search("Виправлення|Підтверджено", answer.text)


@pytest.mark.parametrize(("tag", "direction"), [("pl", "ltr"), ("he", "rtl"), ("fa-IR", "rtl")])
def test_a_story_in_a_language_that_we_do_not_have(
    shared_server: Server, editor: Editor, tag: str, direction: str
) -> None:
    """The interface is English and says so, within entries too; the page is the story's."""
    slug = full_story(editor, ENGLISH_WORDS | {"language": tag}).slug
    tree = LexborHTMLParser(get(shared_server, f"/stories/{slug}").text)
    html = attributes(tree, "html")
    assert (html["lang"], html["dir"], html["data-interface"]) == (tag, direction, "en")
    for selector in (".tools", ".line", ".new", "#missed-title", "#keys-title", "[role=status]"):
        assert attributes(tree, selector)["lang"] == "en"
    for selector in (".status", ".when", ".marks", ".note", ".by", ".trail", ".sources", ".sure"):
        assert {spoken_in(node) for node in tree.css(f"live-blog {selector}")} == {"en"}, selector
    for selector in (
        "h1",
        ".standfirst",
        "h2[dir]:not([data-one])",
        ".body",
        ".label bdi",
        ".credit bdi:not(.handle)",
        ".dateline bdi",
        "blockquote",
        ".title:not([lang])",  # other stories say their own
    ):
        nodes = tree.css(f"live-blog {selector}")
        assert {spoken_in(node) for node in nodes} == {tag}, selector


def spoken_in(node: LexborNode) -> str | None:
    """The language that is said of an element, or of what it stands in."""
    above: LexborNode | None = node
    while above is not None:
        if said := above.attributes.get("lang"):
            return said
        above = above.parent
    return None


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
                    [...e.attributes].filter(({ name }) => /^(aria-label|title|alt|placeholder|data-(?!sure|verif|status|end|seq|spoken|topics|authors))/.test(name))
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
