"""The nodes of a Redis Cluster: which of them has which slot, and connections to each.

redis-py's own cluster client is not used. It sleeps 0.25 s on each CLUSTERDOWN and closes every connection when it reads
the slots anew; a post may wait 0.5 s in all. Its subscription asks one node after another for messages, so those of
the others wait, and does not notice when a slot moves until a command meets it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.crc import key_slot
from redis.exceptions import MovedError, RedisError

from liveblog.bus.address import Address, Node
from liveblog.bus.faults import hopeful

CONNECTIONS = 4  # to each node, including the subscribed one
SLOTS = 16_384
ANSWER_SECONDS = 0.3  # in which a node has to name the slots
MOST_ASKED = 3  # nodes at once


def slot_of(name: str) -> int:
    """The slot of a key or a channel: of what stands between its first braces, if there are any."""
    return int(key_slot(name.encode()))


class NodePubSub(PubSub):
    """A subscription on one node.

    redis-py would subscribe silently again when a connection is made anew; here such a connection is given up.
    """

    async def on_connect(self, connection: Any) -> None:
        """Does nothing."""


class Nodes:
    """The slots of a Cluster, as far as they are known, and clients of its nodes."""

    def __init__(self, address: Address) -> None:
        self._given = address.nodes
        self._options = address.options
        self._clients: dict[Node, Redis] = {}
        self._owners: list[Node | None] = [None] * SLOTS
        self._reading = asyncio.Lock()
        self.stale = True
        self.known = False  # whether the slots were read at least once

    def client(self, node: Node) -> Redis:
        if node not in self._clients:
            pool = BlockingConnectionPool(
                max_connections=CONNECTIONS, timeout=None, **node._asdict(), **self._options
            )
            self._clients[node] = Redis.from_pool(pool)
        return self._clients[node]

    def pubsub(self, node: Node) -> PubSub:
        return NodePubSub(self.client(node).connection_pool)

    def owner(self, slot: int) -> Node | None:
        """The master that has the slot; None if no node has."""
        return self._owners[slot]

    def masters(self) -> set[Node]:
        return {owner for owner in self._owners if owner is not None}

    def moved(self, error: MovedError) -> None:
        """Take over the owner that a node has named."""
        self._owners[error.slot_id] = Node(error.host, error.port)
        self.stale = True  # where one slot has moved, others may have

    async def read(self) -> None:
        """Read the slots if they may have changed. Raises redis-py's exceptions, or `OSError`, if no node answers."""
        async with self._reading:
            if self.stale:
                await self._read()

    async def _read(self) -> None:
        known = list(self.masters())
        random.shuffle(known)
        places = list(dict.fromkeys([*known, *self._given]))
        errors: list[BaseException] = []
        for begin in range(0, len(places), MOST_ASKED):
            asked = [self._ask(node) for node in places[begin : begin + MOST_ASKED]]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            views = [answer for answer in answers if not isinstance(answer, BaseException)]
            if views:
                # A node that was cut off has an older epoch.
                await self._take(max(views, key=lambda view: view[:2])[2])
                return
            errors += [answer for answer in answers if isinstance(answer, BaseException)]
        raise hopeful(errors)

    async def _ask(self, node: Node) -> tuple[bool, int, list[Node | None]]:
        """Whether the node says that the Cluster works, its epoch, and the owners of the slots."""
        pipeline = self.client(node).pipeline(transaction=False)
        pipeline.execute_command("CLUSTER INFO")
        pipeline.execute_command("CLUSTER SLOTS")
        async with asyncio.timeout(ANSWER_SECONDS):
            info, ranges = await pipeline.execute()
        owners: list[Node | None] = [None] * SLOTS
        for first, last, host, port in _ranges(ranges):
            owners[first : last + 1] = [Node(host or node.host, port)] * (last + 1 - first)
        return info["cluster_state"] == "ok", int(info["cluster_current_epoch"]), owners

    async def _take(self, owners: list[Node | None]) -> None:
        self._owners = owners
        self.stale, self.known = False, True
        masters = self.masters()
        for node in [n for n in self._clients if n not in masters and n not in self._given]:
            await _close(self._clients.pop(node))

    async def close(self) -> None:
        for client in self._clients.values():
            await _close(client)


def _ranges(answer: Any) -> Iterable[tuple[int, int, str, int]]:
    """First and last slot, host and port of the master, of an answer to CLUSTER SLOTS."""
    for first, last, (host, port, *_), *_ in answer:
        yield int(first), int(last), (host or b"").decode().replace("?", ""), int(port)


async def _close(client: Redis) -> None:
    with suppress(RedisError, OSError):
        await client.aclose()
