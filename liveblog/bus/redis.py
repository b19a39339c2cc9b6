"""Redis pub/sub: the fast path between processes. It may lose or reorder messages; the log has every event.

No other module imports redis. A pool of connections sends commands; one more connection is subscribed. A broken
subscription is never repaired silently: `messages()` raises, and the listener subscribes again and catches up.
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
CONNECTIONS = 16  # to Redis, including the subscribed one
PAUSE_AFTER_FAILURE = 1.0  # seconds


log = structlog.get_logger()


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


class Message(NamedTuple):
    """A message on a channel. The channel's name has no prefix."""

    channel: str
    data: bytes


class Subscribed(NamedTuple):
    """Redis confirmed the subscription: messages on the channel arrive from now on."""

    channel: str


class RedisBus:
    """Publishes, subscribes and runs scripts. Callers name channels without the prefix.

    The prefix keeps installations on one Redis apart. Raises `SettingsError` for a wrong URL.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        once = Retry(NoBackoff(), 0)
        try:
            # Further commands wait for a connection: few descriptors are left beside those of clients.
            self._redis: Redis = Redis.from_pool(
                BlockingConnectionPool.from_url(
                    url,
                    max_connections=CONNECTIONS,
                    timeout=None,  # TIMEOUT bounds each command, including its wait
                    socket_connect_timeout=2,
                    socket_timeout=2,
                    retry=once,
                )
            )
            # redis-py reads the options in the URL when it makes a connection.
            self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        except (ValueError, TypeError):
            # redis-py's message may quote a part of the URL, and so of its password.
            raise SettingsError(
                "REDIS_URL: a value (not shown) was given; "
                "accepted: redis://, rediss:// or unix:// URL with options that redis-py knows"
            ) from None
        self._pubsub = self._redis.pubsub()
        self._wanted: set[str] = set()
        self._silent_until = 0.0
        self._away = False

    async def publish(self, channel: str, data: bytes) -> bool:
        """Publish a message, as `publish_all()`."""
        return await self.publish_all([Message(channel, data)])

    async def publish_all(self, messages: Sequence[Message]) -> bool:
        """Publish messages in one request, within 0.5 s; return whether that worked. Never raises.

        After a failure it returns False for a second without trying, so an outage does not delay writes.
        """
        now = asyncio.get_running_loop().time()
        if now < self._silent_until:
            return False
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._send(messages)
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = asyncio.get_running_loop().time() + PAUSE_AFTER_FAILURE
            if not self._away:
                log.warning(
                    "redis publish failed; readers get events from the log", reason=str(error)
                )
            self._away = True
            return False
        if self._away:
            log.info("redis publish works again")
        self._away = False
        return True

    async def _send(self, messages: Sequence[Message]) -> None:
        if len(messages) == 1:
            channel, data = messages[0]
            await self._redis.publish(self._name(channel), data)
            return
        pipeline = self._redis.pipeline(transaction=False)
        for channel, data in messages:
            pipeline.publish(self._name(channel), data)
        await pipeline.execute()

    async def evaluate(self, script: str, keys: Sequence[str], *args: int) -> int | None:
        """The result of a Lua script; None if Redis does not answer within 0.5 s. Never raises."""
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
        """Subscribe to a channel now, or as soon as Redis is back. Never raises."""
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
        """Messages of one subscription, on a new connection. Raises `Unavailable` when it ends."""
        try:
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            self._pubsub = self._redis.pubsub()
            # Channels may be added while the connection is made, so they are compared again.
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
