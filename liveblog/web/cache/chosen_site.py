"""Takes over, in all processes, what the first admin chose for the site.

Each process reads it when its subscription to Redis is confirmed, and when another process says that it was chosen. So no
process needs a restart.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from liveblog.bus.redis import RedisBus
from liveblog.errors import LiveblogError
from liveblog.newsroom.context import Newsroom
from liveblog.web.cache.removals import Cache

AGAIN_SECONDS = 1.0


class ChosenSite:
    """`caches` are those of this process with pages that show the name of the site."""

    channel: ClassVar[str] = "chosen"

    def __init__(self, newsroom: Newsroom, bus: RedisBus, *caches: Cache) -> None:
        self._newsroom = newsroom
        self._bus = bus
        self._caches = caches
        self._to_read = asyncio.Event()

    def forget(self, *_: object) -> None:
        """Read it again soon, and drop what shows another name: called for a message, and when some may have been lost."""
        self._to_read.set()

    async def tell(self) -> None:
        """Drop what this process has cached, and make the others read it. Never raises."""
        self._forget()
        await self._bus.publish(self.channel, b"")

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await self._to_read.wait()
            self._to_read.clear()
            before = self._newsroom.site.name
            try:
                await self._newsroom.read_choices()
            except LiveblogError:
                await asyncio.sleep(AGAIN_SECONDS)
                self._to_read.set()
                continue
            if self._newsroom.site.name != before:
                self._forget()

    def _forget(self) -> None:
        for cache in self._caches:
            cache.forget()
