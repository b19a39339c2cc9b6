"""The interface in six languages: catalogues without gaps, whose language is spoken where, and numbers
with the right words."""

# ruff: noqa: RUF001 - words in other alphabets

from __future__ import annotations

import re

import httpx2
import pytest
from catalogues import UKRAINIAN
from desk_client import Editor
from processes import NO_TLS, PATIENCE, Server
from public_pages import ENGLISH as ENGLISH_WORDS
from public_pages import HTML, full_story
from selectolax.lexbor import LexborHTMLParser, LexborNode

from liveblog.content.language import of_browser

NOT_FOUND = {
    "en": "There is nothing at this address.",
    "uk": "За цією адресою нічого немає.",
    "de": "Unter dieser Adresse gibt es nichts.",
    "fr": "Il n’y a rien à cette adresse.",
    "es": "No hay nada en esta dirección.",
    "ar": "لا يوجد شيء على هذا العنوان.",
}

pytestmark = pytest.mark.anyio


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
        (f"{'xx,' * 400}de", "en"),  # longer than any that browsers send
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
    editor.post(slug, labels=["breaking", "vigil"])
    tree = LexborHTMLParser(get(shared_server, f"/stories/{slug}").text)
    html = attributes(tree, "html")
    assert (html["lang"], html["dir"], html["data-interface"]) == (tag, direction, "en")
    for selector in (".tools", ".line", ".new", ".brief header", "[role=status]"):
        assert attributes(tree, selector)["lang"] == "en"
    for selector in (".status", ".when", ".marks", ".note", ".by", ".trail", ".sources", ".sure"):
        assert {spoken_in(node) for node in tree.css(f"live-blog {selector}")} == {"en"}, selector
    for selector in (
        "h1",
        ".standfirst",
        "h2[dir]:not([data-one])",
        ".body",
        '.label[data-label="vigil"] bdi',
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
