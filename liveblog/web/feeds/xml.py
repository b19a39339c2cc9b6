"""XML documents from elements. The library escapes; names may have a prefix, which the root declares."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from liveblog.web.feeds.content import sendable

ATOM = "http://www.w3.org/2005/Atom"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Append an element. A name ending in `_` is that of a Python word, as `class_`."""
    made = SubElement(parent, name, {key.rstrip("_"): value for key, value in attributes.items()})
    made.text = text or None
    return made


def document(root: Element) -> str:
    """The text of a document, in UTF-8."""
    return DECLARATION + sendable(tostring(root, encoding="unicode")) + "\n"
