"""An entry of our own from the HTML of an event: what readers are shown of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from liveblog.inbound.html_text import FoundPicture, html_as_markdown


class ShownEntry(NamedTuple):
    """`values` are fields of an entry, `body` its Markdown. `lost` names what HTML does not tell: plurals."""

    values: dict[str, Any]
    body: str
    pictures: tuple[FoundPicture, ...]
    lost: tuple[str, ...]


def entry_of_html(markup: str, site: str = "") -> ShownEntry:
    """Reads the `<article>` of an event. `site` is the server's address, to which relative addresses are joined."""
    tree = LexborHTMLParser(markup)
    article = tree.css_first("article.entry")
    if article is None:
        return ShownEntry({}, html_as_markdown(markup, site).text, (), ())
    body = article.css_first("div.body")
    values: dict[str, Any] = {
        "headline": _words(article.css_first(".what > h1, .what > h2")),
        "labels": [
            name for one in article.css(".label") if (name := one.attributes.get("data-label"))
        ],
        "topics": [_words(one).lstrip("#") for one in article.css(".by a[href*='/topics/']")],
        "dateline": _words(article.css_first(".by .dateline")) or None,
        "credits": _authors(article),
    }
    lost = [
        what
        for what, selector in (
            ("sources", ".sources"),
            ("corrections", "ul.corrections"),
            ("verifications", ".sure"),
            ("cards of links", "figure.evidence"),
        )
        if article.css_first(selector) is not None
    ]
    if len(article.css(".by .credit bdi:not(.handle)")) > len(values["credits"]):
        lost.append("credits for other than text")
    return ShownEntry(
        values,
        html_as_markdown(body.html or "", site).text if body is not None else "",
        _pictures(article, site),
        tuple(lost),
    )


def _authors(article: LexborNode) -> list[dict[str, Any]]:
    """The credits for text: those whose names the article lists as its authors."""
    authors = set((article.attributes.get("data-authors") or "").split("\n"))
    found: list[dict[str, Any]] = []
    for one in article.css(".by .credit bdi"):
        words = _words(one)
        if "handle" in (one.attributes.get("class") or ""):
            if found and words.casefold() in authors:
                found[-1]["handle"] = words
        elif words.casefold() in authors and words not in {row["name"] for row in found}:
            above = one.parent
            address = (
                above.attributes.get("href") if above is not None and above.tag == "a" else None
            )
            found.append({"role": "text", "name": words, "url": address})
    return found


def _pictures(article: LexborNode, site: str) -> tuple[FoundPicture, ...]:
    found = []
    for figure in article.css(".media figure.medium"):
        frame = figure.css_first("a.frame, video, audio")
        if frame is None:
            continue
        address = frame.attributes.get("href") or frame.attributes.get("src") or ""
        image = figure.css_first("picture img")
        alt = (
            image.attributes.get("alt") if image is not None else frame.attributes.get("aria-label")
        )
        caption = _words(figure.css_first("figcaption > span:not(.count):not(.credit)")) or None
        found.append(
            FoundPicture(f"{site}{address}" if address.startswith("/") else address, alt, caption)
        )
    return tuple(found)


def _words(node: LexborNode | None) -> str:
    return " ".join((node.text() if node is not None else "").split())
