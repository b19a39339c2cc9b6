"""Caches that all processes drop at once.

Caches of one story follow the story's events. A process hears those of its open stories alone. So a removal, of which pages
about many stories are free then, is told to all by a message of its own, and so is another portrait. Without Redis, pages
about many stories are at most a second old.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from liveblog.bus.redis import RedisBus
from liveblog.models.content import Event


class Cache(Protocol):
    def forget(self) -> None: ...


class _Changes:
    """`caches` are those of this process, if it has any."""

    channel: ClassVar[str]

    def __init__(self, bus: RedisBus, *caches: Cache) -> None:
        self._bus = bus
        self._caches = caches

    def forget(self, *_: object) -> None:
        """Drop what this process has cached: called for a message, and when some may have been lost."""
        for cache in self._caches:
            cache.forget()

    async def tell(self) -> None:
        """Make all processes drop their caches. Never raises."""
        self.forget()
        await self._bus.publish(self.channel, b"")


class Removals(_Changes):
    """The caches that have something of removed entries."""

    channel = "removed"

    async def announce(self, events: Sequence[Event]) -> None:
        """Tell all processes if an event is a removal. Never raises."""
        if any(event.removal for event in events):
            await self.tell()


class Portraits(_Changes):
    """The caches that have portraits of contributors."""

    channel = "portraits"
