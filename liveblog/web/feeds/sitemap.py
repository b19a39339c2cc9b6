"""Sitemaps (https://www.sitemaps.org/protocol.html): all stories, and an index where they do not fit into one."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from liveblog.content.templates import iso
from liveblog.store import Listed
from liveblog.web.feeds.xml import SITEMAP, add, document

MEDIA_TYPE = "application/xml; charset=utf-8"
# The protocol allows 50,000. So many are read and written within 20 ms, while others wait.
STORIES = 5_000


def render(site: str, stories: Sequence[Listed]) -> str:
    """The sitemap of these stories."""
    root = Element("urlset", {"xmlns": SITEMAP})
    for story in stories:
        url = add(root, "url")
        add(url, "loc", f"{site}/stories/{story.slug}")
        add(url, "lastmod", iso(story.changed))
    return document(root)


def index(site: str, pages: int) -> str:
    """The index of that many sitemaps."""
    root = Element("sitemapindex", {"xmlns": SITEMAP})
    for number in range(1, pages + 1):
        add(add(root, "sitemap"), "loc", f"{site}/sitemap.xml?page={number}")
    return document(root)
