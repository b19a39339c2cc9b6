"""RFC 6455 at the live socket, after the cases of the Autobahn test suite that concern a server which
takes no messages: framing, pings, reserved bits and opcodes, fragments, closing, limits.

The suite itself runs on Python 2 only. Its numbers stand beside the cases. Cases in which a message is
echoed (1.*, 6.*, 9.*, 12.*, 13.*) have no counterpart: whoever sends a message is closed with 1008.
"""

from __future__ import annotations

import itertools
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from desk_client import Editor
from processes import PATIENCE, Server
from socket_frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake
from websockets.http11 import Request
from websockets.server import ServerProtocol

from liveblog.live.protocol import accept_of


def close(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


class Client:
    """A bare socket that has shaken hands and had its hello."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._stream = connection.makefile("rb")
        while self._stream.readline() != b"\r\n":
            pass
        opcode, payload = self._frame()
        assert (opcode, json.loads(payload)["type"]) == (TEXT, "hello")

    def receive(self) -> tuple[int, bytes]:
        """The next frame as `(opcode, payload)`, but for heartbeats; `(0, b"")` at the end of the connection."""
        while True:
            opcode, payload = self._frame()
            if opcode != PING and not payload.startswith(b'{"type":"head"'):
                return opcode, payload

    def _frame(self) -> tuple[int, bytes]:
        head = self._stream.read(2)
        if len(head) < 2:
            return 0, b""
        length = head[1]
        if length == 126:
            length = struct.unpack("!H", self._stream.read(2))[0]
        return head[0] & 15, self._stream.read(length)

    def ended_with(self) -> int | None:
        """The close code that comes next; None where the connection ends without one."""
        opcode, payload = self.receive()
        if opcode == 0:
            return None
        assert opcode == CLOSE, f"{opcode}: {payload!r}"
        return int.from_bytes(payload[:2], "big") if payload else 1005


@pytest.fixture(scope="module")
def slug(shared_server: Server, shared_token: str) -> str:
    client = Editor(shared_server.url, shared_token)
    made = client.story()
    client.close()
    return made


@contextmanager
def connected(server: Server, slug: str) -> Iterator[Client]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(
            f"GET /stories/{slug}/live HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        yield Client(connection)


@pytest.mark.parametrize(
    "payload", [b"", b"hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125], ids=len
)
def test_a_ping_is_answered_with_its_payload(
    live_server: Server, slug: str, payload: bytes
) -> None:  # 2.1 to 2.4
    with connected(live_server, slug) as client:
        client.socket.sendall(frame(PING, payload))
        assert client.receive() == (PONG, payload)


def test_a_ping_may_come_a_byte_at_a_time(live_server: Server, slug: str) -> None:  # 2.6
    with connected(live_server, slug) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(PING, b"slowly"):
            client.socket.sendall(bytes([byte]))
        assert client.receive() == (PONG, b"slowly")


def test_a_pong_that_nobody_asked_for_is_let_pass(
    live_server: Server, slug: str
) -> None:  # 2.7-2.9
    with connected(live_server, slug) as client:
        client.socket.sendall(frame(PONG) + frame(PONG, b"unasked") + frame(PING, b"after"))
        assert client.receive() == (PONG, b"after")


def test_ten_pings_are_answered_in_their_order(
    live_server: Server, slug: str
) -> None:  # 2.10, 2.11
    with connected(live_server, slug) as client:
        client.socket.sendall(b"".join(frame(PING, f"{n}".encode()) for n in range(10)))
        assert [client.receive() for _ in range(10)] == [(PONG, f"{n}".encode()) for n in range(10)]


WRONG = {
    "2.5 a ping over 125 bytes": frame(PING, b"x" * 126),
    **{f"3.{rsv} reserved bits {rsv}": frame(PING, b"x", rsv=rsv) for rsv in range(1, 8)},
    **{f"4.* reserved opcode {code}": frame(code) for code in (*range(3, 8), *range(11, 16))},
    "5.1 a fragmented ping": frame(PING, b"x", fin=False),
    "5.9 a continuation of nothing": frame(0, b"x"),
    "7.3.2 a close of one byte": frame(CLOSE, b"\x03"),
    "7.3.6 a close over 125 bytes": frame(CLOSE, b"\x03\xe8" + b"x" * 124),
    **{
        f"7.9.* close code {code}": close(code)
        for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535)
    },
    "an unmasked frame": frame(PING, b"x", masked=False),
}


@pytest.mark.parametrize("sent", WRONG.values(), ids=WRONG)
def test_what_breaks_the_protocol_ends_with_1002(
    live_server: Server, slug: str, sent: bytes
) -> None:
    with connected(live_server, slug) as client:
        client.socket.sendall(sent)
        assert client.ended_with() == 1002


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
)
def test_a_close_is_answered_with_its_code(
    live_server: Server, slug: str, code: int
) -> None:  # 7.1.1, 7.3.3 to 7.3.5, 7.7.*
    with connected(live_server, slug) as client:
        client.socket.sendall(close(code, b"a reason") + frame(PING, b"too late"))  # 7.1.3
        assert client.ended_with() == code
        assert client.receive() == (0, b"")


def test_a_close_without_a_code_is_answered(live_server: Server, slug: str) -> None:  # 7.3.1
    with connected(live_server, slug) as client:
        client.socket.sendall(frame(CLOSE))
        assert client.ended_with() in {1000, 1005}


def test_a_close_whose_reason_is_no_text_ends_with_1007(live_server: Server, slug: str) -> None:
    with connected(live_server, slug) as client:  # 7.5.1
        client.socket.sendall(
            close(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80")
        )
        assert client.ended_with() == 1007


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"hello"), 1008),
        (frame(BINARY, b"\x00"), 1008),
        (frame(TEXT, b"x" * 4097), 1009),
        (frame(BINARY, b"x" * 70_000), 1009),
    ],
    ids=["text", "binary", "over 4 KiB", "with a long length"],
)
def test_a_message_is_not_taken(live_server: Server, slug: str, sent: bytes, code: int) -> None:
    with connected(live_server, slug) as client:
        with suppress(ConnectionError):  # it may be sent away in the middle of it
            client.socket.sendall(sent)
        assert client.ended_with() == code


SOUND = {
    b"connection": (b"Upgrade", b"keep-alive, Upgrade", b"close", b"Upgrade, ", b""),
    b"upgrade": (b"websocket", b"WebSocket", b"websocket, h2c", b"h2c"),
    b"sec-websocket-version": (b"13", b"013", b"8"),
    b"sec-websocket-key": (b"AAAAAAAAAAAAAAAAAAAAAA==", b"AAAAAAAAAAAAAAAAAAAAAA=", b"AAAA", b"\xff" * 24),
    b"origin": (b"https://a.example",),
}  # fmt: skip


def _read_by_websockets(method: str, headers: list[tuple[bytes, bytes]]) -> str | None:
    read = Headers()
    for name, value in headers:
        read[name.decode("latin-1")] = value.decode("latin-1")
    try:
        return ServerProtocol().process_request(Request("/", read, method))[0]
    except InvalidHandshake:
        return None


def test_every_handshake_is_answered_as_websockets_would() -> None:
    answers = []
    choices = [
        [
            [],
            *([(name, value)] for value in values),
            [(name, values[0])] * 2,
            [(name, values[0]), (name, values[-1])],
        ]
        for name, values in SOUND.items()
    ]
    for chosen in itertools.product(*choices):
        headers = [(b"host", b"a.example"), *itertools.chain(*chosen)]
        for method in ("GET", "POST") if len(headers) == 6 else ("GET",):
            answers.append(accept_of(method, headers))
            assert answers[-1] == _read_by_websockets(method, headers), headers
    assert any(answers)
    assert not all(answers)
