"""Counts the readers of this process, in total and for each address, and says whether one more is admitted."""

from __future__ import annotations

from collections import Counter

FULL = ("Full", "poll /events for now")  # the title and detail of the 503 at the limit
FULL_SECONDS = 60  # in Retry-After
LOOPBACK = ("127.", "::1", "::ffff:127.")


class Capacity:
    """At most `most` readers, and `most_per_address` from one address.

    A loopback address has no limit of its own: it belongs to a test, or to a proxy on this machine that does not
    pass on the client's address.
    """

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._from: Counter[str] = Counter()
        self.total = 0

    def has_room(self, address: str) -> bool:
        if self.total >= self._most:
            return False
        return self._from[address] < self._most_per_address or address.startswith(LOOPBACK)

    def enter(self, address: str) -> None:
        self.total += 1
        self._from[address] += 1

    def leave(self, address: str) -> None:
        self.total -= 1
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]
