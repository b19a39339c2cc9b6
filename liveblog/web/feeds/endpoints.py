"""The addresses of feeds and sitemaps. Each feed is rendered once for each change, and answers conditional requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from liveblog.errors import NotFound
from liveblog.store import Begun, Listed, Newest, Position
from liveblog.store.stories.hashtag import folded
from liveblog.web.cache.pages import Rendered
from liveblog.web.context import base_url, of_addresses, parts
from liveblog.web.feeds import choice, news_sitemap, records, sitemap
from liveblog.web.feeds.choice import Choice
from liveblog.web.feeds.records import Site
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import Answer, CachedPage, chosen
from liveblog.web.record import Record

ROBOTS = "User-agent: *\nDisallow: /desk\nDisallow: /api/\n"
# Every process has a change after so many seconds, also without Redis (live/listener.py, web/cache/overviews.py).
SETTLED = timedelta(seconds=5)
LAST_MODIFIED = b"last-modified"


class Format(NamedTuple):
    """A format: the end of its addresses, its media type, and how it renders a record at an address of its own."""

    name: str
    media_type: str
    render: Callable[[Record, str], str]


class Feed:
    """The feeds of a format."""

    def __init__(self, shape: Format) -> None:
        self.shape = shape

    async def story(self, request: Request) -> Response:
        """`GET /stories/{slug}/feed.*`. Raises `NotFound`, `Malformed`."""
        here, site, slug = parts(request), _site(request), request.path_params["slug"]
        asked, headers = choice.read(request.query_params), _headers(request)

        async def render() -> tuple[Position, str]:
            story, found = await here.store.newest.of_story(slug, asked.limit, asked.view)
            headers["Last-Modified"] = _http_date(story.updated_at)
            record = await records.of_story(here.templates, site, story, found)
            record = record._replace(brief=await here.store.stories.brief(story))
            own = f"{record.url}/feed.{self.shape.name}{asked.query}"
            return Position(story.epoch, story.head), await self._rendered(record, own)

        feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
        cache = here.feeds.of_story(usual=_is_usual(request, asked))
        key = f"{self.shape.name} {asked.query} {site.url}"
        return await _answer(request, await cache.get(key, feed, render, headers))

    async def corrections(self, request: Request) -> Response:
        """`GET /stories/{slug}/corrections.atom`. Raises `NotFound`, `Malformed`."""
        here, site, slug = parts(request), _site(request), request.path_params["slug"]
        asked, headers = choice.read(request.query_params, shows=False), _headers(request)

        async def render() -> tuple[Position, str]:
            story, found, _ = await here.store.corrections.of_story(slug, None, asked.limit)
            headers["Last-Modified"] = _http_date(story.updated_at)
            record = await records.of_corrections(here.templates, site, story, found)
            own = f"{record.url}.{self.shape.name}{asked.query}"
            return Position(story.epoch, story.head), await self._rendered(record, own)

        feed = here.hub.feeds.get(slug) or await here.hub.open_for_page(slug)
        cache = here.feeds.of_story(usual=_is_usual(request, asked))
        key = f"corrections {self.shape.name} {asked.query} {site.url}"
        return await _answer(request, await cache.get(key, feed, render, headers))

    async def topic(self, request: Request) -> Response:
        """`GET /topics/{topic}/feed.*`. Raises `NotFound`, `Malformed`."""
        here, site, name = parts(request), _site(request), folded(request.path_params["topic"])
        asked, headers = choice.read(request.query_params), _headers(request)

        async def read() -> Newest:
            return await here.store.newest.of_topic(name, asked.limit, asked.view)

        async def render(newest: Newest) -> str:
            _of_many(request, headers, newest)
            record = await records.of_topic(here.templates, site, newest)
            own = f"{site.url}/topics/{quote(name, safe='')}/feed.{self.shape.name}{asked.query}"
            return await self._rendered(record, own)

        overviews = here.feeds.of_many(usual=_is_usual(request, asked))
        key = ("topic", name, asked, site.url)
        return await _answer(
            request, await overviews.get(key, self.shape.name, read, render, headers)
        )

    async def site(self, request: Request) -> Response:
        """`GET /feed.*`. Raises `Malformed`."""
        here, site = parts(request), _site(request)
        asked, headers = choice.read(request.query_params), _headers(request)

        async def read() -> Newest:
            return await here.store.newest.of_site(asked.limit, asked.view)

        async def render(newest: Newest) -> str:
            _of_many(request, headers, newest)
            record = await records.of_site(here.templates, site, newest)
            own = f"{site.url}/feed.{self.shape.name}{asked.query}"
            return await self._rendered(record, own)

        overviews = here.feeds.of_many(usual=_is_usual(request, asked))
        key = ("site", asked, site.url)
        return await _answer(
            request, await overviews.get(key, self.shape.name, read, render, headers)
        )

    async def _rendered(self, record: Record, own: str) -> str:
        # In a thread: a feed of long texts takes some 20 ms, and readers wait meanwhile.
        return await asyncio.to_thread(self.shape.render, record, own)


async def stories(request: Request) -> Response:
    """`GET /sitemap.xml`: all stories, or an index of `?page=1` and so on. Raises `NotFound`, `Malformed`."""
    here, site, number = parts(request), _site(request), choice.page(request.query_params)
    newest, most = here.store.newest, sitemap.STORIES

    async def read() -> int | tuple[Listed, ...]:
        """The number of sitemaps, or the stories of one."""
        if number is None and (count := await newest.count()) > most:
            return -(-count // most)
        found = await newest.listed(((number or 1) - 1) * most, most)
        if not found and number is not None:
            raise NotFound(f"page: there is no sitemap {number}")
        return found

    async def render(found: int | tuple[Listed, ...]) -> str:
        if isinstance(found, int):
            return sitemap.index(site.url, found)
        return await asyncio.to_thread(sitemap.render, site.url, found)

    key = ("sitemap", number, site.url)
    overviews = here.feeds.of_many(usual=_is_usual(request, page=number))
    return await _answer(request, await overviews.get(key, "", read, render, _headers(request)))


async def news(request: Request) -> Response:
    """`GET /sitemap-news.xml`: the stories that began in the last two days."""
    here, site = parts(request), _site(request)

    async def read() -> tuple[Begun, ...]:
        since = here.newsroom.clock() - news_sitemap.AGE
        return await here.store.newest.begun(since, news_sitemap.MOST)

    async def render(begun: tuple[Begun, ...]) -> str:
        return await asyncio.to_thread(news_sitemap.render, site.url, site.name, begun)

    overviews = here.feeds.of_many(usual=_is_usual(request))
    key = ("news", site.url)
    return await _answer(request, await overviews.get(key, "", read, render, _headers(request)))


async def robots(request: Request) -> Response:
    """`GET /robots.txt`, the rules for crawlers (RFC 9309): all public pages are allowed. It names the sitemaps."""
    site = base_url(request)
    named = "".join(f"Sitemap: {site}/{name}.xml\n" for name in ("sitemap", "sitemap-news"))
    headers = of_addresses(request, {"Cache-Control": policy(request).cache_control})
    return PlainTextResponse(f"{ROBOTS}\n{named}", headers=headers)


def _site(request: Request) -> Site:
    return Site(base_url(request), parts(request).newsroom.site.name)


def _is_usual(request: Request, asked: Choice | None = None, page: int | None = None) -> bool:
    """Whether many ask for the same. Without BASE_URL anybody may name another site, by `Host`."""
    chosen_anew = page is not None or (asked is not None and not asked.usual)
    return bool(parts(request).settings.base_url) and not chosen_anew


def _headers(request: Request) -> dict[str, str]:
    """The headers of a feed; its renderer adds Last-Modified."""
    return of_addresses(request, of_page(policy(request)))


def _of_many(request: Request, headers: dict[str, str], newest: Newest) -> None:
    """Add to the headers of a feed of many stories what depends on these."""
    parts(request).embedding.limit((story for story, _ in newest.entries), headers)
    headers["Last-Modified"] = _http_date(newest.changed)


def _http_date(at: datetime | None) -> str:
    return format_datetime((at or datetime.now(UTC)).astimezone(UTC), usegmt=True)


async def _answer(request: Request, rendered: Rendered) -> Response:
    """The feed, or 304 if the client has it (RFC 9110, 13.1).

    A time has whole seconds, and a second change within one must not be missed: it may be a takedown. So a time
    that is not settled yet is told as one second earlier, which is the time of no later version, and answers no
    If-Modified-Since. Only an equal time does: after a removal, an earlier version may be the newer one.
    """
    status, body = await chosen(rendered, request.scope["headers"])
    told = next((value for name, value in body.headers if name == LAST_MODIFIED), None)
    if told is None:
        return CachedPage(Answer(status, body))
    at = parsedate_to_datetime(told.decode())
    settled = datetime.now(UTC) - at > SETTLED
    asked = request.headers.get("if-modified-since")
    if settled and asked == told.decode() and "if-none-match" not in request.headers:
        status = 304
    if not settled:
        before = _http_date(at - timedelta(seconds=1)).encode()
        headers = [
            (name, before if name == LAST_MODIFIED else value) for name, value in body.headers
        ]
        body = body._replace(headers=headers)
    return CachedPage(Answer(status, body))
