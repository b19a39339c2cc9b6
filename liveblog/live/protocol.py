"""The uvicorn protocols: a live socket's handshake in one parse and one write, without a task.

uvicorn parses a websocket request twice, and starts a task with the whole application for it. Here the
application's gate is called first. When the story's feed is open, the reader is admitted, and the response, hello
and the missing events are one write. If there is no room, the reader gets 503. All other requests (an unknown
story, an unusual query) go through the application, as every request does under another ASGI server.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.utils import accept_key

from liveblog import metrics
from liveblog.live.capacity import FULL, FULL_SECONDS
from liveblog.live.chatter import Chatter
from liveblog.live.connections import CONNECTIONS, Connections
from liveblog.live.deflate import agreed
from liveblog.live.frames import CLOSE_SECONDS, STALL_SECONDS, Close
from liveblog.live.http import BoundedHttp
from liveblog.live.reader import GATE, Admission, SocketReader

LAST_SECONDS = 5.0
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %s\r\n%s\r\n"
)
COMPRESSION = b"Sec-WebSocket-Extensions: %s\r\n"
# Only its checks of a handshake are used. They keep no state between requests.
_handshakes = ServerProtocol()
_CHECKED = {b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-version", b"origin"}
_UPGRADES = {b"upgrade", b"keep-alive, upgrade"}
_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")  # 16 bytes


Fields = Callable[[str], Sequence[str]]


class Gate(Protocol):
    """Decides without routing whether a reader is admitted."""

    def admit(self, target: bytes, address: str, fields: Fields) -> Admission | None:
        """The admission of a reader; None if the application must answer. `fields` gives the values of a header."""

    def full(self, target: bytes, address: str) -> bool:
        """Whether a reader was not admitted only because there is no room."""

    def opening(self, target: bytes) -> Awaitable[object] | None:
        """A task to wait for while the feed is opened; None if it is open. It must not raise."""


class LiveHttp(BoundedHttp):
    """HTTP/1.1 that admits readers without the application."""

    def upgrade(self, rest: bytes) -> None:
        gate: Gate | None = self.app_state.get(GATE)
        opening = gate.opening(self.url) if gate is not None else None
        if gate is None:
            super().upgrade(rest)
        elif opening is not None:
            self.transport.pause_reading()
            task = self.loop.create_task(self._let_in_after(opening, gate, rest))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            self._let_in_or_ask(gate, rest)

    async def _let_in_after(self, opening: Awaitable[object], gate: Gate, rest: bytes) -> None:
        await asyncio.wait([asyncio.ensure_future(opening)])
        if not self.transport.is_closing():
            self.transport.resume_reading()
            self._let_in_or_ask(gate, rest)

    def _let_in_or_ask(self, gate: Gate, rest: bytes) -> None:
        reader = self._let_in(gate)
        if reader is None:
            if not self.leaving:
                super().upgrade(rest)
        elif rest:
            reader.data_received(rest)

    def _values(self, name: str) -> list[str]:
        """The values of a header; its name is in small letters."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]

    def _address(self) -> str:
        """The client's address, as a trusted proxy reports it (uvicorn's own rule)."""
        peer = self.client[0] if self.client else ""
        forwarded = ", ".join(self._values("x-forwarded-for"))
        trusted = _trusted(str(self.config.forwarded_allow_ips))
        if forwarded and peer in trusted:
            return trusted.get_trusted_client_address(forwarded)[0]
        return peer

    def _let_in(self, gate: Gate) -> SocketReader | None:
        accept = accept_of(self.scope["method"], self.headers)
        if accept is None:
            return None  # the application answers with the error
        address = self._address()
        admitted = gate.admit(self.url, address, self._values)
        if admitted is None:
            if gate.full(self.url, address):  # without a task, because refused readers retry often
                metrics.REFUSED.inc()
                self.refuse(503, *FULL, b"retry-after: %d\r\n" % FULL_SECONDS)
            return None
        self.waiting.forget(self)
        transport = self.transport
        offers = ", ".join(self._values("sec-websocket-extensions"))
        packing = agreed(offers) if offers else None
        if packing is not None:
            admitted = admitted._replace(packs=True)
        reader = SocketReader(transport, admitted, self.connections)
        self.connections.discard(self)
        transport.set_protocol(reader)
        self.parser = None  # type: ignore[assignment]  # breaks a reference cycle, which would stay until the next collection
        extensions = COMPRESSION % packing.encode() if packing else b""
        reader.begin(SWITCHING % (accept.encode(), extensions))
        return reader


