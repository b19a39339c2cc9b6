"""A reader without a task: whole frames, written to its socket by whoever has them.

What is buffered is written first: a short write hands the rest to the transport, which pauses the
reader until that has drained. Its place is its session's number, so a reader that joins in the middle of
a pass and one that was behind are the same case.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode
from websockets.protocol import Protocol as SocketProtocol
from websockets.protocol import Side, State

from liveblog import metrics
from liveblog.live import frames
from liveblog.live.chatter import Chatter
from liveblog.live.cursor import Level, Page, Reset, Send, Session, Step, Wait
from liveblog.live.frames import LONGEST_MESSAGE, Close

if TYPE_CHECKING:
    from liveblog.live.fan_out import Fleet

GATE = "gate"  # in the state of the application
CLOSE_SECONDS = 2.0
DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
PONG = b"\x8a\x80"  # from a client, followed by the four bytes of its mask

log = structlog.get_logger()


class Stall(NamedTuple):
    """A socket that takes no more: since when, when it last moved, and the bytes that are left."""

    since: float
    moved: float
    left: int


class Admission(NamedTuple):
    """Whom a socket follows, from where on, and the address it counts for."""

    fleet: Fleet
    session: Session
    address: str


class DirectReader(asyncio.Protocol):
    """One socket that follows a feed. No task, no queue, no timer of its own."""

    __slots__ = (
        "_chatter",
        "_connections",
        "_parser",
        "address",
        "closing",
        "fd",
        "fleet",
        "greeted",
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
        self.greeted = False  # hello is the first frame
        self._parser: SocketProtocol | None = None
        self._chatter: Chatter | None = None
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
            self.greeted = True
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
            case Send(sent):
                self.write(b"".join([frame.data for frame in sent]))
                return True
            case Reset(reason):
                metrics.RESETS.inc()
                self.write(frames.encode(frames.reset(reason)))
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
            if not self.greeted:
                self.greeted = True
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
        if not self.heard and len(data) == 6 and data.startswith(PONG):
            self.heard = True  # the answer to a heartbeat
            return
        self.heard = True
        if self._parser is None or self._chatter is None:
            self._parser = SocketProtocol(Side.SERVER, state=State.OPEN, max_size=LONGEST_MESSAGE)
            self._chatter = Chatter()
        if not self._chatter.over:
            self._hear(data, self._parser, self._chatter)
        elif not self._chatter.drop(data):
            self.transport.pause_reading()

    def _hear(self, data: bytes, parser: SocketProtocol, chatter: Chatter) -> None:
        said = False
        for piece in chatter.pieces(data):
            parser.receive_data(piece)
            events = parser.events_received()
            chatter.count(events)
            said = any(isinstance(e, SocketFrame) and e.opcode in DATA for e in events)
            for answer in parser.data_to_send():
                if answer and not (self.closing or self.paused):
                    self.write(answer)
            if said or parser.state is not State.OPEN:
                break
        if chatter.over:
            self._send_away()
        elif parser.state is not State.OPEN:
            self._end()
        elif said:
            self.close(Close.CHATTER)

    def _send_away(self) -> None:
        """Says good-bye and reads on for a moment: a reset could overtake the close frame."""
        metrics.CUT.inc()
        self.close(Close.CHATTER)
        if not self.transport.is_closing():
            self.transport.write_eof()

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
