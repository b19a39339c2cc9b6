"""Markdown in, safe HTML out. The only maker of trusted markup.

CommonMark (https://spec.commonmark.org/0.31.2/) without raw HTML and images, plus tables and
strikethrough; what comes out passes an allow-list sanitiser all the same.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from liveblog.content import markdown_limits
from liveblog.content.markdown_limits import MOST, SHORT, Exceeded, Limits, Work
from liveblog.errors import Invalid

_TAGS = frozenset(
    "p br strong em s code pre blockquote ul ol li a h3 h4 h5 h6 hr table thead tbody tr th td".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SPACE = re.compile(r"\s+")

_DEEPEST = 20  # blocks in blocks; a list counts twice, by itself and by its item

# A line that is an address: alone, in <>, or as a link whose text is the address itself.
_ADDRESS = r"https?://[^\s<>\[\]()]+(?:\([^\s<>()]*\)[^\s<>\[\]()]*)*"
_ALONE = re.compile(rf"\s*(?:<(https?://[^\s<>]+)>|\[({_ADDRESS})\]\(<?(\2)>?\)|({_ADDRESS}))\s*")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")

_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
_markdown.enable(["table", "strikethrough"]).disable(["image", "html_block", "html_inline"])
markdown_limits.count(_markdown)

_SHORT_CHARACTERS = 4 * 1024
_SHORT_ADDRESSES = 50


class Rendered(NamedTuple):
    """`links` are the addresses that stand alone in a paragraph, or alone in each of its lines; each once. Of what
    is `blank`, a reader sees nothing."""

    html: str
    links: tuple[str, ...]
    blank: bool


def rendered(source: str) -> Rendered:
    """Renders Markdown to HTML that is safe to put into a page as it is.

    Headings begin at `<h3>`, below an entry's headline, and skip no level. Links carry
    `rel="noopener nofollow ugc"` and only lead to http, https and mailto. Raises `Invalid` for what
    is nested too deeply, which the parser would leave out without a word, and for what is over the limits
    of `markdown_limits`. May take half a second: not for the event loop.
    """
    try:
        return _rendered(source, MOST)
    except Exceeded as error:
        raise Invalid({"body": markdown_limits.MESSAGES[error.limit]}) from None


def rendered_if_short(source: str) -> Rendered | None:
    """As `rendered()`, within a few milliseconds; None where that is not enough."""
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
    """The HTML of `rendered()`."""
    return rendered(source).html


def _rendered(source: str, limits: Limits) -> Rendered:
    tokens = _markdown.parse(source, Work(limits).env())
    above: list[str] = []
    for token in tokens:
        if token.type in {"blockquote_open", "list_item_open"} and token.level >= _DEEPEST - 1:
            raise Invalid({"body": "has too many lists or quotations in each other; at most 9"})
        if token.type == "heading_open":
            above = [*(tag for tag in above if tag < token.tag), token.tag]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + 2, 6)}"
    links: dict[str, None] = {}
    for text in _texts(tokens):
        if found := _addresses(text):
            text.children = [part for address in found for part in _link(address)][1:]
            links |= dict.fromkeys(found)
    safe = _sanitise(_render(tokens))
    return Rendered(safe, tuple(links), not to_text(safe))


def to_text(safe_html: str) -> str:
    """The plain text of HTML, on one line."""
    spaced = re.sub(r"</(?:p|li|h[3-6]|blockquote|pre|td|th)>|<br>|<hr>", " ", safe_html)
    return _SPACE.sub(" ", html.unescape(nh3.clean(spaced, tags=set()))).strip()


def excerpt(safe_html: str, length: int = 90) -> str:
    """The beginning of the text, at most `length` characters, cut between words."""
    text = to_text(safe_html[: 40 * length])
    if len(text) < 2 * length:  # it is short, or begins with much markup
        text = to_text(safe_html)
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _texts(tokens: list[Token]) -> list[Token]:
    """The texts of the paragraphs that stand in nothing else."""
    pairs = pairwise(tokens)
    return [
        text for opening, text in pairs if opening.type == "paragraph_open" and not opening.level
    ]


def _addresses(paragraph: Token) -> list[str]:
    """The addresses of its lines, where each line is one."""
    lines = [_ALONE.fullmatch(line) for line in paragraph.content.split("\n")]
    if not all(lines):
        return []
    found = [next(filter(None, line.groups())) for line in lines if line]
    return [_ESCAPED.sub(r"\1", address) for address in found]


def _link(address: str) -> list[Token]:
    href = _markdown.normalizeLink(address)
    opening = Token("link_open", "a", 1, attrs={"href": href})
    text = Token("text", "", 0, content=address)
    return [Token("softbreak", "br", 0), opening, text, Token("link_close", "a", -1)]


def _render(tokens: list[Token]) -> str:
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    return str(rendered)


def _sanitise(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
    )
