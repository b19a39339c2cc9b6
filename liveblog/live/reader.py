"""A reader without a task: the fan-out calls it, and it writes whole frames to its own socket.

Buffered bytes go first. After a short write the transport sends the rest, and the reader is paused until the buffer
is empty. The cursor holds one number, so a reader that joins during a pass is treated like a reader that was
behind.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode
from websockets.protocol import Protocol as SocketProtocol
from websockets.protocol import Side, State

from liveblog import metrics
from liveblog.live import frames
from liveblog.live.chatter import Chatter
from liveblog.live.cursor import CatchUp, ReaderCursor, ReadLog, Reset, Send, Step, Wait, at_once
from liveblog.live.fan_out import Batch, FanOut
from liveblog.live.frames import LONGEST_MESSAGE, Close

GATE = "gate"  # the key in the application's state
DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
PONG = b"\x8a\x80"  # an empty pong of a client, before the four bytes of its mask

log = structlog.get_logger()


class Admission(NamedTuple):
    """The fan-out that a reader joins, the reader's cursor, and the address under which it is counted."""

    fan_out: FanOut
    cursor: ReaderCursor
    address: str
    packs: bool = False  # whether the reader takes compressed frames


class SocketReader(asyncio.Protocol):
    """One socket that follows a feed, without a task, queue or timer of its own."""

    __slots__ = (
        "_chatter",
        "_closing",
        "_connections",
        "_cursor",
        "_fan_out",
        "_fd",
        "_greeted",
        "_heard",
        "_packs",
        "_parser",
        "_paused",
        "_transport",
        "_waiting",
        "address",
    )

    def __init__(
        self, transport: asyncio.Transport, admission: Admission, connections: set[Any]
    ) -> None:
        self._transport = transport
        self._fan_out, self._cursor, self.address, self._packs = admission
        self._paused = False
        self._closing = False
        self._heard = True
        self._waiting = False
        self._greeted = False  # whether hello, the first frame, was sent
        self._parser: SocketProtocol | None = None
        self._chatter: Chatter | None = None
        self._connections = connections
        plain = transport.get_extra_info("ssl_object") is None
        connection = transport.get_extra_info("socket") if plain else None
        self._fd: int = connection.fileno() if connection is not None else -1
        transport.set_write_buffer_limits(high=0)

    def begin(self, response: bytes) -> None:
        """Send the response to the handshake, the first frame, and every missing event."""
        self._connections.add(self)
        if self._cursor.ahead:  # no event is sent before the feed is caught up
            self._write(response)
            self._waiting = True
            self._fan_out.source.spawn(self._fetch(CatchUp()))
        else:
            self._greeted = True
            self._write(response + self._fan_out.hello())
        self._fan_out.enter(self)
        self._pump()

    def _write(self, data: bytes) -> None:
        """Write whole frames: directly if the buffer is empty, otherwise after the buffered bytes."""
        if self._fd >= 0 and not self._paused:
            self._write_now(data)
        else:
            self._transport.write(data)

    def _write_now(self, data: bytes) -> None:
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._transport.abort()
            return
        if sent < len(data):
            self._transport.write(data[sent:])

    def _pump(self) -> None:
        """Send missing events until the reader has all of them or its buffer is full."""
        while not (self._paused or self._closing or self._waiting):
            if not self._take(self._cursor.step()):
                return

    def _take(self, step: Step) -> bool:
        match step:
            case Send(sent):
                packs = self._packs
                self._write(b"".join([frame.made if packs else frame.data for frame in sent]))
                return True
            case Reset(reason):
                metrics.RESETS.inc()
                self._write(frames.encode(frames.reset(reason)))
                self.close(Close.RESET)
            case ReadLog() | CatchUp():
                self._waiting = True
                self._fan_out.source.spawn(self._fetch(step))
            case Wait():
                pass
        return False

    async def _fetch(self, step: ReadLog | CatchUp) -> None:
        feed, source = self._fan_out.feed, self._fan_out.source
        following: Step = Wait()
        try:
            if isinstance(step, CatchUp):
                await source.catch_up(feed)
                self._cursor.caught_up()
            else:
                following = self._cursor.log_read(*await self._read_log(step.seq))
        except Exception:
            log.exception("reader catch-up failed", story=feed.slug)
            self.close(Close.AGAIN)
        self._waiting = False
        if not (self._closing or self._transport.is_closing()):
            if not self._greeted:
                self._greeted = True
                self._write(self._fan_out.hello())
            self._take(following)
            self._pump()

    async def _read_log(self, seq: int) -> tuple[str, Sequence[frames.Frame]]:
        """The epoch, and the events after `seq`, without texts that were purged meanwhile."""
        feed, source = self._fan_out.feed, self._fan_out.source
        while True:
            texts = feed.texts
            epoch, found = await source.read_log(feed, seq)
            if self._packs:
                await frames.pack(at_once(found))
            if feed.texts is texts:
                return epoch, found

    # Called by the fan-out.

    @property
    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def deliver(self, batch: Batch, base: int, target: int) -> bool:
        if self._paused or self._closing or self._waiting:
            return False
        cursor = self._cursor
        if cursor.seq != base or self._fd < 0:
            self._pump()
            return False
        cursor.seq = target
        self._write_now(batch.packed if self._packs else batch.plain)
        return True

    def ride(self, batch: Batch, base: int, target: int, beat: bytes) -> bool:
        if self._heard and self._greeted and self.deliver(batch, base, target):
            self._heard = False
            return True
        self.beat(beat)
        return False

    def beat(self, data: bytes) -> None:
        # The last question to a paused reader may not have left yet: the fan-out frees it if it stalls.
        if self._closing or self._paused or not self._greeted:
            return
        if not self._heard:
            metrics.SLOW.inc()
            self._transport.abort()
        else:
            self._heard = False
            self._write(data)

    def abort(self) -> None:
        self._transport.abort()

    def close(self, code: int) -> None:
        """Send a close frame. The fan-out aborts a reader that does not answer it."""
        if not self._closing and not self._transport.is_closing():
            self._closing = True
            close = SocketFrame(Opcode.CLOSE, int(code).to_bytes(2, "big"))
            self._write(close.serialize(mask=False))
            self._fan_out.closes(self)

    # Called by uvicorn when the server stops.

    def shutdown(self) -> None:
        self._fan_out.drain()

    # Called by the transport.

    def pause_writing(self) -> None:
        self._paused = True
        self._fan_out.stalls(self)

    def resume_writing(self) -> None:
        self._paused = False
        self._fan_out.moves(self)
        self._pump()

    def data_received(self, data: bytes) -> None:
        if not self._heard and len(data) == 6 and data.startswith(PONG):
            self._heard = True  # the answer to a heartbeat
            return
        self._heard = True
        if self._parser is None or self._chatter is None:
            self._parser = SocketProtocol(Side.SERVER, state=State.OPEN, max_size=LONGEST_MESSAGE)
            self._chatter = Chatter()
        if not self._chatter.over:
            self._hear(data, self._parser, self._chatter)
        elif not self._chatter.drop(data):
            self._transport.pause_reading()

    def _hear(self, data: bytes, parser: SocketProtocol, chatter: Chatter) -> None:
        said = False
        for piece in chatter.pieces(data):
            parser.receive_data(piece)
            events = parser.events_received()
            chatter.count(events)
            said = any(isinstance(e, SocketFrame) and e.opcode in DATA for e in events)
            for answer in parser.data_to_send():
                if answer and not (self._closing or self._paused):
                    self._write(answer)
            if said or parser.state is not State.OPEN:
                break
        if chatter.over:
            self._send_away()
        elif parser.state is not State.OPEN:
            self._end()
        elif said:
            self.close(Close.CHATTER)

    def _send_away(self) -> None:
        """Send a close frame, and read on for a moment: a TCP reset could overtake the close frame."""
        metrics.CUT.inc()
        self.close(Close.CHATTER)
        if not self._transport.is_closing():
            self._transport.write_eof()

    def eof_received(self) -> None:
        self._end()

    def _end(self) -> None:
        """Close the connection when the buffer is empty. A stalled peer is aborted after 2 s."""
        self._closing = True
        self._fan_out.closes(self)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._closing = True
        self._fd = -1
        self._connections.discard(self)
        self._fan_out.leave(self)
