"""The news sitemap: the stories of the last two days (Google, "Create a News sitemap")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from xml.etree.ElementTree import Element

from liveblog.content.templates import iso
from liveblog.store import Begun
from liveblog.web.feeds.xml import NEWS, SITEMAP, add, document

MEDIA_TYPE = "application/xml; charset=utf-8"
AGE = timedelta(days=2)
MOST = 1_000


def render(site: str, publisher: str, begun: Sequence[Begun]) -> str:
    """The sitemap. A story's publication is its first public entry."""
    root = Element("urlset", {"xmlns": SITEMAP, "xmlns:news": NEWS})
    for story, at in begun:
        url = add(root, "url")
        add(url, "loc", f"{site}/stories/{story.slug}")
        news = add(url, "news:news")
        publication = add(news, "news:publication")
        add(publication, "news:name", publisher)
        add(publication, "news:language", language(story.language))
        add(news, "news:publication_date", iso(at))
        add(news, "news:title", story.title)
    return document(root)


def language(tag: str) -> str:
    """The ISO 639 code of a language tag; of Chinese zh-cn or zh-tw, as Google wants it."""
    words = tag.lower().split("-")
    if words[0] != "zh":
        return words[0]
    return "zh-tw" if {"hant", "tw", "hk", "mo"} & set(words[1:]) else "zh-cn"
