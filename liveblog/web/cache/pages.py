"""Live pages, rendered and compressed once for each change of their story."""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import NamedTuple

from liveblog import metrics
from liveblog.live.feed import Feed
from liveblog.store import Position
from liveblog.web.http.headers import RawHeaders, raw

KEPT = 128

Render = Callable[[], Awaitable[tuple[Position, str]]]


class Body(NamedTuple):
    """The bytes of a page in one encoding, and its headers, ready to send."""

    etag: bytes
    content: bytes
    headers: RawHeaders


class Rendered(NamedTuple):
    """A page, plain and compressed with gzip (RFC 1952)."""

    plain: Body
    gzipped: Body

    @classmethod
    def of(cls, page: str, headers: Mapping[str, str]) -> Rendered:
        """Compress a page. The same page always gives the same bytes.

        Its ETag depends on who may read it, because caches keep the headers of a page that is revalidated.
        """
        own = raw(headers)
        plain = page.encode()
        # Python's gzip module would write the time into the header.
        compressor = zlib.compressobj(6, wbits=31)
        gzipped = compressor.compress(plain) + compressor.flush()
        readable_by = headers.get("Access-Control-Allow-Origin", "")
        tag = sha256(plain + readable_by.encode()).hexdigest()[:20]
        return cls(
            _body(f'"{tag}"', plain, own),
            _body(f'"{tag}-gzip"', gzipped, [*own, (b"content-encoding", b"gzip")]),
        )


def _body(etag: str, content: bytes, headers: RawHeaders) -> Body:
    own = [(b"etag", etag.encode()), (b"content-length", str(len(content)).encode())]
    return Body(etag.encode(), content, [*headers, *own])


class Held(NamedTuple):
    """A page, its position, and the feed's `life` when it was requested."""

    life: object
    position: Position
    rendered: Rendered


class PageCache:
    """Pages by kind and slug. Only a page of the newest position is sent.

    A page from an earlier `life` of its feed is not sent either: after a restore of an older copy, the log is
    behind such pages.
    """

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._pages: OrderedDict[tuple[str, str], Held] = OrderedDict()
        self._rendering: dict[tuple[str, str, object, int], asyncio.Task[Rendered]] = {}
        self._forgotten = 0

    def forget(self) -> None:
        """Drop everything, also what is being rendered: something else than the story has changed."""
        self._forgotten += 1
        self._pages.clear()
        self._rendering.clear()

    async def get(
        self, kind: str, feed: Feed, render: Render, headers: Mapping[str, str]
    ) -> Rendered:
        """The page at the feed's position or later. If there is none, `render` is called once for all requests.

        `headers` go with the page; its media type is among them. Raises what `render` raises.
        """
        if held := self.held(kind, feed):
            return held
        key = (kind, feed.slug, feed.life, feed.applied)
        task = self._rendering.get(key)
        if task is None:
            task = self._rendering[key] = asyncio.create_task(
                self._render(kind, feed, render, headers)
            )
            task.add_done_callback(lambda _: self._rendering.pop(key, None))
        return await asyncio.shield(task)

    def held(self, kind: str, feed: Feed) -> Rendered | None:
        """The cached page at the feed's position or later; None if there is none."""
        held = self._pages.get((kind, feed.slug))
        if held is None or held.life is not feed.life:
            return None
        if held.position.epoch != feed.epoch or held.position.head < feed.applied:
            return None
        self._pages.move_to_end((kind, feed.slug))
        return held.rendered

    def sweep(self, feeds: Mapping[str, Feed]) -> None:
        """Drop pages that would not be sent any more, because they may hold purged text."""
        for kind, slug in list(self._pages):
            feed = feeds.get(slug)
            if feed is None or self.held(kind, feed) is None:
                self._pages.pop((kind, slug), None)

    async def _render(
        self, kind: str, feed: Feed, render: Render, headers: Mapping[str, str]
    ) -> Rendered:
        slug, life, forgotten = feed.slug, feed.life, self._forgotten
        self._pages.pop((kind, slug), None)
        position, page = await render()
        rendered = await asyncio.to_thread(Rendered.of, page, headers)
        metrics.RENDERED.inc()
        if forgotten != self._forgotten:
            return rendered
        self._pages[kind, slug] = Held(life, position, rendered)
        while len(self._pages) > self._most:
            self._pages.popitem(last=False)
        return rendered
