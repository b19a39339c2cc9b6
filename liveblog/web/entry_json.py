"""An entry as JSON for programs of readers: what its page shows, and nothing of how it came about. Its addresses are
whole: whoever reads it is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse

from liveblog.content.templates import Templates
from liveblog.models.content import Entry, Story
from liveblog.models.entry_fields import PUBLIC
from liveblog.web.context import base_url, parts
from liveblog.web.http.headers import REVALIDATE
from liveblog.web.media import card_as_public, medium_as_public

# Of our own markup, in which attributes are quoted and the text has no "<".
TAG = re.compile(r"""<[a-zA-Z](?:[^"'<>]|"[^"]*"|'[^']*')*>""")
ATTRIBUTE = re.compile(
    r"""([\w:.-]+)=(?:"([^"]*)"|'([^']*)')"""
)  # whole: a value may look like another
ADDRESSES = frozenset({"href", "src", "poster", "srcset", "cite", "action"})


def public_entry(connection: HTTPConnection, story: Story, entry: Entry) -> dict[str, Any]:
    """A published entry. Not its Markdown, which may hold what no reader sees, nor the time of its drafting."""
    return as_public(parts(connection).templates, base_url(connection), story, entry)


def as_public(templates: Templates, site: str, story: Story, entry: Entry) -> dict[str, Any]:
    """The same for whom is told of it without asking: `site` is where readers find it."""
    page = f"{site}/stories/{story.slug}"
    values = entry.model_dump(mode="json", include=set(PUBLIC)) | {
        "url": f"{page}/entries/{entry.id}",
        "html": with_whole_addresses(templates.entry(entry, story), page),
        "body_html": with_whole_addresses(entry.body_html, page),
        "media": [medium_as_public(site, medium) for medium in entry.media],
        "embeds": [card_as_public(site, card) for card in entry.embeds],
    }
    return {name: values[name] for name in PUBLIC}


def with_whole_addresses(html: str, page: str) -> str:
    """Our markup as it would be read on `page`, for whoever shows it elsewhere."""

    def whole(found: re.Match[str]) -> str:
        name, value = found[1], unescape(found[2] if found[2] is not None else found[3])
        if name not in ADDRESSES:
            return found[0]
        given = value
        if name == "srcset":  # "ADDRESS WIDTHw, ADDRESS WIDTHw"; ours have no commas within
            each = (one.strip().partition(" ") for one in value.split(","))
            value = ", ".join(f"{_joined(page, url)} {width}".strip() for url, _, width in each)
        else:
            value = _joined(page, value)
        return found[0] if value == given else f'{name}="{escape(value)}"'

    return TAG.sub(lambda tag: ATTRIBUTE.sub(whole, tag[0]), html)


def _joined(page: str, address: str) -> str:
    try:
        return urljoin(page, address)
    except ValueError:  # an address in brackets that is none; it leads nowhere here either
        return address


def public_json(request: Request, content: Mapping[str, Any]) -> JSONResponse:
    """An answer with whole addresses. Without BASE_URL they are those by which this request came, and nobody keeps
    it: a cache that does not tell hosts apart would give them to others."""
    headers = REVALIDATE | {"Vary": "Accept"}
    if not parts(request).settings.base_url:
        headers["Cache-Control"] = "no-store"
    return JSONResponse(dict(content), headers=headers)
