"""One Redis: a pool of connections sends commands; one more connection is subscribed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from liveblog.bus.address import Address
from liveblog.bus.messages import Message, Subscribed

CONNECTIONS = 16  # to Redis, including the subscribed one
PAUSE = 1.0  # seconds


def pool(address: Address) -> BlockingConnectionPool:
    """Connections to the address of one Redis. Raises `ValueError` or `TypeError` for an unknown option."""
    where = address.nodes[0]._asdict() if address.nodes else {}
    # Further commands wait for a connection: few descriptors are left beside those of clients.
    made = BlockingConnectionPool(
        max_connections=CONNECTIONS,
        timeout=None,  # the bus bounds each command, including its wait
        **where,
        **address.options,
    )
    # redis-py looks at the options when it makes a connection.
    made.make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    return made


class SingleSubscription:
    """A subscription on one connection, as `messages.Subscription`."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub

    async def add(self, *channels: str) -> None:
        await self._pubsub.subscribe(*channels)

    async def remove(self, channel: str) -> None:
        await self._pubsub.unsubscribe(channel)

    async def next(self) -> Message | Subscribed:
        while True:
            got = await self._pubsub.get_message(timeout=None)
            if got is None:
                continue
            if got["type"] == "message":
                return Message(got["channel"].decode(), got["data"])
            if got["type"] == "subscribe":
                return Subscribed(got["channel"].decode())

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


class SingleRedis:
    """One Redis, or the one that the pool's connections lead to, as `messages.Connections`."""

    pause = PAUSE

    def __init__(self, connections: BlockingConnectionPool) -> None:
        self._redis: Redis = Redis.from_pool(connections)

    @staticmethod
    def channel(prefix: str, name: str) -> str:
        return f"{prefix}:{name}"

    @staticmethod
    def name(prefix: str, channel: str) -> str:
        return channel.removeprefix(prefix + ":")

    key = channel

    async def publish(self, messages: Sequence[Message]) -> None:
        """In one request, however many they are."""
        if len(messages) == 1:
            channel, data = messages[0]
            await self._redis.publish(channel, data)
            return
        pipeline = self._redis.pipeline(transaction=False)
        for channel, data in messages:
            pipeline.publish(channel, data)
        await pipeline.execute()

    async def evaluate(self, script: str, keys: Sequence[str], args: Sequence[int]) -> int:
        return int(await self._redis.eval(script, len(keys), *keys, *args))

    def subscription(self) -> SingleSubscription:
        return SingleSubscription(self._redis.pubsub())

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._redis.aclose()
