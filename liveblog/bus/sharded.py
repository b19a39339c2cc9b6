"""Subscriptions in a Redis Cluster: a connection to each node that has slots of our channels.

A channel is homeless until the node that has its slot confirms it. It is homeless again when the slot leaves that node
(Redis says so: `sunsubscribe`), or when the connection ends. On each node, an echo channel shows that messages still
come through: a node that was cut off, or has lost its slots, answers as before.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from itertools import count

import structlog
from redis.asyncio.client import PubSub
from redis.exceptions import MovedError, RedisError, ResponseError

from liveblog.bus.address import Node
from liveblog.bus.faults import explain
from liveblog.bus.messages import Message, Subscribed
from liveblog.bus.nodes import Nodes, slot_of

ECHO_SECONDS = 2.0
DEAF_AFTER = 3 * ECHO_SECONDS

log = structlog.get_logger()


class Line:
    """The subscriptions on one node."""

    def __init__(self, node: Node, pubsub: PubSub) -> None:
        self.node = node
        self.pubsub = pubsub
        self.asked: set[str] = set()
        self.confirmed: set[str] = set()
        self.echo = ""  # the name of its channel; empty if the node has no slots
        self.heard = asyncio.get_running_loop().time()
        self.reading: asyncio.Task[None] | None = None


class ShardedSubscription:
    """As `messages.Subscription`. Trouble with one node leaves the channels of the others alone."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._id = secrets.token_hex(6)
        self._prefix = ""
        self._wanted: set[str] = set()
        self._lines: dict[Node, Line] = {}
        self._arrived: asyncio.Queue[Message | Subscribed | Exception] = asyncio.Queue()
        self._due = asyncio.Event()
        self._failures = 0
        self._work: list[asyncio.Task[None]] = []

    async def add(self, *channels: str) -> None:
        """Returns at once: a channel without a node that answers is subscribed when there is one."""
        self._wanted.update(channels)
        for line in self._lines.values():
            for channel in line.confirmed.intersection(channels):
                self._arrived.put_nowait(Subscribed(channel))
        self._prefix = self._prefix or next(iter(self._wanted)).partition(":")[0]
        self._due.set()
        if not self._work:
            self._nodes.stale = True
            self._work = [
                asyncio.create_task(self._kept(self._place)),
                asyncio.create_task(self._kept(self._listen_for_echoes)),
            ]

    async def remove(self, channel: str) -> None:
        self._wanted.discard(channel)
        for line in list(self._lines.values()):
            if channel in line.asked | line.confirmed:
                line.asked.discard(channel)
                line.confirmed.discard(channel)
                await line.pubsub.sunsubscribe(channel)

    async def next(self) -> Message | Subscribed:
        got = await self._arrived.get()
        if isinstance(got, Exception):
            raise got
        return got

    async def close(self) -> None:
        readings = [line.reading for line in self._lines.values() if line.reading is not None]
        for task in (*self._work, *readings):
            task.cancel()
        await asyncio.gather(*self._work, *readings, return_exceptions=True)
        self._work = []
        for line in list(self._lines.values()):
            await self._end(line)

    async def _kept(self, work: Callable[[], Awaitable[None]]) -> None:
        """Let `next()` raise what ends one of our tasks: else nobody would hear of it."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - it is raised elsewhere
            self._arrived.put_nowait(error)

    def _homeless(self) -> set[str]:
        return self._wanted.difference(
            *(line.asked | line.confirmed for line in self._lines.values())
        )

    async def _place(self) -> None:
        """Subscribe to homeless channels, again and again. Raises if no node answers and none is subscribed."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._failures:
                await asyncio.sleep(random.uniform(0, min(1.0, 0.02 * 2 ** min(self._failures, 6))))
            try:
                await self._nodes.read()
            except (RedisError, OSError, TimeoutError):
                if not self._lines:
                    raise
                self._fail()
                continue
            homeless: dict[Node | None, dict[int, list[str]]] = {}
            for channel in self._homeless():
                slot = slot_of(channel)
                homeless.setdefault(self._nodes.owner(slot), {}).setdefault(slot, []).append(
                    channel
                )
            if homeless.pop(None, None):
                self._fail()
            await asyncio.gather(
                *(self._subscribe(node, slots.values()) for node, slots in homeless.items() if node)
            )

    async def _subscribe(self, node: Node, slots: Iterable[list[str]]) -> None:
        line = self._lines.get(node)
        if line is None:
            line = self._lines[node] = Line(node, self._nodes.pubsub(node))
        try:
            await self._subscribe_to_echo(line)
            for channels in slots:  # Redis takes channels of one slot only in one command
                line.asked.update(channels)
                await line.pubsub.ssubscribe(*channels)
        except (RedisError, OSError) as error:
            await self._lose(line, error)
            return
        if line.reading is None:
            line.reading = asyncio.create_task(self._kept(partial(self._read, line)))

    async def _subscribe_to_echo(self, line: Line) -> None:
        """Subscribe to a channel whose slot the node has."""
        if line.echo or line.node not in self._nodes.masters():
            return
        names = (f"{self._prefix}:echo:{self._id}:{number}" for number in count())
        line.echo = next(n for n in names if self._nodes.owner(slot_of(n)) == line.node)
        await line.pubsub.ssubscribe(line.echo)

    async def _listen_for_echoes(self) -> None:
        """Give up the connections to nodes through which messages do not come any more."""
        while True:
            await asyncio.sleep(ECHO_SECONDS)
            await asyncio.gather(*(self._try_echo(line) for line in list(self._lines.values())))

    async def _try_echo(self, line: Line) -> None:
        if asyncio.get_running_loop().time() - line.heard > DEAF_AFTER:
            await self._lose(line, TimeoutError("no message comes through"))
            return
        try:
            async with asyncio.timeout(ECHO_SECONDS):
                await self._subscribe_to_echo(line)
                owner = self._nodes.owner(slot_of(line.echo))
                if line.echo and owner is not None:
                    await self._nodes.client(owner).spublish(line.echo, b"")
        except MovedError as error:
            self._nodes.moved(error)
        except (RedisError, OSError, TimeoutError):
            self._nodes.stale = True
            self._due.set()
        if not line.echo and not line.asked and not line.confirmed:  # all slots have left the node
            await self._end(line)

    async def _read(self, line: Line) -> None:
        while True:
            try:
                got = await line.pubsub.get_message(timeout=None)
            except ResponseError as error:
                # Of the channels that we asked for.
                if isinstance(error, MovedError):
                    self._nodes.moved(error)
                elif explain(error):  # it does not help to try again at once
                    self._arrived.put_nowait(error)
                    return
                else:
                    log.warning(
                        "redis subscription refused", node=str(line.node), reason=str(error)
                    )
                line.asked.clear()
                self._fail()
                continue
            except (RedisError, OSError) as error:
                await self._lose(line, error)
                return
            if got is not None:
                self._take(line, got["type"], got["channel"].decode(), got["data"])

    def _take(self, line: Line, kind: str, channel: str, data: bytes) -> None:
        if channel == line.echo:
            line.heard = asyncio.get_running_loop().time()
        match kind:
            case "smessage" if channel in self._wanted:
                self._arrived.put_nowait(Message(channel, data))
            case "ssubscribe":
                self._failures = 0
                line.asked.discard(channel)
                line.confirmed.add(channel)
                if channel in self._wanted:
                    self._arrived.put_nowait(Subscribed(channel))
            case "sunsubscribe" if channel in line.confirmed:
                line.confirmed.discard(channel)
                self._nodes.stale = True
                self._due.set()
                if channel == line.echo:
                    line.echo = ""

    async def _lose(self, line: Line, error: Exception) -> None:
        """Give up a connection: its channels are homeless."""
        if self._lines.get(line.node) is line:
            log.warning(
                "redis cluster: subscription on a node ended",
                node=str(line.node),
                reason=str(error),
            )
            self._fail()
            await self._end(line)

    async def _end(self, line: Line) -> None:
        self._lines.pop(line.node, None)
        if line.reading is not None and line.reading is not asyncio.current_task():
            line.reading.cancel()
        await line.pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped

    def _fail(self) -> None:
        self._failures += 1
        self._nodes.stale = True
        self._due.set()
