"""Decides which sites may embed a story: frame its widget, and read it by script."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from liveblog.live.hub import Hub
from liveblog.models.content import Story
from liveblog.store import Log
from liveblog.web.http.headers import CORS
from liveblog.web.http.origins import is_ours

FRESH = 1.0  # seconds, within which a changed list takes effect
REMEMBERED = 1_000


class Known(NamedTuple):
    """A story's own list, and the time until which it may be used."""

    until: float
    origins: tuple[str, ...]


class Embedding:
    """The lists of the site and of stories. A story's own list takes the place of the site's.

    An open feed knows the list of its story. The others are read from the log, and kept for one second.
    """

    def __init__(self, hub: Hub, log: Log, site: tuple[str, ...], base_url: str) -> None:
        self._hub = hub
        self._log = log
        self._site = site
        self._base_url = base_url
        self._known: dict[str, Known] = {}
        self._reading: dict[str, asyncio.Task[Known]] = {}

    def listed(self, own: tuple[str, ...]) -> tuple[str, ...]:
        """The sites that may embed a story with this list of its own; empty if every site may."""
        return own or self._site

    def limit(self, stories: Iterable[Story], headers: dict[str, str]) -> None:
        """Changes the headers of an answer with several stories: if one of them has a list, no other site's script may
        read the answer.

        So it is the same for everybody, and caches need to know nothing of origins.
        """
        if any(self.listed(story.embed_origins) for story in stories):
            for name in CORS:
                headers.pop(name, None)

    async def of(self, slug: str) -> tuple[str, ...]:
        """The sites that may embed a story; empty if every site may. Raises `Unavailable`."""
        feed = self._hub.feeds.get(slug)
        if feed is not None:
            return self.listed(feed.embed_origins)
        known = self._known.get(slug)
        if known is None or time.monotonic() >= known.until:
            task = self._reading.get(slug)
            if task is None:
                task = self._reading[slug] = asyncio.create_task(self._read(slug))
                task.add_done_callback(lambda _: self._reading.pop(slug, None))
            known = await asyncio.shield(task)
        return self.listed(known.origins)

    async def _read(self, slug: str) -> Known:
        now = time.monotonic()
        standing = (await self._log.standings([slug])).get(slug)
        known = Known(now + FRESH, standing.embed_origins if standing else ())
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[slug] = known
        return known

    def admits(self, listed: tuple[str, ...], origins: Sequence[str], host: str) -> bool:
        """Whether a list admits a request with these headers `Origin` and `Host`: no `Origin`, or ours, or one of the
        list.

        Browsers send an `Origin` with sockets and with the requests of scripts on other sites. Programs and ordinary
        navigation send none.
        """
        return all(origin in listed or is_ours(origin, host, self._base_url) for origin in origins)
