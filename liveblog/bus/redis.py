"""Redis pub/sub: the fast path between processes. It may lose or reorder messages; the log has every event.

A broken subscription is never repaired silently: `messages()` raises, and the listener subscribes again and catches up; or
it confirms the channels that were subscribed again, and the listener catches up with those.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import structlog
from redis.exceptions import RedisError

from liveblog.bus import address, faults
from liveblog.bus.address import Form
from liveblog.bus.cluster import ClusterRedis
from liveblog.bus.messages import Connections, Message, Subscribed, Subscription
from liveblog.bus.sentinel import SentinelRedis
from liveblog.bus.single import SingleRedis, pool
from liveblog.errors import SettingsError, Unavailable

__all__ = ["Message", "RedisBus", "Subscribed"]

TIMEOUT = 0.5  # seconds
CHECK_SECONDS = 5.0
TELL_SECONDS = 60.0

log = structlog.get_logger()

# Does what our scripts do. A node of a Cluster refuses two keys of different slots, whichever it has.
TRY = """
redis.call('TIME')
redis.call('SET', KEYS[1], 1, 'PX', 1000)
redis.call('GET', KEYS[1])
return redis.call('DEL', KEYS[1])
"""


class RedisBus:
    """Publishes, subscribes and runs scripts. Callers name channels without the prefix.

    The prefix keeps installations on one Redis apart. Raises `SettingsError` for a wrong URL.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        self._address = address.read(url)
        self._redis = _connections(self._address)
        self._subscription: Subscription | None = None
        self._wanted: set[str] = set()
        self._silent_until = 0.0
        self._away = False
        self._done_at: dict[str, float] = {}

    async def check(self) -> None:
        """Try all that the server does with Redis, within 5 s.

        Raises `SettingsError` if Redis can never work as it is set, `Unavailable` if it is away.
        """
        channel = self._name("check")
        keys = [self._redis.key(self._prefix, name) for name in ("check", "check again")]
        subscription = self._redis.subscription()
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._redis.publish([Message(channel, b"")])
                await self._redis.evaluate(TRY, keys, [])
                await subscription.add(channel)
                await subscription.next()
                await subscription.remove(channel)
        except (RedisError, OSError, TimeoutError) as error:
            fault = await faults.examine(error, self._address)
            if fault:
                raise SettingsError(f"REDIS_URL: {fault}") from None
            raise Unavailable(f"Redis does not answer: {faults.worded(error)}") from error
        finally:
            await subscription.close()

    async def publish(self, channel: str, data: bytes) -> bool:
        """Publish a message, as `publish_all()`."""
        return await self.publish_all([Message(channel, data)])

    async def publish_all(self, messages: Sequence[Message]) -> bool:
        """Publish messages in one request, within 0.5 s; return whether that worked. Never raises.

        A Cluster gets one request for each node that is concerned. After a failure it returns False for a second without
        trying, so an outage does not delay writes.
        """
        now = asyncio.get_running_loop().time()
        if now < self._silent_until:
            return False
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._redis.publish(
                    [Message(self._name(channel), data) for channel, data in messages]
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = asyncio.get_running_loop().time() + self._redis.pause
            if not self._away:
                log.warning(
                    "redis publish failed; readers get events from the log",
                    reason=faults.worded(error),
                )
            self._away = True
            self._tell(faults.explain(error))
            return False
        if self._away:
            log.info("redis publish works again")
        self._away = False
        return True

    async def evaluate(self, script: str, keys: Sequence[str], *args: int) -> int | None:
        """The result of a Lua script; None if Redis does not answer within 0.5 s. Never raises."""
        if asyncio.get_running_loop().time() < self._silent_until:
            return None
        names = [self._redis.key(self._prefix, key) for key in keys]
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._redis.evaluate(script, names, args)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("redis script failed", reason=faults.worded(error))
            self._tell(faults.explain(error))
            return None

    async def subscribe(self, channel: str) -> None:
        """Subscribe to a channel now, or as soon as Redis is back. Never raises."""
        self._wanted.add(channel)
        if self._subscription is not None:
            with suppress(RedisError, OSError):
                await self._subscription.add(self._name(channel))

    async def unsubscribe(self, channel: str) -> None:
        self._wanted.discard(channel)
        if self._subscription is not None:
            with suppress(RedisError, OSError):
                await self._subscription.remove(self._name(channel))

    async def messages(self) -> AsyncIterator[Message | Subscribed]:
        """Messages of one subscription, on new connections. Raises `Unavailable` when it ends."""
        await self._unsubscribe_all()
        subscription = self._redis.subscription()
        try:
            wanted = set(self._wanted)
            await subscription.add(*(self._name(channel) for channel in sorted(wanted)))
            self._subscription = subscription
            for channel in sorted(self._wanted - wanted):  # they came while the connection was made
                await subscription.add(self._name(channel))
            while True:
                got = await subscription.next()
                channel = self._redis.name(self._prefix, got.channel)
                yield got._replace(channel=channel)
        except (RedisError, OSError, TimeoutError) as error:
            self._tell(faults.explain(error))
            if self._is_due("examination"):  # it may take some seconds
                self._tell(await faults.examine(error, self._address))
            raise Unavailable(f"Redis does not answer: {faults.worded(error)}") from error
        finally:
            if self._subscription is not subscription:
                await subscription.close()

    async def close(self) -> None:
        await self._unsubscribe_all()
        await self._redis.close()

    async def _unsubscribe_all(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await subscription.close()

    def _tell(self, fault: str) -> None:
        """Log what does not go away by itself, at most once a minute."""
        if fault and self._is_due(fault):
            log.error("redis cannot work as it is set", setting="REDIS_URL", reason=fault)

    def _is_due(self, what: str) -> bool:
        """Whether something was not due within the last minute; it is from now on."""
        now = asyncio.get_running_loop().time()
        if now - self._done_at.get(what, float("-inf")) < TELL_SECONDS:
            return False
        self._done_at[what] = now
        return True

    def _name(self, channel: str) -> str:
        return self._redis.channel(self._prefix, channel)


def _connections(where: address.Address) -> Connections:
    """Raises `SettingsError` for options that redis-py does not know."""
    try:
        match where.form:
            case Form.SENTINEL:
                return SentinelRedis(where)
            case Form.CLUSTER:
                return ClusterRedis(where)
            case _:
                return SingleRedis(pool(where))
    except (ValueError, TypeError):
        raise address.refused() from None
