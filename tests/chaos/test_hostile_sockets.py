"""Live sockets that say more than readers say: each is sent away, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
from contextlib import suppress
from typing import Any

import pytest
from desk_client import Editor
from desk_forms import Desk
from honest import Honest
from metrics import metric
from processes import PATIENCE, Server
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.attacks import BINARY, FIN, PING, PINGED, TEXT, flood, frame, upgrade

pytestmark = pytest.mark.anyio

CLOSE, PONGED = 8, 10
CHATTER = 1008
PROTOCOL_ERROR = 1002
# Our own page asks as the first does; the second is another spelling of the same, which takes the ordinary way.
WAYS = {"direct": "/stories/{}/live?after=0", "ordinary": "/stories/{}/live?epoch=&after=0"}
# What is said again and again, after what is said first.
FLOODS = {
    "pings": (b"", PING),
    "full pings": (b"", frame(FIN | PINGED, b"x" * 125)),
    "pongs": (b"", frame(FIN | PONGED)),
    "empty fragments": (frame(TEXT), frame(0)),
    "pings amid fragments": (frame(BINARY), frame(0) + PING),
}


def handshake(port: int, path: str, cookie: str = "") -> bytes:
    """The request for a socket, as a page of ours makes it."""
    host = f"127.0.0.1:{port}"
    more = [f"Origin: http://{host}", *([f"Cookie: {cookie}"] if cookie else [])]
    return upgrade(path, host, *more)


def asking(port: int, path: str, cookie: str = "", more: bytes = b"") -> socket.socket:
    """A socket that has asked for an upgrade, and said something more in the same breath."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(handshake(port, path, cookie) + more)
    return connection


