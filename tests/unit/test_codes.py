"""The codes that put a story on another site: each says what was chosen, and nothing breaks out of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from liveblog.models.content import Story
from liveblog.web.desk.codes import Code, codes, feeds, text_on
from liveblog.web.public.embed_options import OPTIONS

SITE = "https://live.example.org"
HOSTILE = (
    "A \"story\" <of> 'two' & &amp; more",
    "</script></textarea><img src=x onerror=alert(1)>",
    "خاركيف \"قصة\" <b> & 'x'",
    "[caption]“x”[/caption]",
    "`${x}` {{ x }} -->",
)
ALL = {
    "limit": "5", "height": "700", "order": "oldest", "show": "key", "topic": "харків", "author": "@fin",
    "lang": "ar", "theme": "dark", "compact": "1", "title": "Live", "accent": "ffd700", "font": "Georgia, serif",
}  # fmt: skip


def a_story(title: str = "A story") -> Story:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    return Story.model_validate(
        {"id": 1, "slug": "kharkiv", "title": title, "epoch": "e", "head": 0}
        | {"created_at": now, "updated_at": now}
    )


def made(headline: str = "A story", /, **chosen: str) -> dict[str, Code]:
    return {code.name: code for code in codes(SITE, a_story(headline), chosen)}


def one(code: Code, selector: str) -> LexborNode:
    """The only element of that kind in a code, as a browser reads it."""
    (found,) = LexborHTMLParser(f"<body>{code.text}</body>").css(selector)
    return found


def query(address: str | None) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(str(address)).query))


def test_without_options_a_code_has_none() -> None:
    found = made()
    link = f'<a href="{SITE}/stories/kharkiv">A story</a>'
    assert found["script"].text == (
        f'<div data-liveblog="kharkiv">{link}</div>\n<script async src="{SITE}/embed.js"></script>'
    )
    assert found["element"].text == (
        f'<live-blog-embed src="kharkiv">{link}</live-blog-embed>\n'
        f'<script type="module" src="{SITE}/element.js"></script>'
    )
    assert found["oembed"].text == f"{SITE}/stories/kharkiv"
    assert found["wordpress"].text == f'[liveblog story="{SITE}/stories/kharkiv"]'
    assert one(found["iframe"], "iframe").attributes["src"] == f"{SITE}/stories/kharkiv/embed"
    amp = one(found["amp"], "amp-iframe")
    assert amp.attributes["src"] == f"{SITE}/stories/kharkiv/embed"
    assert "resizable" in amp.attributes
    assert amp.css_first("[overflow]")
    assert [node.attributes["src"] for node in amp.css("[placeholder]")] == [
        f"{SITE}/stories/kharkiv/card.png"
    ]
    assert not any(code.without for code in found.values())


def test_every_option_is_in_every_code_that_can_carry_it() -> None:
    assert ALL.keys() == {option.name for option in OPTIONS}
    found = made(**ALL)
    box = one(found["script"], "div").attributes
    assert box["data-compact"] is None
    assert {name: box[f"data-{name}"] for name in ALL if name != "compact"} == {
        name: value for name, value in ALL.items() if name != "compact"
    }
    element = one(found["element"], "live-blog-embed").attributes
    carried = ("limit", "height", "order", "show", "topic", "author", "lang", "theme")
    assert {name: element[name] for name in carried} == {name: ALL[name] for name in carried}
    assert "compact" in element
    assert element["style"] == (
        "--liveblog-live: #ffd700; --liveblog-on-live: #000; "
        "--liveblog-serif: Georgia, serif; --liveblog-sans: Georgia, serif"
    )
    assert found["element"].without == ("title",)
    framed = {name: value for name, value in ALL.items() if name not in {"title", "height"}}
    for name in ("iframe", "amp"):
        frame = one(found[name], "iframe, amp-iframe").attributes
        assert query(frame["src"]) == framed
        assert (frame["title"], frame["height"]) == ("Live", "700")
        assert found[name].without == ()
    assert "resizable" not in one(found["amp"], "amp-iframe").attributes
    assert query(found["oembed"].text) == framed
    assert found["oembed"].without == ("height", "title")
    shortcode = dict(re.findall(r'([\w-]+)\s*=\s*"([^"]*)"(?:\s|\]|$)', found["wordpress"].text))
    carried_too = {name: ALL[name] for name in (*carried, "compact", "title")}
    assert shortcode == {"story": f"{SITE}/stories/kharkiv"} | carried_too
    assert found["wordpress"].without == ("accent", "font")


def test_the_font_of_the_page_around_it() -> None:
    found = made(font="host", theme="dark")
    assert one(found["script"], "div").attributes["data-font"] == "host"
    element = one(found["element"], "live-blog-embed").attributes
    assert element["theme"] == "host"
    assert "style" not in element
    assert found["element"].without == ("theme",)
    assert found["wordpress"].text.endswith(' theme="host"]')
    assert found["wordpress"].without == ("theme",)
    for name in ("iframe", "amp", "oembed"):
        assert "font" not in found[name].text
        assert found[name].without == ("font",)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_breaks_out_of_a_code(text: str) -> None:
    found = made(text, topic=text, author=text, title=text)
    page = f"{SITE}/stories/kharkiv"
    box, element = one(found["script"], "div"), one(found["element"], "live-blog-embed")
    assert [box.attributes[f"data-{name}"] for name in ("topic", "author", "title")] == [text] * 3
    assert [element.attributes[name] for name in ("topic", "author")] == [text] * 2
    for node in (box, element):
        (link,) = node.css("a")
        assert (link.text(), link.attributes["href"]) == (text, page)
    for name in ("iframe", "amp"):
        frame = one(found[name], "iframe, amp-iframe").attributes
        assert query(frame["src"]) == {"topic": text, "author": text}
        assert frame["title"] == text
    assert query(found["oembed"].text) == {"topic": text, "author": text}
    assert re.fullmatch(r"[!-~]+", found["oembed"].text)
    for name, count in {"script": 1, "element": 1, "iframe": 0, "amp": 1}.items():
        tree = LexborHTMLParser(f"<body>{found[name].text}</body>")
        assert len(tree.css("script")) == count
        assert not tree.css("img, b, of, textarea")
    inner = found["wordpress"].text.removeprefix("[liveblog ").removesuffix("]")
    assert "[" not in inner
    assert "]" not in inner
    if any(mark in text for mark in '"[<&'):
        assert found["wordpress"].without == ("topic", "author", "title")


def test_text_on_an_accent_can_be_read() -> None:
    assert [text_on(one) for one in ("000000", "c2132f", "14507a", "0a7d3c")] == ["#fff"] * 4
    assert [text_on(one) for one in ("ffffff", "ffd700", "8cc4f0")] == ["#000"] * 3


def test_the_feeds() -> None:
    page = f"{SITE}/stories/kharkiv"
    assert [code.text for code in feeds(SITE, a_story())] == [
        f"{page}/feed.atom",
        f"{page}/feed.rss",
        f"{page}/feed.json",
        f"{page}/corrections.atom",
    ]