def accept_of(method: str, headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """`Sec-WebSocket-Accept` for a handshake (RFC 6455, 4.2); None if the handshake is not sound.

    What browsers send is compared as it is, for crowds come back at once. websockets reads all else.
    """
    found = {name: value for name, value in headers if name in _CHECKED}
    key = found.get(b"sec-websocket-key", b"")
    if (
        method == "GET"
        and found.get(b"connection", b"").lower() in _UPGRADES
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and found.get(b"sec-websocket-version") == b"13"
        and _KEY.fullmatch(key)
        and sum(name in _CHECKED for name, _ in headers) == len(found)
    ):
        return accept_key(key.decode())
    read = Headers()
    for name, value in headers:
        read[name.decode("latin-1")] = value.decode("latin-1")
    try:
        accept, _, _ = _handshakes.process_request(Request("", read, method))
    except InvalidHandshake:
        return None
    return accept


@functools.cache
def _trusted(addresses: str) -> _TrustedHosts:
    return _TrustedHosts(addresses)


class BoundedSocket(WebSocketsSansIOProtocol):
    """A live socket through the application. A reader that does not read is aborted.

    uvicorn would close such a connection in order, and wait for a buffer that does not drain.
    """

    _stall: asyncio.TimerHandle | None = None
    _answered = False  # whether the handshake was answered; before that, reading is paused
    _early = b""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._chatter = Chatter()
        self._waiting: Connections = self.app_state[CONNECTIONS]

    # The protocol `Connection`, until the handshake is answered.

    answering = True
    held_back = False
    repeatable = True

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    def too_slow(self) -> None:
        """There is no time limit before the answer."""

    def make_room(self) -> None:
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._waiting.shakes_hands(self)

    async def send(self, message: ASGISendEvent) -> None:
        """Send, and note a completed handshake.

        uvicorn completes a handshake only when it accepts or closes. A response that refuses the socket also
        answers it, and uvicorn would log an error for each.
        """
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True
        if self._answered or not self.handshake_complete or self.transport.is_closing():
            return
        self._answered = True
        self._waiting.forget(self)
        if self._early:
            self._hear(self._early)
        if not self.read_paused:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
            if self.handshake_initiated:
                self.transport.pause_reading()  # until the handshake is answered (RFC 6455, 4.1)
            else:  # a line over 8 KiB: uvicorn would not send the parser's error response
                self.transport.write(b"".join(self.conn.data_to_send()))
                self.transport.close()
        elif not self.handshake_complete:
            self._early = data  # arrived with the request
        elif not self._chatter.over:
            self._hear(data)
        elif not self._chatter.drop(data):
            self.transport.pause_reading()

    def _hear(self, data: bytes) -> None:
        for piece in self._chatter.pieces(data):
            if self.transport.is_closing():
                return
            super().data_received(piece)
        if self._chatter.over:
            self._send_away()

    def handle_events(self) -> None:
        self._chatter.count(self.conn.events)
        super().handle_events()

    def _send_away(self) -> None:
        """Send a close frame, and read on for a moment: a TCP reset could overtake the close frame."""
        if self.transport.is_closing():
            return
        metrics.CUT.inc()
        self.stop_keepalive()
        if not self.close_sent:
            self.close_sent = True
            gone = {"type": "websocket.disconnect", "code": Close.CHATTER, "reason": ""}
            self.queue.put_nowait(cast(ASGIReceiveEvent, gone))
            self.conn.send_close(Close.CHATTER)
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._moves()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._moves()
        self._waiting.forget(self)
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def _moves(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
