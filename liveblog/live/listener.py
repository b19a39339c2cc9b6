"""Keeps the hub up to date with messages from Redis, and with three checks against losses in Redis.

- Every confirmed subscription starts a catch-up, because Redis loses messages at reconnects and restarts.
- Every 2 s a beacon goes through Redis. If three of our own do not come back, the subscription is dead (half
  open, or on a demoted master), and a new one is made.
- Once a second the heads of all open stories are compared with the log.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import socket
from collections.abc import Callable
from dataclasses import asdict
from typing import NamedTuple

import structlog

from liveblog import metrics
from liveblog.bus.redis import Message, RedisBus, Subscribed
from liveblog.errors import Unavailable
from liveblog.live.frames import read_announcement
from liveblog.live.hub import STORY, Hub
from liveblog.live.latency import LatencyCounts, LatencyWindow
from liveblog.process.periodic import every

BEACON = "beacon"
BEACON_SECONDS = 2.0
DEAF_AFTER = 3 * BEACON_SECONDS
FORGET_AFTER = 5 * BEACON_SECONDS
HEAD_SECONDS = 1.0
SWEEP_SECONDS = 1.0
BEAT_AT_ONCE = 50  # feeds

log = structlog.get_logger()


class Handler(NamedTuple):
    """Handles the messages and confirmed subscriptions of a channel. Both get the channel's name without the
    prefix.

    `message` may raise `ValueError`, `KeyError` or `TypeError` for a message that it does not understand.
    """

    message: Callable[[str, bytes], None]
    subscribed: Callable[[str], None]


class Listener:
    """Receives the messages of this process. `hears` says whether Redis delivers; `on()` registers handlers."""

    def __init__(self, bus: RedisBus, hub: Hub) -> None:
        self._bus = bus
        self._hub = hub
        self.process = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._heard = float("-inf")
        self._begun = float("-inf")
        self._beacon = b""  # the last one that was sent
        self._handlers: dict[str, Handler] = {}
        self._others: dict[str, tuple[float, dict[str, int], LatencyCounts]] = {}
        self._latency = LatencyWindow()
        self._subscription: asyncio.Task[None] | None = None
        self.on(BEACON, self._take_beacon)
        self.on(STORY, self._take_events, self._catch_up)

    def on(
        self,
        prefix: str,
        message: Callable[[str, bytes], None],
        subscribed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Register the handler of all channels whose names begin with `prefix`. Call it before `run()`.

        A prefix that ends with a colon stands for many channels, and their owner subscribes to each. Any other
        prefix is one channel, and the listener subscribes to it. The handlers must return at once.
        """
        self._handlers[prefix] = Handler(message, subscribed)

    def latency(self) -> LatencyCounts:
        """The latency and the missed events of the last five minutes, on all processes."""
        return sum((latency for at, _, latency in self._alive()), self._latency.window())

    @property
    def hears(self) -> bool:
        """Whether a beacon of this process came back through Redis within the last 6 s."""
        return self._now() - self._heard < DEAF_AFTER

    @property
    def others(self) -> list[str]:
        """The ids of the other processes that sent a beacon within the last 10 s."""
        return [
            name for name, (at, _, _) in self._others.items() if self._now() - at < FORGET_AFTER
        ]

    def readers(self, slug: str) -> int:
        """The number of a story's readers on all processes, by the last beacons."""
        feed = self._hub.feeds.get(slug)
        here = feed.readers if feed else 0
        return here + sum(counts.get(slug, 0) for _, counts, _ in self._alive())

    def _alive(self) -> list[tuple[float, dict[str, int], LatencyCounts]]:
        """The last beacons of the other processes."""
        return [said for said in self._others.values() if self._now() - said[0] < FORGET_AFTER]

    async def run(self) -> None:
        """Runs until cancelled."""
        for prefix in self._handlers:
            if not prefix.endswith(":"):
                await self._bus.subscribe(prefix)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_subscribed())
                tasks.create_task(every(BEACON_SECONDS, self._send_beacon))
                tasks.create_task(every(HEAD_SECONDS, self._check_heads))
                tasks.create_task(every(SWEEP_SECONDS, self._sweep))
        finally:
            await self._tell_readers({}, LatencyCounts())  # this process has no readers any more

    async def _keep_subscribed(self) -> None:
        failures = 0
        while True:
            self._begun = self._now()
            self._subscription = asyncio.create_task(self._listen())
            try:
                await asyncio.wait([self._subscription])
            finally:
                self._subscription.cancel()
            if self._heard > self._begun:
                failures = 0
            self._heard = float("-inf")
            failures += 1
            await asyncio.sleep(random.uniform(0, min(2.0, 0.05 * 2 ** min(failures, 6))))

    async def _listen(self) -> None:
        try:
            async for message in self._bus.messages():
                if isinstance(message, Subscribed):
                    self._subscribed(message.channel)
                else:
                    self._take(message)
        except Unavailable as error:
            if self.hears:  # only the first failure in a row is logged
                log.warning("redis subscription ended; subscribing again", reason=str(error))
        except Exception:
            log.exception("redis subscription failed")

    def _subscribed(self, channel: str) -> None:
        for prefix, handler in self._handlers.items():
            if channel.startswith(prefix):
                handler.subscribed(channel.removeprefix(prefix))
                return

    def _take(self, message: Message) -> None:
        try:
            for prefix, handler in self._handlers.items():
                if message.channel.startswith(prefix):
                    handler.message(message.channel.removeprefix(prefix), message.data)
                    return
        except (ValueError, KeyError, TypeError) as error:
            log.warning("redis message not understood", channel=message.channel, reason=str(error))

    def _catch_up(self, slug: str) -> None:
        """Catch up when a subscription is confirmed: earlier messages were lost."""
        feed = self._hub.feeds.get(slug)
        if feed is not None:
            self._hub.catch_up_soon(feed)

    def _take_events(self, slug: str, data: bytes) -> None:
        self._hub.receive(slug, *read_announcement(data))

    def _take_beacon(self, _: str, data: bytes) -> None:
        if data == self._beacon:  # of a thousand stories: not read without need
            self._heard = self._now()
            return
        beacon = json.loads(data)
        if beacon["process"] == self.process:
            self._heard = self._now()
        else:
            latency = LatencyCounts.read(beacon.get("pace"))  # absent in beacons of older releases
            self._others[beacon["process"]] = (self._now(), dict(beacon["readers"]), latency)

    async def _send_beacon(self) -> None:
        deaf_since = self._now() - max(self._heard, self._begun)
        if deaf_since > DEAF_AFTER and self._subscription is not None:
            log.warning("redis subscription dead; subscribing again")
            self._subscription.cancel()
        self._latency.note()
        feeds = self._hub.feeds.items()
        counts = {slug: feed.readers for slug, feed in feeds if feed.readers}
        await self._tell_readers(counts, self._latency.window())
        for process, (at, _, _) in list(self._others.items()):
            if self._now() - at > FORGET_AFTER:
                del self._others[process]
        metrics.REDIS_UP.set(self.hears)

    async def _tell_readers(self, counts: dict[str, int], latency: LatencyCounts) -> None:
        beacon = {"process": self.process, "readers": counts, "pace": asdict(latency)}
        self._beacon = json.dumps(beacon).encode()
        await self._bus.publish(BEACON, self._beacon)

    async def _check_heads(self) -> None:
        await self._hub.check_heads()
        await self._hub.close_idle()

    async def _sweep(self) -> None:
        self._hub.sweep()
        feeds = list(self._hub.feeds.values())
        for begin in range(0, len(feeds), BEAT_AT_ONCE):
            for feed in feeds[begin : begin + BEAT_AT_ONCE]:
                feed.beat()
            await asyncio.sleep(0)  # events need not wait for a thousand feeds
        metrics.READERS.set(self._hub.capacity.total)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
