"""`story.json`: a story as one JSON document, with what readers have of it (docs/archive.md).

Never in it: drafts, notes, withheld places, removed entries, accounts, and words of the Markdown that no reader sees.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liveblog import __version__
from liveblog.content.brief import brief_of
from liveblog.content.history import pairs, rewritten
from liveblog.content.markup.shown_source import shown_source
from liveblog.content.templates import Templates, iso
from liveblog.inbound.html_text import html_as_markdown
from liveblog.models.content import Entry, Medium, Story
from liveblog.models.revisions import Revision
from liveblog.store import WholeStory
from liveblog.web.entry_json import as_public
from liveblog.web.media import medium_as_public

FORMAT = "liveblog-story"
VERSION = 1
NAME = "story.json"
STORY_FIELDS = (
    "slug", "title", "summary", "status", "category", "topics", "place", "timezone", "language", "coverage_start",
    "coverage_end", "paused_until", "related", "sponsors", "points_at",
)  # fmt: skip


def document(templates: Templates, site: str, name: str, whole: WholeStory, at: datetime) -> dict[str, Any]:  # fmt: skip
    """The JSON values of a story. `site` is the server's address for readers, empty if it is not known; `name` is its
    name. This takes milliseconds for each revision: do not call it in an event loop that serves others.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": iso(at),
        "software": f"liveblog {__version__}",
        "site": {"name": name, "url": site or None},
        "story": _story(site, whole),
        "entries": [_entry(templates, site, whole, entry) for entry in whole.entries],
    }


def media_of(whole: WholeStory) -> list[Medium]:
    """All media that the pages of a story show, each once: of entries, of cards, and the cover."""
    found = [whole.story.cover] if whole.story.cover else []
    for entry in whole.entries:
        found += [*entry.media, *(card.picture for card in entry.embeds if card.picture)]
    return list({medium.id: medium for medium in found}.values())


def file_of(path: str) -> str:
    """The name of a medium's file within an archive. `path` is its address within the site."""
    return path.removeprefix("/")


def _story(site: str, whole: WholeStory) -> dict[str, Any]:
    story: Story = whole.story
    values = story.model_dump(mode="json", include=set(STORY_FIELDS))
    said = brief_of(whole.basis)
    points = [
        # A point whose entry was taken down has no words for readers.
        {"text": shown.text, "entry": shown.entry, "at": iso(point.at)}
        for shown, point in zip(said.points, story.points, strict=True)
        if not shown.taken_down
    ] if said.written else []  # fmt: skip
    cover = _medium(site, story.cover) if story.cover else None
    kept = {name: values[name] for name in STORY_FIELDS}
    return kept | {"direction": story.direction, "cover": cover, "points": points}


def _entry(templates: Templates, site: str, whole: WholeStory, entry: Entry) -> dict[str, Any]:
    values = as_public(templates, site, whole.story, entry)
    del values["html"]  # made of the other fields
    values["media"] = [_medium(site, medium) for medium in entry.media]
    for card, shown in zip(entry.embeds, values["embeds"], strict=True):
        shown["picture"] = _medium(site, card.picture) if card.picture else None
    if not site:
        values["url"] = None
    values["body"] = _source(entry.body, entry.body_html)
    values["revisions"] = _revisions(whole.revisions[entry.id])
    return values


def _medium(site: str, medium: Medium) -> dict[str, Any]:
    values = medium_as_public(site, medium)
    for variant, shown in zip(medium.variants, values["variants"], strict=True):
        shown["file"] = file_of(variant.url)
    return values | {"file": file_of(medium.url)}


def _revisions(public: list[Revision]) -> list[dict[str, Any]]:
    """What the history of an entry shows to readers: texts, verifications, and the names of other fields that changed."""
    changed = {rev: rewritten(*states).others for rev, states in pairs(public).items()}
    return [
        {
            "rev": one.rev,
            "at": iso(one.at),
            "action": one.action,
            "note": one.note if one.action == "corrected" else None,
            "headline": one.entry.get("headline"),
            "body": _source(str(one.entry.get("body", "")), str(one.entry.get("body_html", ""))),
            "verification": one.entry.get("verification"),
            "changed": list(changed.get(one.rev, ())),
        }
        for one in public
    ]


def _source(body: str, body_html: str) -> str:
    found = shown_source(body, body_html)
    return html_as_markdown(body_html).text if found is None else found
