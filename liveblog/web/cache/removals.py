"""After a removal, the caches of pages about many stories forget it, in every process.

Caches of one story follow the story's events. A process hears those of its open stories alone, so a removal is told
to all by a message of its own. Without Redis, overviews are at most a second old.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from liveblog.bus.redis import RedisBus
from liveblog.models.content import Event

CHANNEL = "removed"


class Cache(Protocol):
    def forget(self) -> None: ...


class Removals:
    """Tells all processes of removals. `caches` are those of this process, if it has any."""

    def __init__(self, bus: RedisBus, *caches: Cache) -> None:
        self._bus = bus
        self._caches = caches

    def forget(self, *_: object) -> None:
        """Drop what this process has cached: called for a message, and when some may have been lost."""
        for cache in self._caches:
            cache.forget()

    async def announce(self, events: Sequence[Event]) -> None:
        """Tell all processes if an event is a removal. Never raises."""
        if any(event.removal for event in events):
            self.forget()
            await self._bus.publish(CHANNEL, b"")
