"""Rate limits: buckets that refill with time, shared by all processes through Redis.

Without Redis each process counts on its own, so the limit is multiplied by the number of processes. A bucket
still refills, so nobody is locked out for longer than the limit says.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from liveblog.bus.redis import RedisBus

MOST_BUCKETS = 10_000

# The generic cell rate algorithm for several buckets at once, by the clock of Redis. KEYS are the buckets.
# ARGV has two numbers for each: the cost of a try in milliseconds, and the number of tries at once.
# Takes a try from each bucket and returns 0, or takes none and returns the milliseconds to wait.
TAKE = """
local now = redis.call('TIME')
local ms, wait, full = now[1] * 1000 + math.floor(now[2] / 1000), 0, {}
for i, key in ipairs(KEYS) do
  local cost, most = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  full[i] = math.max(tonumber(redis.call('GET', key) or ms), ms)
  wait = math.max(wait, full[i] - (most - 1) * cost - ms)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local at = full[i] + tonumber(ARGV[2 * i - 1])
  redis.call('SET', key, string.format('%.0f', at), 'PX', string.format('%.0f', at - ms))
end
return 0
"""
# Gives one try back to each bucket. ARGV has the cost of each try in milliseconds.
GIVE_BACK = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
for i, key in ipairs(KEYS) do
  local at = tonumber(redis.call('GET', key) or ms) - tonumber(ARGV[i])
  if at > ms then
    redis.call('SET', key, string.format('%.0f', at), 'PX', string.format('%.0f', at - ms))
  else
    redis.call('DEL', key)
  end
end
return 0
"""


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
