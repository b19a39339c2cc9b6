"""Atom (RFC 4287)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from liveblog.content.templates import iso
from liveblog.models.content import Credit
from liveblog.web.feeds.content import categories, content, file_of, title, titled, words_of
from liveblog.web.feeds.xml import ATOM, add, document
from liveblog.web.record import EPOCH, Item, Record

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
LANG = "xml:lang"


def render(record: Record, own: str) -> str:
    """The feed. `own` is its address, which is also its id."""
    root = Element("feed", {"xmlns": ATOM} | ({LANG: record.language} if record.language else {}))
    add(root, "id", own)
    add(root, "title", titled(record.title, record.direction))
    if record.summary:
        add(root, "subtitle", titled(record.summary, record.direction))
    add(root, "updated", iso(record.updated or EPOCH))
    author = add(root, "author")  # of entries without a byline
    add(author, "name", record.publisher)
    add(author, "uri", f"{record.site}/")
    add(root, "link", rel="self", type="application/atom+xml", href=own)
    add(root, "link", rel="alternate", type="text/html", href=record.url)
    for item in record.items:
        _entry(root, item, of_story=record.story is not None)
    return document(root)


def _entry(root: Element, item: Item, *, of_story: bool) -> None:
    entry = add(root, "entry")
    entry.set(LANG, item.story.language)
    add(entry, "id", item.url)
    add(entry, "title", title(item))
    add(entry, "published", iso(item.published))
    add(entry, "updated", iso(item.updated))
    for credit in item.authors:
        _person(entry, "author", credit)
    for credit in item.entry.credits:
        if credit.role != "text":
            _person(entry, "contributor", credit)
    for word in categories(item):
        add(entry, "category", term=word)
    add(entry, "link", rel="alternate", type="text/html", href=item.url)
    for medium in item.media:
        address, media_type = file_of(medium)
        link = add(entry, "link", rel="enclosure", type=media_type, href=address)
        if words := words_of(medium):
            link.set("title", words)
    if not of_story:
        source = add(entry, "source")
        add(source, "id", f"{item.page}/feed.atom")
        add(source, "title", titled(item.story.title, item.story.direction))
        add(source, "updated", iso(item.story.updated_at))
        add(source, "link", rel="alternate", type="text/html", href=item.page)
    add(entry, "content", content(item), type="html")


def _person(entry: Element, role: str, credit: Credit) -> None:
    person = add(entry, role)
    add(person, "name", credit.name)
    if credit.url:
        add(person, "uri", credit.url)
