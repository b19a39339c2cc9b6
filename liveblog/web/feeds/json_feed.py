"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from liveblog.content.templates import iso
from liveblog.models.content import Story
from liveblog.web.entry_json import brief_json
from liveblog.web.feeds.content import (
    categories,
    content,
    file_of,
    sendable,
    title,
    titled,
    words_of,
)
from liveblog.web.record import Item, Record

MEDIA_TYPE = "application/feed+json; charset=utf-8"
VERSION = "https://jsonfeed.org/version/1.1"


def render(record: Record, own: str) -> str:
    """The feed. `own` is its address. `expired` says that the coverage has ended."""
    feed: dict[str, Any] = {
        "version": VERSION,
        "title": titled(record.title, record.direction),
        "home_page_url": record.url,
        "feed_url": own,
        "authors": [{"name": record.publisher, "url": f"{record.site}/"}],
    }
    if record.summary:
        feed["description"] = titled(record.summary, record.direction)
    if record.language:
        feed["language"] = record.language
    if record.ended:
        feed["expired"] = True
    if record.brief and (brief := brief_json(record.site, record.brief))["points"]:
        feed["_brief"] = brief
    if record.story is not None:
        feed["_coverage"] = _coverage(record.story)
    feed["items"] = [_item(item, of_story=record.story is not None) for item in record.items]
    return sendable(json.dumps(feed, ensure_ascii=False)) + "\n"


def _coverage(story: Story) -> dict[str, str]:
    """An extension of ours: the state of the coverage, and its times as far as they are known."""
    times = {
        "start": story.coverage_start,
        "end": story.coverage_end,
        "paused_until": story.paused_until,
    }
    return {"status": story.status.value} | {name: iso(at) for name, at in times.items() if at}


def _item(item: Item, *, of_story: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": item.url,
        "url": item.url,
        "title": title(item),
        "content_html": content(item),
        "date_published": iso(item.published),
        "date_modified": iso(item.updated),
        "language": item.story.language,
    }
    if item.authors:
        found["authors"] = [
            {"name": credit.name} | ({"url": credit.url} if credit.url else {})
            for credit in item.authors
        ]
    if tags := categories(item):
        found["tags"] = tags
    if pictures := item.of_kind("picture"):
        found["image"] = pictures[0]["url"]
    if item.media:
        found["attachments"] = [_attachment(medium) for medium in item.media]
    if not of_story:
        found["_story"] = {"title": item.story.title, "url": item.page}
    return found


def _attachment(medium: dict[str, Any]) -> dict[str, str]:
    address, media_type = file_of(medium)
    words = words_of(medium)
    return {"url": address, "mime_type": media_type} | ({"title": words} if words else {})
