"""Markdown to safe HTML. No other module produces trusted markup.

`grammar` defines the Markdown. The HTML passes an allow-list sanitiser as well.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import NamedTuple

import nh3
from markdown_it.token import Token

from liveblog.content.markup import markdown_limits
from liveblog.content.markup.addresses import alone
from liveblog.content.markup.directions import directed
from liveblog.content.markup.grammar import DEEPEST, grammar, lines
from liveblog.content.markup.markdown_limits import MOST, SHORT, Exceeded, Limits, Work
from liveblog.content.markup.superscripts import flattened
from liveblog.errors import Invalid

_TAGS = frozenset(
    "p br strong em s code pre blockquote ul ol li a h3 h4 h5 h6 hr table thead tbody tr th td sup sub".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SPACE = re.compile(r"\s+")

_HREFLESS = re.compile(r"<a(?: title=\"[^\"]*\")?(?: rel=\"[^\"]*\")?>(.*?)</a>", re.DOTALL)

_markdown = grammar()
markdown_limits.count(_markdown)

_SHORT_CHARACTERS = 4 * 1024
_SHORT_ADDRESSES = 50


class Rendered(NamedTuple):
    """A rendered text.

    `html` is safe. `links` are the addresses of paragraphs in which each line is one address, each address once.
    `blank` is true if a reader sees nothing.
    """

    html: str
    links: tuple[str, ...]
    blank: bool


def rendered(source: str) -> Rendered:
    """Render Markdown to HTML that needs no further escaping.

    Headings begin at `<h3>`, below an entry's headline, and skip no level. Links have
    `rel="noopener nofollow ugc"` and only lead to http, https, mailto and tel.

    Raises `Invalid` for a text that is nested too deeply, because the parser would silently drop parts of it, and
    for a text over the limits of `markdown_limits`. This may take half a second: do not call it in the event loop.
    """
    try:
        return _rendered(source, MOST)
    except Exceeded as error:
        raise Invalid({"body": markdown_limits.MESSAGES[error.limit]}) from None


def rendered_if_short(source: str) -> Rendered | None:
    """Like `rendered()`, but limited to a few milliseconds; None for a text that would take longer.

    Raises `Invalid` for a text that is nested too deeply.
    """
    if (
        len(source) > _SHORT_CHARACTERS
        or source.count("://") + source.count("@") > _SHORT_ADDRESSES
    ):
        return None
    try:
        return _rendered(source, SHORT)
    except Exceeded:
        return None


def to_html(source: str) -> str:
    """The HTML of `rendered()`. Raises `Invalid` like it."""
    return rendered(source).html


def _rendered(source: str, limits: Limits) -> Rendered:
    tokens = _markdown.parse(lines(source), Work(limits).env())
    above: list[str] = []
    for token in tokens:
        if token.type in {"blockquote_open", "list_item_open"} and token.level >= DEEPEST - 1:
            raise Invalid({"body": "has too many lists or quotations in each other; at most 9"})
        if token.type == "heading_open":
            above = [*(tag for tag in above if tag < token.tag), token.tag]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + 2, 6)}"
    links: dict[str, None] = {}
    for text in _texts(tokens):
        if found := _addresses(text):
            links |= dict.fromkeys(found)
    safe = directed(_sanitise(_render(tokens)))
    return Rendered(safe, tuple(links), not to_text(safe))


def to_text(safe_html: str) -> str:
    """The plain text of HTML, on one line."""
    spaced = re.sub(r"</(?:p|li|h[3-6]|blockquote|pre|td|th)>|<br>|<hr>", " ", safe_html)
    return _SPACE.sub(" ", html.unescape(nh3.clean(flattened(spaced), tags=set()))).strip()


def excerpt(safe_html: str, length: int = 90) -> str:
    """The beginning of the text, at most `length` characters, cut between words."""
    text = to_text(safe_html[: 40 * length])
    if len(text) < 2 * length:  # the text is short, or its beginning is mostly markup
        text = to_text(safe_html)
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _texts(tokens: list[Token]) -> list[Token]:
    """The texts of the top-level paragraphs."""
    pairs = pairwise(tokens)
    return [
        text for opening, text in pairs if opening.type == "paragraph_open" and not opening.level
    ]


def _addresses(paragraph: Token) -> list[str]:
    """The addresses of a paragraph in which each line is one address; empty for other paragraphs."""
    found = [alone(line) for line in paragraph.content.split("\n")]
    return [address for address in found if address] if all(found) else []


def _render(tokens: list[Token]) -> str:
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    return str(rendered)


def _sanitise(markup: str) -> str:
    cleaned = nh3.clean(
        markup,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow ugc",
    )
    return _HREFLESS.sub(r"\1", cleaned)  # links whose target the sanitiser rejected
