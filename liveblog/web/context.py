"""The parts of a server process, as requests find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from liveblog.bus.rate_limit import RateLimiter
from liveblog.content.templates import Templates
from liveblog.live.embed_hosts import EmbedHosts
from liveblog.live.hub import Hub
from liveblog.live.listener import Listener
from liveblog.newsroom.context import Newsroom
from liveblog.presence.desks import DeskHub
from liveblog.settings import Settings
from liveblog.store import Files, Store
from liveblog.web.cache.chosen_site import ChosenSite
from liveblog.web.cache.comparisons import Comparisons
from liveblog.web.cache.embedding import Embedding
from liveblog.web.cache.feeds import FeedCache
from liveblog.web.cache.media import MediaCache
from liveblog.web.cache.overviews import Overviews
from liveblog.web.cache.pages import PageCache
from liveblog.web.cache.removals import Portraits
from liveblog.web.cache.share_pictures import SharePictures
from liveblog.web.http.table import Table


@dataclass(frozen=True)
class Parts:
    """Reader pages use the store, the templates and the files directly. `newsroom` is for changes and for the desk."""

    settings: Settings
    table: Table
    newsroom: Newsroom
    store: Store
    templates: Templates
    files: Files
    hub: Hub
    listener: Listener
    desks: DeskHub
    pages: PageCache
    entry_pages: PageCache
    portraits: Portraits
    chosen_site: ChosenSite
    widgets: PageCache
    changes: PageCache
    polls: PageCache
    comparisons: Comparisons
    overviews: Overviews
    feeds: FeedCache
    media_cache: MediaCache
    share_pictures: SharePictures
    limiter: RateLimiter
    embedding: Embedding
    embed_hosts: EmbedHosts


def parts(connection: HTTPConnection) -> Parts:
    """The parts of the process that handles a connection."""
    return cast(Parts, connection.state.parts)


def base_url(connection: HTTPConnection) -> str:
    """The server's address for this caller, without a slash at the end."""
    return parts(connection).settings.base_url or str(connection.base_url).rstrip("/")


def desk_url(connection: HTTPConnection) -> str:
    """The desk's address for this caller, without a slash at the end."""
    settings = parts(connection).settings
    return settings.desk_url if settings.desk_host else base_url(connection)


def of_addresses(connection: HTTPConnection, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer with absolute addresses.

    Without BASE_URL the addresses have the host of this request. Then no cache may store the answer: a cache that
    ignores the host would send them to other hosts.
    """
    kept = {} if parts(connection).settings.base_url else {"Cache-Control": "no-store"}
    return dict(headers) | kept
