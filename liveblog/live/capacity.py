"""How many readers this process has, in all and from each address, and whether one more may come."""

from __future__ import annotations

from collections import Counter

FULL = ("Full", "poll /events for now")  # with 503, where there is no room
FULL_SECONDS = 60  # until the next try
LOOPBACK = ("127.", "::1", "::ffff:127.")


class Capacity:
    """A loopback address is a proxy on this machine that names no client, or a test: it has no limit of its own."""

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
