"""HTML of another system as the text of an entry: Markdown, with the pictures and the addresses of embeds beside it.

The HTML is read into a tree (selectolax), pictures and embeds are taken out, and the rest goes the way of a mail's HTML
(`mail/html_body.py`). No HTML passes through: what comes out is Markdown, which is rendered like any typed text.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from liveblog.content.markup.embed_codes import addressed
from liveblog.inbound.escaping import escaped_text, link
from liveblog.inbound.mail.html_body import MOST_CHARACTERS, MOST_TAGS, html_lines
from liveblog.inbound.mail.lines import Line
from liveblog.inbound.mail.plain_body import as_markdown

MOST_PICTURES = 20
_WEB = re.compile(r"https?://[^\s<>\"]{3,2000}")
_EMBEDS = "iframe, blockquote.twitter-tweet, blockquote.instagram-media, blockquote.tiktok-embed, blockquote.bluesky-embed, blockquote.text-post-media, blockquote.reddit-embed-bq, blockquote.imgur-embed-pub, iframe.mastodon-embed, .fb-post, .fb-video, .flourish-embed"
_CODES = re.compile(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,8}")


class FoundPicture(NamedTuple):
    """A picture, video or recording that HTML shows. `address` is absolute where a base is known."""

    address: str
    alt: str | None = None
    caption: str | None = None


class HtmlText(NamedTuple):
    """`text` is Markdown. `cut` tells that the HTML was too long to be read to its end."""

    text: str
    pictures: tuple[FoundPicture, ...] = ()
    cut: bool = False


def html_as_markdown(markup: str, base: str = "") -> HtmlText:
    """Reads HTML. `base` is the address of its page, to which relative addresses are joined.

    An embed code becomes its address in a paragraph of its own.
    """
    ends = next(islice(re.finditer("<", markup), MOST_TAGS, None), None)
    known = markup[: min(ends.start() if ends else len(markup), MOST_CHARACTERS)]
    tree = LexborHTMLParser(f"<!doctype html><body>{known}</body>")
    body = tree.body
    if body is None:
        return HtmlText("")
    _take_emoji(body)
    _take_embeds(body)
    pictures = _take_pictures(body, base)
    if base:
        for anchor in body.css("a[href]"):
            anchor.attrs["href"] = joined(base, anchor.attributes.get("href") or "")
    read = html_lines(body.html or "")
    lines = [_with_addresses(line) for line in read.lines]
    return HtmlText(as_markdown(lines), pictures, read.cut or len(known) < len(markup))


def plain_text(markup: str) -> str:
    """The words of HTML on one line."""
    return " ".join(line.text for line in html_lines(markup).lines if line.text)


def _take_emoji(body: LexborNode) -> None:
    """Pictures of emoji become the characters.

    WordPress names them in `alt`, its plugin for live blogs only in the name of the file: the class `emoji-bee` is a name,
    no code.
    """
    for node in body.css("img[class*=emoji]"):
        given = node.attributes
        file = (given.get("src") or "").partition("?")[0].rpartition("/")[2].partition(".")[0]
        alt = (given.get("alt") or "").strip()
        if _CODES.fullmatch(file) and alt.isascii():
            node.replace_with(_letters(file))
        elif len(alt) <= 8:
            node.replace_with(alt)


def _letters(codes: str) -> str:
    points = [int(code, 16) for code in codes.split("-")]
    return "".join(chr(point) for point in points if 0x20 < point < 0x110000 and not 0xD800 <= point < 0xE000)  # fmt: skip


def _take_embeds(body: LexborNode) -> None:
    for node in body.css(_EMBEDS):
        found = addressed(node.html or "").strip()
        if not found or found == (node.html or "").strip():
            continue
        address = found.strip("<>")
        if _WEB.fullmatch(address):
            _put_address(node, address)


def _put_address(node: LexborNode, address: str) -> None:
    """Puts a paragraph with a link in the place of a node."""
    made = LexborHTMLParser("<body><p><a>x</a></p></body>")
    paragraph, anchor = made.css_first("p"), made.css_first("a")
    if paragraph is None or anchor is None:
        return
    anchor.attrs["href"] = address
    for child in list(anchor.iter(include_text=True)):
        child.replace_with(address)
    node.insert_before(paragraph)
    node.decompose()


def _take_pictures(body: LexborNode, base: str) -> tuple[FoundPicture, ...]:
    """Pictures, videos and recordings with their captions; they and their captions leave the tree."""
    found: dict[str, FoundPicture] = {}
    for node in body.css("img, video, audio"):
        given = node.attributes
        source = given.get("src") or given.get("data-src") or _first_source(node) or ""
        address = joined(base, source.strip())
        figure = _figure(node)
        caption = _caption(figure) if figure is not None else None
        alt = " ".join((given.get("alt") or given.get("aria-label") or "").split()) or None
        node.decompose()
        if figure is not None and figure.css_first("img, video, audio") is None:
            for one in figure.css("figcaption, .wp-caption-text"):
                one.decompose()
        if _is_pixel(given) or not address or address.startswith("data:"):
            continue
        found.setdefault(address, FoundPicture(address, alt, caption))
    return tuple(found.values())[:MOST_PICTURES]


def _first_source(node: LexborNode) -> str | None:
    one = node.css_first("source")
    return one.attributes.get("src") if one is not None else None


def _figure(node: LexborNode) -> LexborNode | None:
    """The figure around a picture, as HTML or as WordPress writes it."""
    above = node.parent
    for _ in range(4):
        if above is None or above.tag == "body":
            return None
        if above.tag == "figure" or "wp-caption" in (above.attributes.get("class") or "").split():
            return above
        above = above.parent
    return None


def _caption(figure: LexborNode) -> str | None:
    one = figure.css_first("figcaption, .wp-caption-text")
    return (plain_text(one.html or "") or None) if one is not None else None


def _is_pixel(given: dict[str, str | None]) -> bool:
    return any(given.get(name) in {"0", "1", "2"} for name in ("width", "height"))


def joined(base: str, address: str) -> str:
    """An absolute address where a base is known; empty for one that cannot be read."""
    try:
        whole = urljoin(base, address) if base else address
        if whole.startswith("//"):
            whole = f"https:{whole}"
        urlsplit(whole)
    except ValueError:
        return ""
    return whole


def _with_addresses(line: Line) -> Line:
    """A line in which bare web addresses are links: escapes within an address would break it."""
    markdown = line.markdown
    for address in dict.fromkeys(_WEB.findall(line.text)):
        written = escaped_text(address)
        if line.text == address and line.kind == "text":
            return line._replace(markdown=link(address) or markdown)
        if written != address and written in markdown:
            markdown = markdown.replace(written, link(address) or written)
    return line._replace(markdown=markdown)
