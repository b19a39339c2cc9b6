"""Rate limits: buckets that refill with time, shared by all processes through Redis.

Without Redis each process counts on its own, so the limit is multiplied by the number of processes. A bucket
still refills, so nobody is locked out for longer than the limit says.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from liveblog.bus.redis import GIVE_BACK, TAKE, RedisBus

MOST_BUCKETS = 10_000


class Bucket(NamedTuple):
    """`most` tries at once, then one every `seconds`.

    `name` must hold no address in plain text, because Redis keeps it until the bucket is full again.
    """

    name: str
    seconds: float
    most: int

    @property
    def cost(self) -> int:
        """The cost of one try in milliseconds."""
        return int(self.seconds * 1000)


class RateLimiter:
    """Takes tries from buckets in Redis, or from buckets of this process while Redis is away."""

    def __init__(self, bus: RedisBus, now: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._now = now
        self._here: OrderedDict[str, float] = OrderedDict()

    async def take(self, buckets: Sequence[Bucket]) -> float:
        """Take one try from every bucket and return 0. If one is empty, take none and return the seconds to
        wait.
        """
        figures = [figure for bucket in buckets for figure in (bucket.cost, bucket.most)]
        wait = await self._bus.evaluate(TAKE, _keys(buckets), *figures)
        return self._take_here(buckets) if wait is None else wait / 1000

    async def give_back(self, buckets: Sequence[Bucket]) -> None:
        """Return a try that succeeded: only failures count."""
        costs = [bucket.cost for bucket in buckets]
        if await self._bus.evaluate(GIVE_BACK, _keys(buckets), *costs) is None:
            for bucket in buckets:
                if bucket.name in self._here:
                    self._here[bucket.name] -= bucket.seconds

    def _take_here(self, buckets: Sequence[Bucket]) -> float:
        now = self._now()
        full = {bucket: max(self._here.get(bucket.name, now), now) for bucket in buckets}
        wait = max(at - (b.most - 1) * b.seconds - now for b, at in full.items())
        if wait > 0:
            return wait
        for bucket, at in full.items():
            self._here[bucket.name] = at + bucket.seconds
            self._here.move_to_end(bucket.name)
        while len(self._here) > MOST_BUCKETS:
            self._here.popitem(last=False)
        return 0.0


def _keys(buckets: Sequence[Bucket]) -> list[str]:
    return [f"tries:{bucket.name}" for bucket in buckets]
