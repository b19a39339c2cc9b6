"""An entry as JSON for programs of readers: what its page shows, and nothing of how it came about."""

from __future__ import annotations

from typing import Any

from starlette.requests import HTTPConnection

from liveblog.models import Entry, Story
from liveblog.web.media import medium_json
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
    values = entry.model_dump(mode="json", include=set(PUBLIC)) | {
        "url": f"{base_url(connection)}/stories/{story.slug}/entries/{entry.id}",
        "html": parts(connection).room.templates.entry(entry, story),
        "media": [medium_json(connection, medium) for medium in entry.media],
    }
    return {name: values[name] for name in PUBLIC}
