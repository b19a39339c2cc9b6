"""The readers of one feed that are written to directly: passes over them in slices, heartbeats, the drain.

A frame is encoded once, and the same bytes go to every socket.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Protocol

from liveblog import metrics
from liveblog.live import frames
from liveblog.live.capacity import Census
from liveblog.live.cursor import AT_ONCE
from liveblog.live.feed import Feed
from liveblog.live.frames import STALL_SECONDS, Close, Frame
from liveblog.live.reader import DirectReader, Stall

SLICE = 25  # readers between two looks at the clock
SLICE_SECONDS = 0.002  # then others have their turn
LONGEST_PAUSE_SECONDS = 30.0
DRAIN_AT_ONCE = 100
PASS_SECONDS = 0.04  # between passes: what comes meanwhile is joined into one write
PING = b"\x89\x00"


class Supply(Protocol):
    """Where a reader gets what the feed has not: the hub."""

    async def level(self, feed: Feed) -> None: ...
    async def page(self, feed: Feed, seq: int) -> tuple[str, list[Frame]]: ...
    def spawn(self, work: Coroutine[None, None, None]) -> None: ...
    def audience(self, slug: str) -> int: ...

    drain_seconds: float


class Fleet:
    """The direct readers of one feed. For the feed it is one follower."""

    def __init__(self, feed: Feed, supply: Supply, census: Census) -> None:
        self.feed = feed
        self.supply = supply
        self._census = census
        self.readers: dict[DirectReader, None] = {}
        self.stalled: dict[DirectReader, Stall] = {}
        self.leaving: dict[DirectReader, float] = {}
        self._at = (feed.epoch, feed.applied)
        self._hello = ((feed.epoch, -1, 0), b"")
        self._moved = False
        self._beats = False
        self.passing = False
        self._draining = False

    @property
    def count(self) -> int:
        return len(self.readers)

    def hello(self) -> bytes:
        """The first frame; built once for all who come between two events, and in one second."""
        epoch, head = self.feed.epoch, self.feed.applied
        position = (epoch, head, int(time.time()))
        if self._hello[0] != position:
            self._hello = (position, frames.encode(frames.hello(epoch, head)))
        return self._hello[1]

    def wake(self) -> None:
        if self.readers:
            self._moved = True
            self._pass_soon()
        else:
            self._at = (self.feed.epoch, self.feed.applied)

    def beat(self) -> None:
        self._beats = True
        self._pass_soon()

    def enter(self, reader: DirectReader) -> None:
        self.readers[reader] = None
        self._census.enter(reader.address)
        if self._draining:
            reader.close(Close.GOING_AWAY)

    def forget(self, reader: DirectReader) -> None:
        if reader in self.readers:
            del self.readers[reader]
            self._census.leave(reader.address)
        self.stalled.pop(reader, None)
        self.leaving.pop(reader, None)

    def sweep(self) -> None:
        """Once a second: aborts who has not drained, and who does not leave."""
        now = time.monotonic()
        for reader, stall in list(self.stalled.items()):
            left = reader.transport.get_write_buffer_size()
            moved = now if left < stall.left else stall.moved
            self.stalled[reader] = Stall(stall.since, moved, left)
            if now - moved > STALL_SECONDS or now - stall.since > LONGEST_PAUSE_SECONDS:
                metrics.SLOW.inc()
                reader.transport.abort()
        for reader, deadline in list(self.leaving.items()):
            if now > deadline:
                reader.transport.abort()

    def drain(self) -> None:
        """Closes all readers with 1012, a slice at a time over the supply's `drain_seconds`."""
        if not self._draining:
            self._draining = True
            self.supply.spawn(self._drain(self.supply.drain_seconds))

    async def _drain(self, seconds: float) -> None:
        readers = list(self.readers)
        step = max(DRAIN_AT_ONCE, len(readers) // 20)
        for begin in range(0, len(readers), step):
            for reader in readers[begin : begin + step]:
                reader.close(Close.GOING_AWAY)
            await asyncio.sleep(seconds / 20)
        while self.readers:
            self.sweep()
            await asyncio.sleep(0.1)

    def _pass_soon(self) -> None:
        if not self.passing and self.readers:
            self.passing = True
            self.supply.spawn(self._passes())

    async def _passes(self) -> None:
        try:
            while self._moved or self._beats:
                if self._moved:
                    self._moved = False
                    await self._send_events()
                    await asyncio.sleep(PASS_SECONDS)
                if self._beats:
                    self._beats = False
                    await self._send_heartbeats()
        finally:
            self.passing = False

    async def _send_events(self) -> None:
        """One pass: most readers are where the last pass ended, and get the same bytes.

        What comes in during the pass is joined into the next one.
        """
        (epoch, base), target = self._at, self.feed.applied
        passed = self.feed.after(base) if epoch == self.feed.epoch else None
        self._at = (self.feed.epoch, target)
        joined = b"".join([frame.data for frame in passed]) if passed else b""
        size = len(joined)
        if not 0 < size <= AT_ONCE:
            base = -1  # nobody is there: each goes through its session
        write, writes = os.write, 0
        async for few in self._slices():
            for reader in few:
                if reader.paused or reader.closing or reader.waiting:
                    continue
                session = reader.session
                if session.seq != base or reader.fd < 0:
                    reader.pump()
                    continue
                session.seq = target
                writes += 1
                try:
                    sent = write(reader.fd, joined)
                except BlockingIOError:
                    sent = 0
                except OSError:
                    reader.transport.abort()
                    continue
                if sent < size:
                    reader.transport.write(joined[sent:])
        metrics.WRITES.inc(writes)
        metrics.FRAMES.inc(writes * len(passed or ()))
        now = time.time()
        for frame in passed or ():
            metrics.TO_SOCKET.observe(max(0.0, now - frame.at))

    async def _send_heartbeats(self) -> None:
        """Tells all where the head is, and frees those who did not answer the last time."""
        head = frames.encode(
            frames.heartbeat(self.feed.applied, self.supply.audience(self.feed.slug))
        )
        async for few in self._slices():
            for reader in few:
                if reader.closing or not reader.greeted:
                    continue
                if not reader.heard:
                    metrics.SLOW.inc()
                    reader.transport.abort()
                elif not reader.paused:
                    reader.heard = False
                    reader.write(head + PING)

    async def _slices(self) -> AsyncIterator[list[DirectReader]]:
        """All readers, a few at a time; whenever the time of a slice is over, others have their turn."""
        readers = list(self.readers)
        until = time.monotonic() + SLICE_SECONDS
        for begin in range(0, len(readers), SLICE):
            yield readers[begin : begin + SLICE]
            if time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE_SECONDS
