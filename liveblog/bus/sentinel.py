"""The master that Sentinels name: connections lead to it, and follow a failover.

redis-py's own discovery asks one Sentinel after another and believes the first. A Sentinel that was cut off together with
an old master goes on naming that one, and one that does not answer holds up each connection. Here all are asked at once,
and the answer of the latest failover counts.
"""

from __future__ import annotations

import asyncio
import weakref
from contextlib import suppress
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.connection import Connection
from redis.asyncio.sentinel import (
    MasterNotFoundError,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)
from redis.exceptions import RedisError

from liveblog.bus.address import Address, Node
from liveblog.bus.faults import hopeful
from liveblog.bus.single import CONNECTIONS, SingleRedis, SingleSubscription

ANSWER_SECONDS = 0.25  # in which a Sentinel has to answer
WATCH_SECONDS = 1.0

log = structlog.get_logger()


class Sentinels:
    """The Sentinels of a service."""

    def __init__(self, address: Address) -> None:
        self._service = address.service
        self._clients = [
            Redis.from_pool(ConnectionPool(**node._asdict(), **address.sentinel_options))
            for node in address.nodes
        ]

    async def master(self) -> Node:
        """The present master.

        Raises `MasterNotFoundError` (a `ConnectionError` of redis-py) if no Sentinel knows one that is up.
        """
        asked = [asyncio.create_task(self._ask(client)) for client in self._clients]
        try:
            await self._majority(asked)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        errors = [e for task in asked if not task.cancelled() and (e := task.exception())]
        errors += [TimeoutError() for task in asked if task.cancelled()]
        states = [task.result() for task in asked if not task.cancelled() and not task.exception()]
        if states:
            state = max(states, key=lambda state: int(state["config-epoch"]))
            if not state["is_odown"]:
                return Node(str(state["ip"]), int(state["port"]))
            raise MasterNotFoundError(
                f"the Sentinels say that the master of {self._service!r} is down"
            )
        raise MasterNotFoundError(
            f"no Sentinel names the master of {self._service!r}"
        ) from hopeful(errors)

    async def _majority(self, asked: list[asyncio.Task[dict[str, Any]]]) -> None:
        """Wait until most have answered, or for `ANSWER_SECONDS`."""
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        pending = set(asked)
        answered = 0
        while pending and answered <= len(asked) // 2:
            left = deadline - asyncio.get_running_loop().time()
            done, pending = await asyncio.wait(
                pending, timeout=max(0.0, left), return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return
            answered += sum(1 for task in done if not task.exception())

    async def _ask(self, client: Redis) -> dict[str, Any]:
        state: Any = await client.sentinel_master(self._service, return_responses=True)
        return dict(state)

    async def close(self) -> None:
        for client in self._clients:
            with suppress(RedisError, OSError):
                await client.aclose()


class MasterPool(BlockingConnectionPool):
    """Connections to the master. When another takes over, idle ones to the old master are closed."""

    # What redis-py's connections ask their pool.
    is_master = True
    check_connection = False

    def __init__(self, address: Address, sentinels: Sentinels) -> None:
        options = dict(address.options)
        options.pop("connection_class", None)
        super().__init__(
            max_connections=CONNECTIONS,
            timeout=None,  # the bus bounds each command, including its wait
            connection_class=SentinelManagedSSLConnection
            if address.tls
            else SentinelManagedConnection,
            **options,
        )
        self.connection_kwargs["connection_pool"] = weakref.proxy(self)
        self._sentinels = sentinels
        self.master: Node | None = None

    async def get_master_address(self) -> Node:
        """The present master. Raises as `Sentinels.master()`."""
        master = await self._sentinels.master()
        if self.master not in {None, master}:
            log.info("redis master moved", master=str(master), before=str(self.master))
            self.master = master
            await self.disconnect(inuse_connections=False)
        self.master = master
        return master


class FollowingSubscription(SingleSubscription):
    """A subscription that ends when another Redis is the master, also if the old one still answers."""

    def __init__(self, client: Redis, masters: MasterPool) -> None:
        super().__init__(client.pubsub())
        self._masters = masters
        self._watch: asyncio.Task[None] | None = None

    async def add(self, *channels: str) -> None:
        await super().add(*channels)
        if self._watch is None:
            self._watch = asyncio.create_task(self._end_when_moved())

    async def _end_when_moved(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                master = await self._masters.get_master_address()
            except (RedisError, OSError):
                continue  # a connection that works is better than none
            connection = self._pubsub.connection
            if isinstance(connection, Connection) and master != (connection.host, connection.port):
                await connection.disconnect(nowait=True)
                return

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await super().close()


class SentinelRedis(SingleRedis):
    """The master, as `messages.Connections`."""

    def __init__(self, address: Address) -> None:
        self._sentinels = Sentinels(address)
        self._masters = MasterPool(address, self._sentinels)
        super().__init__(self._masters)

    def subscription(self) -> SingleSubscription:
        return FollowingSubscription(self._redis, self._masters)

    async def close(self) -> None:
        await super().close()
        await self._sentinels.close()