def ended(connection: socket.socket) -> int:
    """The code of the close frame that a connection ends with, after the answer to its handshake."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    assert b" 101 " in answer, answer
    with connection.makefile("rb") as frames:
        while True:
            head, size = frames.read(2)
            assert not size & 0x80
            length = {126: 2, 127: 8}.get(size)
            size = int.from_bytes(frames.read(length)) if length else size
            payload = frames.read(size)
            if head & 0xF == CLOSE:
                assert frames.read(1) == b"", "nothing follows a close frame"
                return int(struct.unpack("!H", payload[:2])[0])


@pytest.mark.parametrize("flooding", ["pings", "others"])
@pytest.mark.parametrize("way", WAYS)
async def test_floods_slow_nobody(
    shared_server: Server, shared_token: str, way: str, flooding: str
) -> None:
    says = [FLOODS["pings"]] if flooding == "pings" else list(FLOODS.values())[1:]
    async with Honest(shared_server, shared_token) as honest:
        port, path = shared_server.port, WAYS[way].format(honest.slug)
        await honest.hold_beside(flood, port, handshake(port, path), *says)


@pytest.mark.parametrize("said", FLOODS)
@pytest.mark.parametrize("way", WAYS)
def test_who_says_too_much_is_sent_away(
    shared_server: Server, editor: Editor, way: str, said: str
) -> None:
    first, again = FLOODS[said]
    with asking(shared_server.port, WAYS[way].format(editor.story())) as connection:
        connection.sendall(first + again * 100)
        assert ended(connection) == CHATTER


@pytest.mark.parametrize("way", WAYS)
def test_who_is_sent_away_is_counted(shared_server: Server, editor: Editor, way: str) -> None:
    before = metric(shared_server, "liveblog_connections_cut_total")
    with asking(shared_server.port, WAYS[way].format(editor.story())) as connection:
        connection.sendall(PING * 100)
        assert ended(connection) == CHATTER
    assert metric(shared_server, "liveblog_connections_cut_total") > before


@pytest.mark.parametrize("way", WAYS)
async def test_a_few_pings_are_answered(shared_server: Server, editor: Editor, way: str) -> None:
    slug = editor.story()
    address = shared_server.ws + WAYS[way].format(slug)
    async with asyncio.timeout(PATIENCE), connect(address, proxy=None, compression=None) as reader:
        assert json.loads(await reader.recv())["type"] == "hello"
        for _ in range(5):
            await (await reader.ping())
        editor.post(slug)
        assert json.loads(await reader.recv())["seq"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_a_byte_at_a_time_counts(
    shared_server: Server, editor: Editor, way: str
) -> None:
    with asking(shared_server.port, WAYS[way].format(editor.story())) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = 0
        with suppress(OSError):
            for byte in itertools.cycle(frame(FIN | PINGED, b"x" * 125)):
                connection.sendall(bytes([byte]))
                sent += 1
                if sent > 11 * 131:
                    break
        assert ended(connection) == CHATTER


@pytest.mark.parametrize("way", WAYS)
def test_frames_before_the_handshake_is_answered_come_after_it_or_never(
    shared_server: Server, editor: Editor, way: str
) -> None:
    slug = editor.story()
    with asking(shared_server.port, WAYS[way].format(slug), more=PING * 5) as connection:
        assert connection.recv(1) == b"H", "the answer to the handshake is the first"
    with asking(shared_server.port, WAYS[way].format(slug), more=PING * 1000) as connection:
        connection.sendall(PING * 1000)
        with suppress(ConnectionResetError):
            assert ended(connection) in {CHATTER, PROTOCOL_ERROR}


@pytest.mark.parametrize("way", WAYS)
def test_a_handshake_with_long_headers_is_answered(
    shared_server: Server, editor: Editor, way: str
) -> None:
    slug = editor.story()
    cookie = "x=" + "y" * 20_000
    with asking(shared_server.port, WAYS[way].format(slug), cookie) as connection:
        status = {"direct": b"101", "ordinary": b"431"}[way]
        assert connection.recv(65_536).startswith(b"HTTP/1.1 " + status)
        if way == "ordinary":
            while connection.recv(65_536):  # and closed
                pass
    with asking(shared_server.port, WAYS[way].format(slug) + "&x=" + "y" * 20_000) as connection:
        assert connection.recv(65_536).startswith(b"HTTP/1.1 414 ")


async def test_a_signed_in_flood_slows_nobody(
    shared_server: Server, shared_token: str, contributors_desk: Desk
) -> None:
    cookie = cookie_of(contributors_desk)
    alive = frame(FIN | TEXT, b'{"type":"alive"}')
    async with Honest(shared_server, shared_token) as honest:
        port, path = shared_server.port, f"/desk/stories/{honest.slug}/live"
        await honest.hold_beside(
            flood, port, handshake(port, path, cookie), *FLOODS.values(), (b"", alive)
        )


async def test_who_changes_what_they_edit_again_and_again_is_told_of_a_few_times(
    shared_server: Server, editor: Editor, contributors_desk: Desk, desk: Desk
) -> None:
    slug = editor.story()
    entries = [editor.post(slug)["id"] for _ in range(3)]
    async with (
        asyncio.timeout(PATIENCE),
        connect(**at_the_desk(shared_server, desk, slug)) as other,
        connect(**at_the_desk(shared_server, contributors_desk, slug)) as restless,
    ):
        me = (await frame_of(restless, "hello"))["you"]
        for edited in [*entries[:2] * 14, entries[2]]:  # as many as are taken
            await restless.send(json.dumps({"type": "editing", "entry": edited}))
        begun, told, edits = asyncio.get_running_loop().time(), 0, [None]
        while edits[-1] != entries[2]:  # the last word counts
            here = (await frame_of(other, "presence"))["here"]
            told += 1
            edits += [one["entry"] for one in here if one["id"] == me]
        seconds = asyncio.get_running_loop().time() - begun
        assert told <= 5 + seconds * 5


def at_the_desk(server: Server, desk: Desk, slug: str) -> dict[str, Any]:
    """What a page of the desk connects with."""
    return {
        "uri": f"{server.ws}/desk/stories/{slug}/live",
        "additional_headers": {"Cookie": cookie_of(desk)},
        "origin": server.url,
        "proxy": None,
        "compression": None,
    }


def cookie_of(desk: Desk) -> str:
    return "; ".join(f"{name}={value}" for name, value in desk.http.cookies.items())


async def frame_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["type"] == kind:
            return frame
