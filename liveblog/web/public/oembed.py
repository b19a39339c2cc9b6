"""oEmbed 1.0 (https://oembed.com): what a site needs to show a story or an entry for which somebody pasted the address."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from liveblog.errors import Malformed, NotFound
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.store.stories.timeline import ENTRY_ID
from liveblog.web.cache.pages import Rendered
from liveblog.web.context import base_url, of_addresses, parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.http.table import Table
from liveblog.web.public.cached_pages import CachedPage, chosen
from liveblog.web.public.metadata import CARD_HEIGHT, CARD_WIDTH, card, of_entry
from liveblog.web.public.pages import read_view
from liveblog.web.record import item, story_url

WIDTH, STORY_HEIGHT, ENTRY_HEIGHT = 600, 600, 400  # pixels, unless the request sets a lower maximum
CACHE_SECONDS = 300
LONGEST = 2_000  # characters of an address
XML = "text/xml; charset=utf-8"
# Characters that XML 1.0 cannot hold (2.2).
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Asked(NamedTuple):
    """The story that an address names, an entry of it or None, and the rest of the address's query."""

    slug: str
    entry: str | None
    query: list[tuple[str, str]]


async def oembed(request: Request) -> Response:
    """`GET /oembed?url=&maxwidth=&maxheight=&format=`.

    Raises `Malformed`, and `NotFound` for an address that is not of this site, or names nothing that is public. Another
    format than `json` and `xml` gets 501.
    """
    here, query = parts(request), request.query_params
    kind = query.get("format") or "json"
    if kind not in {"json", "xml"}:
        raise HTTPException(501, "format: accepted: json, xml")
    width, height = _most(query, "maxwidth"), _most(query, "maxheight")
    site = base_url(request)
    wanted = _asked(here.table, site, query.get("url") or "")
    story, entry = await _found(request, wanted)
    answer = _answer(request, site, story, entry, wanted.query) | {"cache_age": CACHE_SECONDS}
    frame, heading = answer.pop("frame"), answer["title"]
    own = ENTRY_HEIGHT if entry else STORY_HEIGHT
    answer |= {"width": min(WIDTH, width or WIDTH), "height": min(own, height or own)}
    answer["html"] = (
        f'<blockquote><a href="{escape(answer.pop("link"))}">{escape(heading)}</a></blockquote>'
        f'<iframe src="{escape(frame)}" width="{answer["width"]}" height="{answer["height"]}" title="{escape(heading)}"'
        ' frameborder="0" style="max-width: 100%" loading="lazy" allow="fullscreen"></iframe>'
    )
    picture = answer.pop("picture")
    if (width or CARD_WIDTH) >= CARD_WIDTH and (height or CARD_HEIGHT) >= CARD_HEIGHT:
        sizes = {"thumbnail_width": CARD_WIDTH, "thumbnail_height": CARD_HEIGHT}
        answer |= {"thumbnail_url": picture} | sizes
    headers = of_addresses(request, of_page(policy(request)))
    headers |= {"Content-Type": XML} if kind == "xml" else {}
    body = _xml(answer) if kind == "xml" else json.dumps(answer, ensure_ascii=False)
    return CachedPage(await chosen(await Rendered.of(body, headers), request.scope["headers"]))


def _most(query: QueryParams, name: str) -> int | None:
    """A maximum in pixels, None if there is none. Raises `Malformed`."""
    given = query.get(name)
    if not given:
        return None
    if not re.fullmatch("0*[1-9][0-9]*", given, re.ASCII):
        message = "must be a number of pixels: a whole number from 1"
        raise Malformed.parameter(name, message)
    digits = given.lstrip("0")
    return int(digits) if len(digits) < 10 else None


def _asked(table: Table, site: str, url: str) -> Asked:
    """What an address names. Raises `Malformed` if it is missing, `NotFound` if it is not of this site."""
    if not url:
        message = "is missing; accepted: the address of a story or of an entry"
        raise Malformed.parameter("url", message)
    unknown = NotFound("url: there is no such story or entry here")
    if len(url) > LONGEST:
        raise unknown
    try:
        given, own = urlsplit(url), urlsplit(site)
        ours = (not given.scheme and not given.netloc) or _host(given) == _host(own)
    except ValueError:
        raise unknown from None
    under = own.path if given.netloc else ""
    if not ours or not given.path.startswith(under):
        raise unknown
    line, path = table.find("GET", given.path.removeprefix(under).removesuffix("/"))
    if path is None or not line.policy.embeddable:
        raise unknown
    query = parse_qsl(given.query)
    entry = path.groupdict().get("id") or next(
        (value for name, value in query if name == "at"), None
    )
    if entry is None and ENTRY_ID.fullmatch(given.fragment):
        entry = given.fragment
    return Asked(path["slug"], entry, [(name, value) for name, value in query if name != "at"])


def _host(url: SplitResult) -> tuple[str | None, int | None] | None:
    """The host and the port of a web address. Whether it is encrypted makes no difference on the usual ports."""
    if url.scheme not in {"http", "https"}:
        return None
    usual = {"http": 80, "https": 443}[url.scheme]
    return url.hostname, None if url.port == usual else url.port


async def _found(request: Request, wanted: Asked) -> tuple[Story, Entry | None]:
    stories = parts(request).store.stories
    unknown = NotFound("url: there is no such story or entry here")
    try:
        read_view(QueryParams(wanted.query))
    except Malformed:
        raise unknown from None
    if wanted.entry is None:
        return await stories.get(wanted.slug), None
    if not ENTRY_ID.fullmatch(wanted.entry):
        raise unknown
    story, entry = await stories.entry(wanted.slug, wanted.entry)
    if entry.status is not EntryStatus.PUBLISHED:
        raise unknown
    return story, entry


def _answer(
    request: Request, site: str, story: Story, entry: Entry | None, query: list[tuple[str, str]]
) -> dict[str, Any]:
    """The answer without sizes, and `link`, `frame` and `picture`: the addresses to link to, to frame and to show."""
    here = parts(request)
    name = here.newsroom.site.name
    about: dict[str, Any] = {"version": "1.0", "type": "rich", "title": story.title}
    about |= {"author_name": name, "author_url": f"{site}/"}
    about |= {"provider_name": name, "provider_url": f"{site}/"}
    page = story_url(site, story)
    if entry is None:
        chosen_view = f"?{urlencode(query)}" if query else ""
        return about | {
            "link": page + chosen_view,
            "frame": f"{page}/embed{chosen_view}",
            "picture": card(page, story.head),
        }
    told = item(here.templates, site, story, entry, html=False)
    if told.authors:
        about["author_name"] = ", ".join(credit.name for credit in told.authors)
        about["author_url"] = told.authors[0].url or about["author_url"]
    themes = [(name, value) for name, value in query if name == "theme"]
    frame = f"{told.url}/embed" + (f"?{urlencode(themes)}" if themes else "")
    picture = of_entry(told).picture
    return about | {"title": told.titled, "link": told.url, "frame": frame, "picture": picture}


def _xml(answer: dict[str, Any]) -> str:
    root = ElementTree.Element("oembed")
    for name, value in answer.items():
        ElementTree.SubElement(root, name).text = NO_XML.sub("", str(value))
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n{text}'
