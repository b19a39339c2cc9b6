"""Redis pub/sub: the fast path between processes. It may lose or reorder messages; readers still get all.

The only importer of redis. A few connections take commands, one is subscribed; a subscription that ends is
never mended in silence: `messages()` raises, and the listener begins a new one and catches up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from liveblog.errors import SettingsError, Unavailable

TIMEOUT = 0.5  # seconds
CONNECTIONS = 16  # to Redis, the subscribed one among them
PAUSE_AFTER_FAILURE = 1.0


log = structlog.get_logger()


# The generic cell rate algorithm for several buckets at once, by the clock of Redis. KEYS are buckets;
# ARGV are, for each, milliseconds a try costs and how many may come at once. Answers 0 and takes a try
# of each; or the milliseconds to wait, and takes none.
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
# Gives back the try that was taken of each bucket; ARGV are the milliseconds that it cost.
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


class Message(NamedTuple):
    channel: str
    data: bytes


class Subscribed(NamedTuple):
    """Redis confirmed the subscription: from here on nothing should be missed on the channel."""

    channel: str


class RedisBus:
    """Channels are named without the prefix, which keeps installations on one Redis apart."""

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        once = Retry(NoBackoff(), 0)
        try:
            # Commands beyond these wait in line: the process has few descriptors beside those of clients.
            self._redis: Redis = Redis.from_pool(
                BlockingConnectionPool.from_url(
                    url,
                    max_connections=CONNECTIONS,
                    timeout=None,  # TIMEOUT bounds each command, its wait included
                    socket_connect_timeout=2,
                    socket_timeout=2,
                    retry=once,
                )
            )
            # Options in the URL are read here.
            self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        except (ValueError, TypeError):
            # Their messages may quote a part of the URL, and so of a password in it.
            raise SettingsError(
                "REDIS_URL: a value (not shown) was given; "
                "accepted: redis://, rediss:// or unix:// URL with options that redis-py knows"
            ) from None
        self._pubsub = self._redis.pubsub()
        self._wanted: set[str] = set()
        self._silent_until = 0.0
        self._away = False

    async def publish(self, channel: str, data: bytes) -> bool:
        """Publishes within a short time or not at all; says which. Never raises.

        After a failure it does not even try for a second, so that an outage delays no write.
        """
        now = asyncio.get_running_loop().time()
        if now < self._silent_until:
            return False
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._redis.publish(self._name(channel), data)
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = asyncio.get_running_loop().time() + PAUSE_AFTER_FAILURE
            if not self._away:
                log.warning(
                    "redis publish failed; readers are served from the log", reason=str(error)
                )
            self._away = True
            return False
        if self._away:
            log.info("redis publish works again")
        self._away = False
        return True

    async def evaluate(self, script: str, keys: Sequence[str], *args: int) -> int | None:
        """What a Lua script answers within a short time; None where Redis is away. Never raises."""
        if asyncio.get_running_loop().time() < self._silent_until:
            return None
        names = [self._name(key) for key in keys]
        try:
            async with asyncio.timeout(TIMEOUT):
                return int(await self._redis.eval(script, len(names), *names, *args))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis script failed", reason=str(error))
            return None

    async def subscribe(self, channel: str) -> None:
        """Wants a channel from now on; where Redis is away, as soon as it is back."""
        self._wanted.add(channel)
        if self._pubsub.subscribed:
            with suppress(RedisError, OSError):
                await self._pubsub.subscribe(self._name(channel))

    async def unsubscribe(self, channel: str) -> None:
        self._wanted.discard(channel)
        if self._pubsub.subscribed:
            with suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(self._name(channel))

    async def messages(self) -> AsyncIterator[Message | Subscribed]:
        """One subscription's life, on a new connection. Raises `Unavailable` when it ends."""
        try:
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            self._pubsub = self._redis.pubsub()
            # Not only once: what is wanted may grow while the connection is made.
            await self._pubsub.subscribe(*(self._name(channel) for channel in sorted(self._wanted)))
            subscribed = {name.decode() for name in self._pubsub.channels}
            for channel in sorted(self._wanted):
                if self._name(channel) not in subscribed:
                    await self._pubsub.subscribe(self._name(channel))
            while True:
                got = await self._pubsub.get_message(timeout=None)
                if got is None:
                    continue
                channel = got["channel"].decode().removeprefix(self._prefix + ":")
                if got["type"] == "message":
                    yield Message(channel, got["data"])
                elif got["type"] == "subscribe":
                    yield Subscribed(channel)
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis does not answer: {error}") from error

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    def _name(self, channel: str) -> str:
        return f"{self._prefix}:{channel}"
