"""A socket whose buffer is full: how long it has been full, and whether it still makes progress."""

from __future__ import annotations

from typing import NamedTuple


class Stall(NamedTuple):
    """`since` is the begin of the stall, `moved` the last progress, and `left` the bytes in the buffer.

    Times are those of `time.monotonic()`.
    """

    since: float
    moved: float
    left: int

    @classmethod
    def begin(cls, now: float, left: int) -> Stall:
        return cls(now, now, left)

    def seen(self, now: float, left: int) -> Stall:
        """The same stall at a later time."""
        return Stall(self.since, now if left < self.left else self.moved, left)
