"""Pages and feeds about many stories. Their data is read at most once a second, and anew after a removal.

Each page is rendered once for each change and language, each feed once for each change and format; each is compressed once in
each coding that readers ask for.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, TypeVar

from liveblog import metrics
from liveblog.web.cache.pages import Rendered

KEPT = 256
KEPT_BYTES = 32 * 1024 * 1024  # of the pages of one cache, with all languages and codings
SECONDS = 1.0

Content = TypeVar("Content")


class Seen:
    """The data that was read at a time, and its pages by language or format. `at` is the time before the read."""

    def __init__(self, at: float, content: Any) -> None:
        self.at = at
        self.content = content
        self.pages: dict[str, asyncio.Task[Rendered]] = {}

    @property
    def size(self) -> int:
        """The bytes of its pages, with all codings that were made."""
        made = (page for page in self.pages.values() if page.done() and not page.cancelled())
        return sum(page.result().size for page in made if page.exception() is None)


class Overviews:
    """The cached data and pages, by key. The data of at most `most` keys is kept, and `most_bytes` of pages."""

    def __init__(self, most: int = KEPT, most_bytes: int = KEPT_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._seen: OrderedDict[Hashable, Seen] = OrderedDict()
        self._reading: dict[Hashable, asyncio.Task[Seen]] = {}
        self._forgotten = 0

    def forget(self) -> None:
        """Drop everything, also what is being read: an entry in it was removed."""
        self._forgotten += 1
        self._seen.clear()
        self._reading.clear()

    async def get(
        self,
        key: Hashable,
        tag: str,
        read: Callable[[], Awaitable[Content]],
        render: Callable[[Content], Awaitable[str]],
        headers: Mapping[str, str],
    ) -> Rendered:
        """The page of `key` in a language or format, `tag`, from data that is at most a second old.

        `headers` go with the page; its media type is among them. Raises what `read` and `render` raise.
        """
        seen = await self._current(key, read)
        page = seen.pages.get(tag)
        if page is None:
            page = asyncio.create_task(self._render(seen, tag, render, headers))
            seen.pages[tag] = page
            page.add_done_callback(lambda _: self._trim())
        return await asyncio.shield(page)

    @staticmethod
    async def _render(
        seen: Seen,
        tag: str,
        render: Callable[[Any], Awaitable[str]],
        headers: Mapping[str, str],
    ) -> Rendered:
        try:
            html = await render(seen.content)
            rendered = await Rendered.of(html, headers)
        except BaseException:
            seen.pages.pop(tag, None)
            raise
        metrics.OVERVIEWS.inc()
        return rendered

    async def _current(self, key: Hashable, read: Callable[[], Awaitable[Any]]) -> Seen:
        seen = self._seen.get(key)
        if seen is not None and self._now() - seen.at < SECONDS:
            self._seen.move_to_end(key)
            return seen
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key, read))
            reading.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(reading)

    def _done(self, key: Hashable, reading: asyncio.Task[Seen]) -> None:
        if self._reading.get(key) is reading:  # else it was forgotten, and another has begun
            del self._reading[key]

    async def _read(self, key: Hashable, read: Callable[[], Awaitable[Any]]) -> Seen:
        at, forgotten = self._now(), self._forgotten
        content = await read()
        if forgotten != self._forgotten:
            return Seen(at, content)  # for those who asked before the removal alone
        seen = self._seen.get(key)
        if seen is None or seen.content != content:
            seen = self._seen[key] = Seen(at, content)
        seen.at = at
        self._seen.move_to_end(key)
        self._trim()
        return seen

    def _trim(self) -> None:
        """Keep to the bounds. A page that was compressed since the last time counts with that."""
        kept = sum(seen.size for seen in self._seen.values())
        while len(self._seen) > self._most or (kept > self._most_bytes and len(self._seen) > 1):
            _, dropped = self._seen.popitem(last=False)
            kept -= dropped.size

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
