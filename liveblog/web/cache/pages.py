"""Live pages, rendered once for each change of their story, and compressed once in each coding that readers ask for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import NamedTuple, Self

from liveblog import metrics
from liveblog.content.encodings import SMALL, Coding, Encoded
from liveblog.live.feed import Feed
from liveblog.store import Position
from liveblog.web.http.headers import RawHeaders, lines_of, raw

KEPT = 128
KEPT_BYTES = 32 * 1024 * 1024  # of one cache, with all codings
HASHED_AT_ONCE = 256 * 1024  # bytes; the hash of more is made in a thread

Render = Callable[[], Awaitable[tuple[Position, str]]]


class Body(NamedTuple):
    """The bytes of a page in one coding, and its headers, ready to send. `lines` are the headers as they are sent."""

    etag: bytes
    content: bytes
    headers: RawHeaders
    lines: bytes

    @classmethod
    def of(cls, etag: bytes, content: bytes, headers: RawHeaders) -> Self:
        """The body with the lines of its headers."""
        return cls(etag, content, headers, lines_of(headers))


class Rendered:
    """A page, and what is kept of it in each coding.

    Its ETag depends on the coding, and on who may read it, because caches keep the headers of a page that is revalidated.
    """

    def __init__(self, content: bytes, headers: Mapping[str, str]) -> None:
        self._encoded = Encoded(content)
        self._headers = raw(headers)
        readable_by = headers.get("Access-Control-Allow-Origin", "")
        self._tag = sha256(content + readable_by.encode()).hexdigest()[:20]
        self._heads: dict[Coding, Body] = {}
        self._bodies: dict[Coding, Body] = {}

    @classmethod
    async def of(cls, page: str, headers: Mapping[str, str]) -> Self:
        """The page with its headers. The same page always has the same ETags and bytes."""
        content = page.encode()
        if len(content) <= HASHED_AT_ONCE:
            return cls(content, headers)
        return await asyncio.to_thread(cls, content, headers)

    @property
    def plain(self) -> bytes:
        return self._encoded.content

    @property
    def size(self) -> int:
        """The bytes of all codings that were made."""
        return self._encoded.size

    def empty(self, coding: Coding) -> Body:
        """The page without its bytes, for clients that have them. It compresses nothing."""
        return self._head(self._sent_in(coding))

    def made(self, coding: Coding) -> Body | None:
        """The page in a coding; None if it must be compressed first."""
        sent_in = self._sent_in(coding)
        body = self._bodies.get(sent_in)
        if body is None and (content := self._encoded.made(sent_in)) is not None:
            body = self._bodies[sent_in] = self._body(sent_in, content)
        return body

    async def body(self, coding: Coding) -> Body:
        """The page in a coding."""
        if body := self.made(coding):
            return body
        sent_in = self._sent_in(coding)
        return self._body(sent_in, await self._encoded.get(sent_in))

    def _sent_in(self, coding: Coding) -> Coding:
        return coding if len(self.plain) >= SMALL else Coding.IDENTITY

    def _head(self, coding: Coding) -> Body:
        if (head := self._heads.get(coding)) is None:
            packed = coding is not Coding.IDENTITY
            etag = f'"{self._tag}{f"-{coding}" if packed else ""}"'.encode()
            encoding = [(b"content-encoding", coding.encode())] if packed else []
            head = Body.of(etag, b"", [*self._headers, *encoding, (b"etag", etag)])
            self._heads[coding] = head
        return head

    def _body(self, coding: Coding, content: bytes) -> Body:
        etag, _, headers, _ = self._head(coding)
        length = (b"content-length", str(len(content)).encode())
        return Body.of(etag, content, [*headers, length])


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

    def __init__(self, most: int = KEPT, most_bytes: int = KEPT_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
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
        self._trim()

    async def _render(
        self, kind: str, feed: Feed, render: Render, headers: Mapping[str, str]
    ) -> Rendered:
        slug, life, forgotten = feed.slug, feed.life, self._forgotten
        self._pages.pop((kind, slug), None)
        position, page = await render()
        rendered = await Rendered.of(page, headers)
        metrics.RENDERED.inc()
        if forgotten != self._forgotten:
            return rendered
        self._pages[kind, slug] = Held(life, position, rendered)
        self._trim()
        return rendered

    def _trim(self) -> None:
        """Keep to the bounds. A page that was compressed since the last time counts with that."""
        kept = sum(held.rendered.size for held in self._pages.values())
        while len(self._pages) > self._most or (kept > self._most_bytes and len(self._pages) > 1):
            _, dropped = self._pages.popitem(last=False)
            kept -= dropped.rendered.size
