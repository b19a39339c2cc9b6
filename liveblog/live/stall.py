"""A socket that takes no more: since when, and whether it still moves."""

from __future__ import annotations

from typing import NamedTuple


class Stall(NamedTuple):
    """Since when the socket stands, when it last took something, and the bytes that are left. Times are those
    of `time.monotonic()`."""

    since: float
    moved: float
    left: int

    @classmethod
    def begin(cls, now: float, left: int) -> Stall:
        return cls(now, now, left)

    def seen(self, now: float, left: int) -> Stall:
        """The same stall a moment later."""
        return Stall(self.since, now if left < self.left else self.moved, left)
