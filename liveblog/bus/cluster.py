"""A Redis Cluster: messages go to the node that has the slot of their channel (`SPUBLISH`), and nowhere else.

The part of a channel's name after its last colon is its hash tag: what is published about a story in one transaction
goes to one node.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import MovedError, RedisError

from liveblog.bus.address import Address, Node
from liveblog.bus.messages import Message
from liveblog.bus.nodes import Nodes, slot_of
from liveblog.bus.sharded import ShardedSubscription

NODE_SECONDS = 0.4  # for a node to take its messages, or to run a script
PAUSE = 1.0  # seconds without another try at a node
CIRCLES = "two nodes of the Cluster name each other for a slot"


class ClusterRedis:
    """All nodes of a Cluster, as `messages.Connections`."""

    pause = 0.0  # each node has a pause of its own: the others go on

    def __init__(self, address: Address) -> None:
        self._nodes = Nodes(address)
        self._silent_until: dict[Node | None, float] = {}
        self._reading: asyncio.Task[None] | None = None

    @staticmethod
    def channel(prefix: str, name: str) -> str:
        head, colon, tail = name.rpartition(":")
        return f"{prefix}:{head}{colon}{{{tail}}}"

    @staticmethod
    def name(prefix: str, channel: str) -> str:
        return channel.removeprefix(prefix + ":").replace("{", "").removesuffix("}")

    @staticmethod
    def key(prefix: str, name: str) -> str:
        return f"{{{prefix}}}:{name}"

    async def publish(self, messages: Sequence[Message]) -> None:
        """In one request to each node that is concerned; a message that has moved is sent once more."""
        await self._read()
        left = await self._publish(messages)
        if left:
            left = await self._publish(left)
        if left:
            raise RedisError(CIRCLES)

    async def _publish(self, messages: Sequence[Message]) -> list[Message]:
        """Publish, and return the messages whose slots are elsewhere."""
        groups: dict[Node | None, list[Message]] = {}
        for message in messages:
            groups.setdefault(self._nodes.owner(slot_of(message.channel)), []).append(message)
        sent = [self._publish_to(node, group) for node, group in groups.items()]
        results = await asyncio.gather(*sent, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [
            message
            for result in results
            if not isinstance(result, BaseException)
            for message in result
        ]

    async def _publish_to(self, node: Node | None, messages: Sequence[Message]) -> list[Message]:
        pipeline = self._client(node).pipeline(transaction=False)
        for channel, data in messages:
            pipeline.execute_command("SPUBLISH", channel, data)
        try:
            async with asyncio.timeout(NODE_SECONDS):
                results = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError, TimeoutError):
            self._failed(node)
            raise
        left = []
        for message, result in zip(messages, results, strict=True):
            if isinstance(result, MovedError):
                self._nodes.moved(result)
                left.append(message)
            elif isinstance(result, Exception):
                self._failed(node)
                raise result
        return left

    async def evaluate(self, script: str, keys: Sequence[str], args: Sequence[int]) -> int:
        await self._read()
        slot = slot_of(keys[0] if keys else "any")
        for _ in range(2):
            node = self._nodes.owner(slot)
            try:
                async with asyncio.timeout(NODE_SECONDS):
                    return int(await self._client(node).eval(script, len(keys), *keys, *args))
            except MovedError as error:
                self._nodes.moved(error)
            except (RedisError, OSError, TimeoutError):
                self._failed(node)
                raise
        raise RedisError(CIRCLES)

    def subscription(self) -> ShardedSubscription:
        return ShardedSubscription(self._nodes)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._nodes.close()

    async def _read(self) -> None:
        """Read the slots if they may have changed. Where they are known, nobody waits: a node says if they were wrong."""
        if not self._nodes.stale:
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._nodes.read())
            self._reading.add_done_callback(
                _seen
            )  # what it raises is asked for below, or tried again
        if not self._nodes.known:
            if self._is_silent(None):
                raise RedisError("no node of the Cluster answers")
            try:
                await asyncio.shield(self._reading)
            except (RedisError, OSError, TimeoutError):
                self._failed(None)
                raise

    def _client(self, node: Node | None) -> Redis:
        if node is None:
            self._nodes.stale = True
            raise RedisError("a slot has no node")
        if self._is_silent(node):
            raise RedisError(f"{node} did not answer")
        return self._nodes.client(node)

    def _is_silent(self, node: Node | None) -> bool:
        return asyncio.get_running_loop().time() < self._silent_until.get(node, 0.0)

    def _failed(self, node: Node | None) -> None:
        self._nodes.stale = True
        self._silent_until[node] = asyncio.get_running_loop().time() + PAUSE


def _seen(reading: asyncio.Task[None]) -> None:
    if not reading.cancelled():
        reading.exception()
