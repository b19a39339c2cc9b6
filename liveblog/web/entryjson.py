"""An entry as JSON for programs of readers: what its page shows, and nothing of how it came about."""

from __future__ import annotations

from typing import Any

from starlette.requests import HTTPConnection

from liveblog.content.templates import Templates
from liveblog.models import Entry, Story
from liveblog.web.media import card_as_public, medium_as_public
from liveblog.web.state import base_url, parts

PUBLIC = (
    "id",
    "seq",
    "rev",
    "url",
    "published_at",
    "edited_at",
    "corrected_at",
    "occurred_at",
    "headline",
    "html",
    "body_html",
    "key",
    "pinned",
    "labels",
    "topics",
    "dateline",
    "credits",
    "sources",
    "verification",
    "corrections",
    "media",
    "embeds",
)


def public_entry(connection: HTTPConnection, story: Story, entry: Entry) -> dict[str, Any]:
    """A published entry. Not its Markdown, which may hold what no reader sees, nor the time of its drafting."""
    return as_public(parts(connection).room.templates, base_url(connection), story, entry)


def as_public(templates: Templates, site: str, story: Story, entry: Entry) -> dict[str, Any]:
    """The same for whom is told of it without asking: `site` is where readers find it."""
    values = entry.model_dump(mode="json", include=set(PUBLIC)) | {
        "url": f"{site}/stories/{story.slug}/entries/{entry.id}",
        "html": templates.entry(entry, story),
        "media": [medium_as_public(site, medium) for medium in entry.media],
        "embeds": [card_as_public(site, card) for card in entry.embeds],
    }
    return {name: values[name] for name in PUBLIC}
