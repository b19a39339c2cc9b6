"""Comparisons of revisions, made once for all readers and kept until a text is purged."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from liveblog.content.history import Changed, compared, rewritten
from liveblog.errors import TooMany, Unavailable
from liveblog.live.feed import Feed
from liveblog.process.pool import Pool

KEPT_CHARACTERS = 8 * 1024 * 1024
SHORT = 4 * 1024  # characters of both texts together, which are compared within milliseconds
SECONDS = 2.0  # for one comparison; the most expensive one takes a fifth of it
PAGE_SECONDS = 8.0  # for all comparisons of a page

States = tuple[Mapping[str, Any], Mapping[str, Any]]


class CachedComparison(NamedTuple):
    """`texts` is `Feed.texts` from before the states were read."""

    texts: object
    changed: Changed
    characters: int


class Comparisons:
    """Compares states of entries in the pool, and keeps the results."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[tuple[str, str], CachedComparison] = OrderedDict()
        self._characters = 0
        self._making: dict[tuple[str, str, object], asyncio.Task[Changed]] = {}

    async def all(
        self, feed: Feed, texts: object, asked: Mapping[str, States]
    ) -> dict[str, Changed]:
        """The changes between the two states of each entry, by the same names as in `asked`.

        A name identifies the comparison within the story. If a comparison takes too long, the whole old text is
        struck and the whole new text is inserted. `texts` is `Feed.texts` from before the states were read; after a
        purge the results are not kept.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + PAGE_SECONDS
        found = {}
        for name, states in asked.items():
            try:
                async with asyncio.timeout_at(until):
                    found[name] = await self._one(feed, texts, name, states)
            except (TimeoutError, MemoryError, TooMany, Unavailable):
                found[name] = rewritten(*states)
        return found

    def sweep(self, feeds: Iterable[Feed]) -> None:
        """Drop results after a purge in their story, and results of stories without a feed."""
        if not self._kept:
            return
        current = {feed.slug: feed.texts for feed in feeds}
        for key, kept in list(self._kept.items()):
            if current.get(key[0]) is not kept.texts:
                self._forget(key)

    async def _one(self, feed: Feed, texts: object, name: str, states: States) -> Changed:
        key = (feed.slug, name)
        kept = self._kept.get(key)
        if kept is not None and kept.texts is texts:
            self._kept.move_to_end(key)
            return kept.changed
        if sum(len(state.get("body_html") or "") for state in states) <= SHORT:
            return compared(*states)
        making = (*key, texts)
        task = self._making.get(making)
        if task is None:
            task = self._making[making] = asyncio.create_task(self._made(feed, texts, name, states))
            task.add_done_callback(lambda done: self._ended(making, done))
        return await asyncio.shield(task)

    def _ended(self, making: tuple[str, str, object], done: asyncio.Task[Changed]) -> None:
        self._making.pop(making, None)
        if not done.cancelled():
            done.exception()  # marks it as retrieved: all waiters may be gone

    async def _made(self, feed: Feed, texts: object, name: str, states: States) -> Changed:
        key = (feed.slug, name)
        try:
            changed = await self._pool.run(feed.slug, compared, *states, seconds=SECONDS)
        except (TimeoutError, MemoryError):
            changed = rewritten(*states)
        if feed.texts is texts:
            self._forget(key)
            characters = sum(len(piece.text) for piece in (*changed.headline, *changed.body))
            self._kept[key] = CachedComparison(texts, changed, characters)
            self._characters += characters
            while self._characters > KEPT_CHARACTERS:
                self._forget(next(iter(self._kept)))
        return changed

    def _forget(self, key: tuple[str, str]) -> None:
        kept = self._kept.pop(key, None)
        self._characters -= kept.characters if kept else 0
