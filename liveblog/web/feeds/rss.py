"""RSS 2.0 (https://www.rssboard.org/rss-specification), with Dublin Core, content:encoded and Media RSS."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from liveblog.content.templates import iso
from liveblog.web.feeds.content import categories, content, file_of, title, titled
from liveblog.web.feeds.xml import ATOM, CONTENT, DUBLIN_CORE, MEDIA, add, document
from liveblog.web.record import EPOCH, Item, Record

MEDIA_TYPE = "application/rss+xml; charset=utf-8"
LONGEST = 300  # characters of an item's description; the whole text is in content:encoded
KINDS = {"picture": "image", "video": "video", "audio": "audio"}
UNKNOWN = "0"  # the length of a file in bytes, which the record does not have


def render(record: Record, own: str) -> str:
    """The feed. `own` is its address."""
    names = {"atom": ATOM, "content": CONTENT, "dc": DUBLIN_CORE, "media": MEDIA}
    declared = {f"xmlns:{prefix}": name for prefix, name in names.items()}
    root = Element("rss", {"version": "2.0"} | declared)
    channel = add(root, "channel")
    add(channel, "title", titled(record.title, record.direction))
    add(channel, "link", record.url)
    add(channel, "description", escape(record.summary or record.title, quote=False))
    if record.language:
        add(channel, "language", record.language)
    add(channel, "lastBuildDate", _date(record.updated or EPOCH))
    add(channel, "atom:link", rel="self", type="application/rss+xml", href=own)
    for item in record.items:
        _item(channel, item, of_story=record.story is not None)
    return document(root)


def _item(channel: Element, item: Item, *, of_story: bool) -> None:
    made = add(channel, "item")
    add(made, "title", title(item))
    add(made, "link", item.url)
    add(made, "guid", item.url, isPermaLink="true")
    add(made, "pubDate", _date(item.published))
    add(made, "atom:updated", iso(item.updated))
    for credit in item.authors:
        add(made, "dc:creator", credit.name)
    add(made, "dc:language", item.story.language)
    for word in categories(item):
        add(made, "category", word)
    if not of_story:
        add(made, "source", item.story.title, url=f"{item.page}/feed.rss")
    # Readers take it for HTML, so the text is escaped twice.
    add(made, "description", escape(_shortened(item.text) or item.title, quote=False))
    add(made, "content:encoded", content(item))
    if item.media:  # one at most
        address, media_type = file_of(item.media[0])
        add(made, "enclosure", url=address, type=media_type, length=UNKNOWN)
    for medium in item.media:
        _medium(made, medium)


def _medium(made: Element, medium: dict[str, Any]) -> None:
    address, media_type = file_of(medium)
    shown = add(made, "media:content", url=address, type=media_type, medium=KINDS[medium["kind"]])
    for name in ("width", "height"):
        if medium[name]:
            shown.set(name, str(medium[name]))
    for name, words in {"title": medium["alt"], "description": medium["caption"]}.items():
        if words:
            add(shown, f"media:{name}", words, type="plain")
    if medium["credit"]:
        add(shown, "media:credit", medium["credit"])


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def _date(at: datetime) -> str:
    """A date of RFC 822 with four digits of the year."""
    return format_datetime(at, usegmt=True)
