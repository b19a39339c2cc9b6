"""An entry as JSON for readers' programs: the content of its page, without its drafts and history.

Its addresses are absolute, because a program shows them outside the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse

from liveblog.content.brief import brief_of
from liveblog.content.templates import Templates, iso
from liveblog.models.brief import Basis, BriefPoint
from liveblog.models.content import Entry, Story
from liveblog.models.entry_fields import PUBLIC
from liveblog.web.context import base_url, of_addresses, parts
from liveblog.web.http.headers import REVALIDATE
from liveblog.web.media import card_as_public, medium_as_public

# A tag in our own markup, where attributes are quoted and the text has no "<".
TAG = re.compile(r"""<[a-zA-Z](?:[^"'<>]|"[^"]*"|'[^']*')*>""")
# A whole attribute, because its value may look like another attribute.
ATTRIBUTE = re.compile(r"""([\w:.-]+)=(?:"([^"]*)"|'([^']*)')""")
ADDRESSES = frozenset({"href", "src", "poster", "srcset", "cite", "action"})


def public_entry(connection: HTTPConnection, story: Story, entry: Entry) -> dict[str, Any]:
    """A published entry as JSON values, without its Markdown and the time of its drafting.

    The Markdown may hold text that no reader sees.
    """
    return as_public(parts(connection).templates, base_url(connection), story, entry)


def as_public(templates: Templates, site: str, story: Story, entry: Entry) -> dict[str, Any]:
    """`public_entry()` without a request. `site` is the server's address for readers."""
    page = f"{site}/stories/{story.slug}"
    values = entry.model_dump(mode="json", include=set(PUBLIC)) | {
        "url": f"{page}/entries/{entry.id}",
        "html": with_whole_addresses(templates.entry(entry, story), page),
        "body_html": with_whole_addresses(entry.body_html, page),
        "media": [medium_as_public(site, medium) for medium in entry.media],
        "embeds": [card_as_public(site, card) for card in entry.embeds],
    }
    return {name: values[name] for name in PUBLIC}


def brief_json(site: str, basis: Basis) -> dict[str, Any]:
    """The Brief of a story as JSON values, as readers have it. `site` is the server's address for readers."""
    brief = brief_of(basis)
    page = f"{site}/stories/{basis.story.slug}"

    def shown(point: BriefPoint) -> dict[str, Any]:
        linked = point.entry is not None and not point.taken_down
        url = f"{page}/entries/{point.entry}" if linked else None
        return point.model_dump(mode="json") | {"url": url}

    return {
        "points": [shown(point) for point in brief.points],
        "written": brief.written,
        "as_of": iso(brief.as_of) if brief.as_of else None,
        "since": basis.since,
        "more": brief.more,
    }


def with_whole_addresses(html: str, page: str) -> str:
    """Make the addresses in our markup absolute, as they are resolved on `page`."""

    def whole(found: re.Match[str]) -> str:
        name, value = found[1], unescape(found[2] if found[2] is not None else found[3])
        if name not in ADDRESSES:
            return found[0]
        given = value
        if name == "srcset":  # "ADDRESS WIDTHw, ADDRESS WIDTHw"; our addresses have no commas
            each = (one.strip().partition(" ") for one in value.split(","))
            value = ", ".join(f"{_joined(page, url)} {width}".strip() for url, _, width in each)
        else:
            value = _joined(page, value)
        return found[0] if value == given else f'{name}="{escape(value)}"'

    return TAG.sub(lambda tag: ATTRIBUTE.sub(whole, tag[0]), html)


def _joined(page: str, address: str) -> str:
    try:
        return urljoin(page, address)
    except ValueError:  # broken brackets; the link is broken on the page too
        return address


def public_json(
    request: Request, content: Mapping[str, Any], stories: Iterable[Story] = ()
) -> JSONResponse:
    """A JSON response with absolute addresses. `stories` are those that it is of, if there may be several."""
    headers = of_addresses(request, REVALIDATE | {"Vary": "Accept"})
    parts(request).embedding.limit(stories, headers)
    return JSONResponse(dict(content), headers=headers)
