"""The fan-out: sends the events of one feed to all its readers, in slices. It also sends heartbeats and drains.

A frame is encoded once, and every reader gets the same bytes.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Protocol

from liveblog import metrics
from liveblog.live import frames
from liveblog.live.capacity import Capacity
from liveblog.live.cursor import AT_ONCE
from liveblog.live.feed import Feed
from liveblog.live.frames import CLOSE_SECONDS, STALL_SECONDS, Close, Frame
from liveblog.live.stall import Stall

SLICE = 25  # readers; the clock is read after each slice
SLICE_SECONDS = 0.002  # after this time other tasks run
LONGEST_PAUSE_SECONDS = 30.0
DRAIN_AT_ONCE = 100
PASS_SECONDS = 0.04  # pause between passes, during which events collect for one write
PING = b"\x89\x00"
# A reader is asked to answer 8 to 16 s after the last time: one that does not is freed after 32 s at most, and the head is told
# every 16 s. Each round of heartbeats is spread over some seconds, so that events need not wait for it.
BEAT_SECONDS = 12.0
ROUND_SECONDS = 4
BEATS_AT_ONCE = 100  # at least


class Batch:
    """The frames of a pass, with `tail` behind them, as bytes: plain and compressed, each joined once."""

    def __init__(self, passed: Sequence[Frame], tail: bytes = b"") -> None:
        self._passed = passed
        self._tail = tail
        self.plain = b"".join([frame.data for frame in passed]) + tail

    @functools.cached_property
    def packed(self) -> bytes:
        return b"".join([frame.packed for frame in self._passed]) + self._tail


class LogSource(Protocol):
    """The source of events that the feed does not have. The hub is one."""

    async def catch_up(self, feed: Feed) -> None: ...
    async def read_log(self, feed: Feed, seq: int) -> tuple[str, list[Frame]]: ...
    def spawn(self, work: Coroutine[None, None, None]) -> None: ...
    def audience(self, slug: str) -> int: ...

    drain_seconds: float


class Reader(Protocol):
    """One reader of the feed. The calls return at once and must not raise."""

    @property
    def address(self) -> str:
        """The address under which the reader is counted."""

    @property
    def unsent(self) -> int:
        """Bytes that are not yet written to the socket."""

    def deliver(self, batch: Batch, base: int, target: int) -> bool:
        """Send the events up to `target`.

        `batch` holds the frames from `base` to `target`. A reader at `base` writes it and returns True. Any other
        reader sends its missing events itself and returns False.
        """

    def ride(self, batch: Batch, base: int, target: int, beat: bytes) -> bool:
        """As `deliver()`, with the heartbeat `beat`, which `batch` ends with. Abort if the last one was not answered."""

    def beat(self, data: bytes) -> None:
        """Send a heartbeat, or abort if the last one was not answered."""

    def close(self, code: int) -> None: ...

    def abort(self) -> None: ...


class FanOut:
    """The readers of one feed. The feed sees one follower."""

    def __init__(self, feed: Feed, source: LogSource, capacity: Capacity) -> None:
        self.feed = feed
        self.source = source
        self._capacity = capacity
        self._readers: dict[Reader, None] = {}
        self._stalled: dict[Reader, Stall] = {}
        self._closing: dict[Reader, float] = {}
        self._at = (feed.epoch, feed.applied)
        self._hello = ((feed.epoch, -1, 0), b"")
        self._moved = False
        self._beaten = float("-inf")  # when the last round of heartbeats began
        self._to_beat: list[Reader] = []  # the readers that are left in this round
        self._asked = 0  # how many were asked in it
        self._beats = False
        self.passing = False
        self._draining = False

    @property
    def count(self) -> int:
        return len(self._readers)

    def hello(self) -> bytes:
        """The first frame, encoded. It is built once for all readers that connect at the same position in the same
        second.
        """
        epoch, head = self.feed.epoch, self.feed.applied
        position = (epoch, head, int(time.time()))
        if self._hello[0] != position:
            self._hello = (position, frames.encode(frames.hello(epoch, head)))
        return self._hello[1]

    # --- called by the feed

    def wake(self) -> None:
        if self._readers:
            self._moved = True
            self._pass_soon()
        else:
            self._at = (self.feed.epoch, self.feed.applied)

    def beat(self) -> None:
        if not self._to_beat:
            if not self._begin_round():
                return
            self._to_beat, self._asked = list(self._readers), 0
        if not self._to_beat:
            return
        if len(self._to_beat) <= min(SLICE, BEATS_AT_ONCE) and not self.passing:
            self._beat_all()
        else:
            self._beats = True
            self._pass_soon()

    # --- called by readers

    def enter(self, reader: Reader) -> None:
        self._readers[reader] = None
        self._capacity.enter(reader.address)
        if self._draining:
            reader.close(Close.GOING_AWAY)

    def leave(self, reader: Reader) -> None:
        if reader in self._readers:
            del self._readers[reader]
            self._capacity.leave(reader.address)
            if not self._readers:
                self._to_beat = []
        self._stalled.pop(reader, None)
        self._closing.pop(reader, None)

    def stalls(self, reader: Reader) -> None:
        """The reader's socket buffer is full."""
        self._stalled[reader] = Stall.begin(time.monotonic(), reader.unsent)

    def moves(self, reader: Reader) -> None:
        """The reader's socket takes data again."""
        self._stalled.pop(reader, None)

    def closes(self, reader: Reader) -> None:
        """The reader was sent a close frame. It is aborted if it does not leave within 2 s."""
        self._closing[reader] = time.monotonic() + CLOSE_SECONDS

    def sweep(self) -> None:
        """Abort readers that have stalled or do not leave. Called once a second."""
        if not (self._stalled or self._closing):
            return
        now = time.monotonic()
        for reader, before in list(self._stalled.items()):
            stall = self._stalled[reader] = before.seen(now, reader.unsent)
            if now - stall.moved > STALL_SECONDS or now - stall.since > LONGEST_PAUSE_SECONDS:
                metrics.SLOW.inc()
                reader.abort()
        for reader, deadline in list(self._closing.items()):
            if now > deadline:
                reader.abort()

    def drain(self) -> None:
        """Close all readers with 1012, in slices spread over the source's `drain_seconds`."""
        if not self._draining:
            self._draining = True
            self.source.spawn(self._drain(self.source.drain_seconds))

    def dismiss(self) -> None:
        """Close the present readers like `drain()`. They may connect again."""
        self.source.spawn(self._close_all(self.source.drain_seconds))

    async def _drain(self, seconds: float) -> None:
        await self._close_all(seconds)
        while self._readers:
            self.sweep()
            await asyncio.sleep(0.1)

    async def _close_all(self, seconds: float) -> None:
        readers = list(self._readers)
        step = max(DRAIN_AT_ONCE, len(readers) // 20)
        for begin in range(0, len(readers), step):
            for reader in readers[begin : begin + step]:
                reader.close(Close.GOING_AWAY)
            await asyncio.sleep(seconds / 20)

    # --- passes

    def _pass_soon(self) -> None:
        if not self.passing and self._readers:
            self.passing = True
            self.source.spawn(self._passes())

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
        """One pass. Most readers are where the last pass ended, and get the same bytes, with a heartbeat if one is due.

        Events that arrive during the pass are sent in the next one.
        """
        beat = self._heartbeat() if self._begin_round() else b""
        (epoch, base), target = self._at, self.feed.applied
        passed = self.feed.after(base) if epoch == self.feed.epoch else None
        self._at = (self.feed.epoch, target)
        batch = Batch(passed or (), beat)
        if not 0 < len(batch.plain) - len(beat) <= AT_ONCE:
            base = -1  # matches no reader, so each uses its cursor
            await frames.pack(passed or ())
        writes = 0
        async for few in self._slices(list(self._readers)):
            for reader in few:
                if (
                    reader.ride(batch, base, target, beat)
                    if beat
                    else reader.deliver(batch, base, target)
                ):
                    writes += 1
        metrics.WRITES.inc(writes)
        metrics.FRAMES.inc(writes * len(passed or ()))
        now = time.time()
        for frame in passed or ():
            metrics.TO_SOCKET.observe(max(0.0, now - frame.at))

    def _beat_all(self) -> None:
        """Send the few readers of a feed the head, without a task: there may be a thousand such feeds."""
        few, self._to_beat = self._to_beat, []
        beat = self._heartbeat()
        for reader in few:
            reader.beat(beat)

    async def _send_heartbeats(self) -> None:
        """Send a share of the readers the head, and abort those that did not answer the last heartbeat."""
        readers = self._to_beat
        seconds = round(time.monotonic() - self._beaten) + 1  # of the round
        share = max(BEATS_AT_ONCE, len(readers) // ROUND_SECONDS + 1)
        began, self._asked = self._asked, min(len(readers), seconds * share)
        if self._asked == len(readers):
            self._to_beat = []
        beat = self._heartbeat()
        async for few in self._slices(readers[began : self._asked]):
            for reader in few:
                reader.beat(beat)

    def _begin_round(self) -> bool:
        """Begin a round of heartbeats, if the last one has ended and the next one is due. Return whether it began."""
        now = time.monotonic()
        # Half a second early, because this is called once a second, more or less.
        if now - self._beaten < BEAT_SECONDS - 0.5 or self._to_beat:
            return False
        self._beaten = now
        return True

    def _heartbeat(self) -> bytes:
        """The head and the number of readers, and a ping."""
        audience = self.source.audience(self.feed.slug)
        return frames.encode(frames.heartbeat(self.feed.applied, audience)) + PING

    async def _slices(self, readers: list[Reader]) -> AsyncIterator[list[Reader]]:
        """The readers, a few at a time. After `SLICE_SECONDS` other tasks run."""
        until = time.monotonic() + SLICE_SECONDS
        for begin in range(0, len(readers), SLICE):
            yield readers[begin : begin + SLICE]
            if time.monotonic() > until:
                await asyncio.sleep(0)
                until = time.monotonic() + SLICE_SECONDS
