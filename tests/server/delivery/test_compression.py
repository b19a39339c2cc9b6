"""Frames for readers who offer compression (RFC 7692): the same events, in less than half of the bytes."""

from __future__ import annotations

import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from desk_client import Editor
from processes import PATIENCE, Server
from socket_frames import CLOSE, PING, TEXT, frame
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from liveblog.live.deflate import agreed

pytestmark = pytest.mark.anyio

OFFER = "permessage-deflate; client_max_window_bits"  # as browsers make it
ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
BODY = (
    "Ukrainian soldiers hold the ring road, two residents of Saltivka said. The photographer saw three "
    "burnt-out vehicles at the crossing, and nobody near them. The claim that the bridge fell is not confirmed. "
)


class Raw:
    """A socket after its handshake, and the bytes of its frames as they came."""

    def __init__(self, connection: socket.socket, head: bytes) -> None:
        self.socket = connection
        self.head = head.decode().lower()
        self._stream = connection.makefile("rb")

    def close(self) -> None:
        self._stream.close()

    def frame(self) -> tuple[int, bytes]:
        """The first byte of the next frame, and its payload as it came."""
        first, second = self._stream.read(2)
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(self._stream.read(2), "big")
        elif length == 127:
            length = int.from_bytes(self._stream.read(8), "big")
        return first, self._stream.read(length)

    def events(self, count: int) -> tuple[list[str], int]:
        """The texts of the next events, and the bytes of their payloads."""
        texts: list[str] = []
        size = 0
        while len(texts) < count:
            first, payload = self.frame()
            if first & 0x0F == PING:
                continue
            whole = payload
            if first & 0x40:
                # Each frame by itself: no context of the frames before.
                whole = zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")
            if json.loads(whole)["type"] == "event":
                texts.append(whole.decode())
                size += len(payload)
        return texts, size


@contextmanager
def raw(server: Server, slug: str, offer: str | None, after: int = 0) -> Iterator[Raw]:
    offers = offer.split(" / ") if offer else []
    line = "".join(f"Sec-WebSocket-Extensions: {one}\r\n" for one in offers)
    request = (
        f"GET /stories/{slug}/live?after={after} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{line}\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(request.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        reader = Raw(connection, head)
        yield reader
        reader.close()


def test_the_same_events_come_in_less_than_half_of_the_bytes(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    with raw(shared_server, slug, OFFER) as packed, raw(shared_server, slug, None) as plain:
        assert f"sec-websocket-extensions: {ANSWER}\r\n" in packed.head
        assert "extensions" not in plain.head
        for number in range(6):
            editor.post(slug, f"{BODY * 2} No. {number}", headline="العنوان ✓", key=number == 3)
        texts, size = plain.events(6)
        same, less = packed.events(6)
        assert same == texts
        assert less <= 0.45 * size
    # Who comes back gets the same, too.
    with raw(shared_server, slug, OFFER, after=2) as late:
        again, size = late.events(4)
        assert again == texts[2:]
        assert size < less


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (OFFER, ANSWER),
        ("permessage-deflate", ANSWER),
        ("permessage-deflate; server_max_window_bits=15", f"{ANSWER}; server_max_window_bits=15"),
        ("permessage-deflate; server_max_window_bits=10", None),
        ("permessage-deflate; server_max_window_bits=10, permessage-deflate", ANSWER),
        ("permessage-deflate; client_max_window_bits=9", f"{ANSWER}; client_max_window_bits=9"),
        ("x-webkit-deflate-frame", None),
        ("permessage-deflate; nonsense=1", None),
        ("permessage-deflate; server_max_window_bits=x", None),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", None),
        (";;;", None),
        ("permessage-bzip2, permessage-deflate", ANSWER),
    ],
)
def test_an_offer_is_taken_or_declined(offer: str, answer: str | None) -> None:
    assert agreed(offer) == answer


def test_who_wants_a_smaller_window_gets_plain_frames(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    small = "permessage-deflate; server_max_window_bits=9"
    with raw(shared_server, slug, small) as reader:
        assert "extensions" not in reader.head
        editor.post(slug, BODY)
        first, payload = reader.frame()
        while b'"event"' not in payload:
            first, payload = reader.frame()
        assert first == 0x80 | TEXT


def test_offers_may_come_on_several_lines_and_events_may_be_long(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    with (
        raw(shared_server, slug, f"x-other / {OFFER}") as packed,
        raw(shared_server, slug, None) as plain,
    ):
        assert f"sec-websocket-extensions: {ANSWER}\r\n" in packed.head
        editor.post(
            slug, "".join(f"{BODY} No. {n}\n\n" for n in range(300))
        )  # over 64 KiB as a frame
        texts, size = plain.events(1)
        same, less = packed.events(1)
        assert same == texts
        assert less < 0.45 * size
        assert size > 65536


def test_what_a_reader_compresses_ends_the_connection(
    shared_server: Server, editor: Editor
) -> None:
    with raw(shared_server, editor.story(), OFFER) as reader:
        reader.socket.sendall(frame(TEXT, b"\x01\x02", rsv=4))
        first, payload = reader.frame()
        while first & 0x0F != CLOSE:
            first, payload = reader.frame()
        assert int.from_bytes(payload[:2], "big") == 1002


async def test_a_client_library_reads_them(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    address = f"{shared_server.ws}/stories/{slug}/live?after=0"
    takes = [ClientPerMessageDeflateFactory(client_max_window_bits=True)]
    async with connect(address, proxy=None, compression=None, extensions=takes) as reader:
        assert json.loads(await reader.recv())["type"] == "hello"
        for number in range(3):
            editor.post(slug, f"{BODY} No. {number}")
        bodies: list[str] = []
        while len(bodies) < 3:
            said = json.loads(await reader.recv())
            if said["type"] == "event":
                bodies.append(said["html"])
        assert [f"No. {number}" in body for number, body in enumerate(bodies)] == [True] * 3
