"""Readers without a task: the same bytes to every socket, written by the feed's own pass.

A frame is encoded once. A pass goes over the readers in slices and writes what each lacks straight to
its descriptor while nothing of it is buffered; a short write hands the rest to the transport, which
pauses the reader until that has drained. A reader's place is its session's number, so a pass that is
overtaken, a reader that joins in the middle and one that was behind are all the same case.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from typing import Any, NamedTuple, Protocol

import structlog
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode
from websockets.protocol import Protocol as SocketProtocol
from websockets.protocol import Side, State

from liveblog import metrics
from liveblog.live import wire
from liveblog.live.census import Census
from liveblog.live.feed import Feed
from liveblog.live.session import AT_ONCE, Level, Page, Reset, Send, Session, Step, Wait
from liveblog.live.wire import LONGEST_MESSAGE, STALL_SECONDS, Close, Frame

SLICE = 100
LONGEST_PAUSE_SECONDS = 30.0
CLOSE_SECONDS = 2.0
PASS_SECONDS = 0.04  # between passes: what comes meanwhile is joined into one write
log = structlog.get_logger()

PING = b"\x89\x00"
DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
PONG = b"\x8a\x80"  # from a client, followed by the four bytes of its mask


class Supply(Protocol):
    """Where a reader gets what the feed has not: the hub."""

    async def level(self, feed: Feed) -> None: ...
    async def page(self, feed: Feed, seq: int) -> tuple[str, list[Frame]]: ...
    def spawn(self, work: Coroutine[None, None, None]) -> None: ...
    def audience(self, slug: str) -> int: ...

    drain_seconds: float


class Admission(NamedTuple):
    """Whom a socket follows, from where on, and the address it counts for."""

    fleet: Fleet
    session: Session
    address: str


class DirectReader(asyncio.Protocol):
    """One socket that follows a feed. No task, no queue, no timer of its own."""

    __slots__ = (
        "_connections",
        "_greeted",
        "_parser",
        "address",
        "closing",
        "fd",
        "fleet",
        "heard",
        "paused",
        "session",
        "transport",
        "waiting",
    )

    def __init__(
        self, transport: asyncio.Transport, admission: Admission, connections: set[Any]
    ) -> None:
        self.transport = transport
        self.fleet, self.session, self.address = admission
        self.paused = False
        self.closing = False
        self.heard = True
        self.waiting = False
        self._greeted = False
        self._parser: SocketProtocol | None = None
        self._connections = connections
        plain = transport.get_extra_info("ssl_object") is None
        connection = transport.get_extra_info("socket") if plain else None
        self.fd: int = connection.fileno() if connection is not None else -1
        transport.set_write_buffer_limits(high=0)

    def begin(self, response: bytes) -> None:
        """The response to the handshake, the first frame, and all that the reader lacks."""
        self._connections.add(self)
        if self.session.ahead:  # nothing is said before the feed is level with the log
            self.write(response)
            self.waiting = True
            self.fleet.supply.spawn(self._fetch(Level()))
        else:
            self._greeted = True
            self.write(response + self.fleet.hello())
        self.fleet.enter(self)
        self.pump()

    def write(self, data: bytes) -> None:
        """Writes whole frames: directly while nothing is buffered, else behind what is."""
        sent = 0
        if self.fd >= 0 and not self.paused:
            try:
                sent = os.write(self.fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.transport.abort()
                return
        if sent < len(data):
            self.transport.write(data[sent:])

    def pump(self) -> None:
        """Sends what the reader lacks, until it has all or its socket takes no more."""
        while not (self.paused or self.closing or self.waiting):
            if not self._take(self.session.step()):
                return

    def _take(self, step: Step) -> bool:
        match step:
            case Send(frames):
                self.write(b"".join([frame.data for frame in frames]))
                return True
            case Reset(reason):
                metrics.RESETS.inc()
                self.write(wire.encode(wire.reset(reason)))
                self.close(Close.RESET)
            case Page() | Level():
                self.waiting = True
                self.fleet.supply.spawn(self._fetch(step))
            case Wait():
                pass
        return False

    async def _fetch(self, step: Page | Level) -> None:
        feed, supply = self.fleet.feed, self.fleet.supply
        following: Step = Wait()
        try:
            if isinstance(step, Level):
                await supply.level(feed)
                self.session.levelled()
            else:
                following = self.session.paged(*await supply.page(feed, step.seq))
        except Exception:
            log.exception("a reader could not be caught up", story=feed.slug)
            self.close(Close.AGAIN)
        self.waiting = False
        if not (self.closing or self.transport.is_closing()):
            if not self._greeted:
                self._greeted = True
                self.write(self.fleet.hello())
            self._take(following)
            self.pump()

    def close(self, code: int) -> None:
        """Says good-bye; the fleet aborts who does not answer."""
        if not self.closing and not self.transport.is_closing():
            self.closing = True
            close = SocketFrame(Opcode.CLOSE, int(code).to_bytes(2, "big"))
            self.write(close.serialize(mask=False))
            self.fleet.leaving[self] = time.monotonic() + CLOSE_SECONDS

    # What uvicorn calls when the server stops.

    def shutdown(self) -> None:
        self.fleet.drain()

    # What the transport calls.

    def pause_writing(self) -> None:
        self.paused = True
        now = time.monotonic()
        self.fleet.stalled[self] = Stall(now, now, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self.paused = False
        self.fleet.stalled.pop(self, None)
        self.pump()

    def data_received(self, data: bytes) -> None:
        self.heard = True
        if len(data) == 6 and data.startswith(PONG):
            return
        if self._parser is None:
            self._parser = SocketProtocol(Side.SERVER, state=State.OPEN, max_size=LONGEST_MESSAGE)
        self._parser.receive_data(data)
        said = any(
            isinstance(event, SocketFrame) and event.opcode in DATA
            for event in self._parser.events_received()
        )
        for answer in self._parser.data_to_send():
            if answer and not (self.closing or self.paused):
                self.write(answer)
        if self._parser.state is not State.OPEN:
            self._end()
        elif said:
            self.close(Close.CHATTER)

    def eof_received(self) -> None:
        self._end()

    def _end(self) -> None:
        """Closes the connection when what is buffered has gone; a stalled peer is aborted soon."""
        self.closing = True
        self.fleet.leaving[self] = time.monotonic() + CLOSE_SECONDS
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.closing = True
        self.fd = -1
        self._connections.discard(self)
        self.fleet.forget(self)


class Stall(NamedTuple):
    """A socket that takes no more: since when, when it last moved, and the bytes that are left."""

    since: float
    moved: float
    left: int


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
        self._hello = ((feed.epoch, -1), b"")
        self._moved = False
        self._beats = False
        self.passing = False
        self._draining = False

    @property
    def count(self) -> int:
        return len(self.readers)

    def hello(self) -> bytes:
        """The first frame; built once for all who come between two events."""
        position = (self.feed.epoch, self.feed.applied)
        if self._hello[0] != position:
            self._hello = (position, wire.encode(wire.hello(*position)))
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
        if self.readers.pop(reader, self) is None:
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
        step = max(SLICE, len(readers) // 20)
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
        frames = self.feed.after(base) if epoch == self.feed.epoch else None
        self._at = (self.feed.epoch, target)
        joined = b"".join([frame.data for frame in frames]) if frames else b""
        size = len(joined)
        if not 0 < size <= AT_ONCE:
            base = -1  # nobody is there: each goes through its session
        write, writes = os.write, 0
        for number, reader in enumerate(list(self.readers), 1):
            if number % SLICE == 0:
                await asyncio.sleep(0)
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
        metrics.FRAMES.inc(writes * len(frames or ()))
        now = time.time()
        for frame in frames or ():
            metrics.TO_SOCKET.observe(max(0.0, now - frame.at))

    async def _send_heartbeats(self) -> None:
        """Tells all where the head is, and frees those who did not answer the last time."""
        head = wire.encode(wire.heartbeat(self.feed.applied, self.supply.audience(self.feed.slug)))
        for number, reader in enumerate(list(self.readers), 1):
            if number % SLICE == 0:
                await asyncio.sleep(0)
            if reader.closing:
                continue
            if not reader.heard:
                metrics.SLOW.inc()
                reader.transport.abort()
            elif not reader.paused:
                reader.heard = False
                reader.write(head + PING)
