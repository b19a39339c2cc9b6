"""HTTP/1.1 for uvicorn, with limits on headers, on time, and on the framing of a body.

The limits follow RFC 6585 (431) and RFC 9110 (408). Where the RFCs leave a limit to the server, it is nginx's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from liveblog import metrics
from liveblog.live.chatter import LINGER_BYTES
from liveblog.live.connections import CONNECTIONS, Connections

EARLY = "early"  # the key in the application's state
PEER = (
    "peer"  # the key in the state of a request: the address and port of the connection's other end
)
END = b"\r\n\r\n"  # of the headers
HEAD_BYTES = 64 * 1024
HEAD_FIELDS = 128
PIECE = 8 * 1024  # bytes; header fields are counted after each piece
SAFE_METHODS = frozenset({"GET", "HEAD"})
MOST_WAITING = 32  # pipelined requests that wait for the first answer


class Ready(Protocol):
    """An answer that is ready."""

    def sent(self, first: list[tuple[bytes, bytes]]) -> bytes:
        """All its bytes, to a GET request of HTTP/1.1, with `first` before the other headers."""


class Early(Protocol):
    """Answers that are ready when their requests arrive (web/cache/early_answers.py)."""

    def of(self, scope: Mapping[str, Any]) -> Ready | None: ...
    def to(self, data: bytes) -> Ready | None: ...
    def keep(self, data: bytes, scope: Mapping[str, Any]) -> None: ...


class BoundedHttp(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: Connections = self.app_state[CONNECTIONS]
        self._early: Early | None = self.app_state.get(EARLY)
        self._whole = b""  # data that was received between two requests, as long as it may be one
        self._peer = ""
        self._in_head = True
        self._begun = False  # whether the first byte of a request has arrived
        self._head = 0  # bytes of the headers so far
        self._beside = 0  # bytes of a body's framing: chunk sizes, extensions, trailers
        self._content = 0  # bytes of a body's content
        self._number = 0  # of the request
        self._running: RequestResponseCycle | None = None
        self._upgraded = False
        self.leaving = False
        self._dropped = 0

    @property
    def address(self) -> str:
        return self._peer

    @property
    def answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete and self._in_head

    @property
    def held_back(self) -> bool:
        return bool(self.flow.read_paused)

    @property
    def repeatable(self) -> bool:
        if self._upgraded:
            return True
        begun = self.pipeline or self.cycle is None or self.cycle.response_started
        return not begun and self.answering and self.scope["method"] in SAFE_METHODS

    # Called by the transport.

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self.waiting.opens(self)
        if len(self.connections) > self.waiting.most:
            self.waiting.make_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.forget(self)
        self._abandon()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.waiting.stands(self)

    def data_received(self, data: bytes) -> None:
        if self.leaving:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self.transport.pause_reading()
            return
        self._unset_keepalive_if_required()
        if self._in_head and not self._head:
            self.waiting.awaits_head(self)
        self._whole = data if self._between else b""
        if self._whole and self._early and (ready := self._early.to(data)):
            self._number += 1
            self._send(ready)
            return
        left = memoryview(data)  # slices without copies
        while left and not (self.leaving or self._upgraded or self.transport.is_closing()):
            piece = left[: min(PIECE, HEAD_BYTES - self._head) if self._in_head else PIECE]
            left = left[len(piece) :]
            self._parse(bytes(piece), left)

    @property
    def _between(self) -> bool:
        """Whether the last request is answered, the client reads, and no other request has begun."""
        answered = self.cycle is None or self.cycle.response_complete
        begun = not self._in_head or self._begun or self._head
        free = not self.flow.write_paused and not self.transport.is_closing()
        return answered and free and not begun and not self._upgraded

    def _send(self, ready: Ready) -> None:
        self.transport.write(ready.sent(self.server_state.default_headers))
        self.on_response_complete()

    def _parse(self, piece: bytes, rest: memoryview) -> None:
        """Parse one piece, and check the limits. `rest` is the data after it."""
        number, in_head, content = self._number, self._in_head, self._content
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._may_upgrade(piece[upgrade.args[0] :] + bytes(rest))
            return
        except httptools.HttpParserError:
            if not self._too_many_fields:
                self.refuse(400, "Bad request", "this is not HTTP/1.1 (RFC 9112)")
                return
        if number == self._number:
            if in_head:
                self._head += len(piece)
            else:
                self._beside += len(piece) - (self._content - content)
        elif self._in_head and self._begun:  # an upper bound on the bytes of the next headers
            self._head = len(piece.rpartition(b"\r\n\r\n")[2])
        too_much = self._in_head and self._head >= HEAD_BYTES
        too_much = too_much or self._beside > HEAD_BYTES + self._content
        if too_much or self._too_many_fields:
            detail = f"accepted: {HEAD_BYTES // 1024} KiB in all, {HEAD_FIELDS} fields"
            self.refuse(431, "Request header fields too large", detail)
        elif len(self.pipeline) > MOST_WAITING:
            self.transport.close()

    @property
    def _too_many_fields(self) -> bool:
        return self.headers is not None and len(self.headers) > HEAD_FIELDS

    def _may_upgrade(self, rest: bytes) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._abandon()
            self.transport.close()  # the pending answer would mix with the frames
        else:
            self._upgraded = True
            self.upgrade(rest)

    def upgrade(self, rest: bytes) -> None:
        """Handle a request for a live socket. `rest` is data that arrived after it."""
        self.waiting.forget(self)
        self.handle_websocket_upgrade()
        if rest and not self.transport.is_closing():
            self.transport.get_protocol().data_received(rest)  # type: ignore[attr-defined]

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._begun = True
        super().on_message_begin()
        self.scope["state"][PEER] = self.client

    def on_headers_complete(self) -> None:
        if self._too_many_fields:
            raise ValueError("too many fields")  # the application does not see the request
        self._in_head, self._head, self._beside, self._content = False, 0, 0, 0
        self.waiting.has_head(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._content += len(body)
        super().on_body(body)
        if not self.cycle.response_complete:
            self.waiting.has_some(self, len(body))

    def on_message_complete(self) -> None:
        self._in_head, self._begun, self._number = True, False, self._number + 1
        self.waiting.has_all(self)
        super().on_message_complete()
        # The answer may have been sent before the request was complete.
        if self.cycle is not None and self.cycle.response_complete:
            self.waiting.awaits_head(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_head and not self.transport.is_closing():
            self.waiting.awaits_head(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # One for each read: several that arrive together are answered in turn.
        whole, self._whole = self._whole, b""
        if whole and self._early and cycle.keep_alive and (ready := self._early.of(cycle.scope)):
            if whole.endswith(END) and whole.count(END) == 1:
                self._early.keep(whole, cycle.scope)
            cycle.response_started = cycle.response_complete = True
            self._send(ready)
            return
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    # The end of the connection.

    def _abandon(self) -> None:
        """Tell all running and queued requests that the client has gone. uvicorn tells only the newest one."""
        queued = [cycle for cycle, _ in self.pipeline]
        self.pipeline.clear()
        for cycle in (self._running, self.cycle, *queued):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self._running = None

    def too_slow(self) -> None:
        if self._in_head and not self._head:
            self.transport.close()  # no request has begun
            return
        metrics.CUT.inc()
        self.refuse(408, "Request timeout", "the request did not come in full in time")

    def make_room(self) -> None:
        if self.leaving:
            self.transport.abort()
            return
        if self._number == 0 or self.repeatable:
            self._abandon()
            self._answer(503, "Unavailable", "try again in a moment", b"retry-after: 2\r\n")
        self.transport.close()

    def refuse(self, status: int, title: str, detail: str, more: bytes = b"") -> None:
        """Answer with problem+json and close. If the answer would mix with another one, only close."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        pending = cycle is not None and not cycle.response_complete
        # While a body arrives, the cycle belongs to its request. Before that, it belongs to the previous one.
        own = cycle is not None and not self._in_head
        amid = cycle.response_started or bool(self.pipeline) if own else pending
        self._abandon()
        if amid:
            self.transport.close()
            return
        self._answer(status, title, detail, more)
        self.leaving = True
        self.waiting.leaves(self)
        self.transport.write_eof()  # reading goes on, because a TCP reset could overtake the answer

    def _answer(self, status: int, title: str, detail: str, more: bytes = b"") -> None:
        content = json.dumps({"title": title, "status": status, "detail": detail}).encode()
        lines = [STATUS_LINE[status]]
        lines += [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        lines += [
            b"content-type: application/problem+json\r\n",
            b"content-length: %d\r\n" % len(content),
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n",
            b"%sconnection: close\r\n\r\n" % more,
            content,
        ]
        self.transport.write(b"".join(lines))
