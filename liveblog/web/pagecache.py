"""Live pages as they were rendered for a position of their story: rendered and compressed once a change."""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import NamedTuple

from liveblog.store import Position

KEPT = 128

RawHeaders = list[tuple[bytes, bytes]]


class Body(NamedTuple):
    """The bytes of a page in one encoding, and its headers, ready to be sent."""

    etag: bytes
    content: bytes
    headers: RawHeaders


class Rendered(NamedTuple):
    """A page, plain and in gzip (RFC 1952)."""

    plain: Body
    gzipped: Body

    @classmethod
    def of(cls, page: str, headers: RawHeaders) -> Rendered:
        plain = page.encode()
        # Python's own gzip writes the time; the same page must give the same bytes.
        compressor = zlib.compressobj(6, wbits=31)
        gzipped = compressor.compress(plain) + compressor.flush()
        tag = sha256(plain).hexdigest()[:20]
        return cls(
            _body(f'"{tag}"', plain, headers),
            _body(f'"{tag}-gzip"', gzipped, [*headers, (b"content-encoding", b"gzip")]),
        )


def _body(etag: str, content: bytes, headers: RawHeaders) -> Body:
    own = [(b"etag", etag.encode()), (b"content-length", str(len(content)).encode())]
    return Body(etag.encode(), content, [*headers, *own])


class PageCache:
    """Keyed by kind of page and slug. A page of an older position is thrown away, never served."""

    def __init__(self, headers: RawHeaders) -> None:
        self._headers = headers
        self._pages: OrderedDict[tuple[str, str], tuple[Position, Rendered]] = OrderedDict()
        self._rendering: dict[tuple[str, str, Position], asyncio.Task[Rendered]] = {}

    async def get(
        self,
        kind: str,
        slug: str,
        position: Position,
        render: Callable[[], Awaitable[tuple[Position, str]]],
    ) -> Rendered:
        """The page at `position` or later; `render` is called where there is none, once for all who ask."""
        if held := self.held(kind, slug, position):
            return held
        key = (kind, slug, position)
        task = self._rendering.get(key)
        if task is None:
            task = self._rendering[key] = asyncio.create_task(self._render(kind, slug, render))
            task.add_done_callback(lambda _: self._rendering.pop(key, None))
        return await asyncio.shield(task)

    def held(self, kind: str, slug: str, position: Position) -> Rendered | None:
        """The page at `position` or later, where it is here."""
        held = self._pages.get((kind, slug))
        if held is None or held[0].epoch != position.epoch or held[0].head < position.head:
            return None
        self._pages.move_to_end((kind, slug))
        return held[1]

    async def _render(
        self, kind: str, slug: str, render: Callable[[], Awaitable[tuple[Position, str]]]
    ) -> Rendered:
        self._pages.pop((kind, slug), None)
        position, page = await render()
        rendered = await asyncio.to_thread(Rendered.of, page, self._headers)
        self._pages[kind, slug] = position, rendered
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)
        return rendered
