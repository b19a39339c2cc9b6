"""Requests that never end, straight to the server: bounded in size and time, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import selectors
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import Mock

import pytest
from desk_client import Editor, add_token
from honest import Honest
from metrics import metric
from processes import PATIENCE, Server
from uvicorn.config import Config
from uvicorn.server import ServerState

from benchmarks.attacks import START, endless, upgrade
from liveblog.live.connections import CONNECTIONS, Connections
from liveblog.live.http import BoundedHttp

pytestmark = pytest.mark.anyio

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
CHUNKED = b"POST /desk/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
# What a request begins with, and what comes again and again.
ENDLESS = {
    "header": (START + b"X-Long: ", b"x"),
    "name of a header": (START + b"X", b"x"),
    "request line": (b"GET /", b"x"),
    "headers": (START, b"X: " + b"x" * 997 + b"\r\n"),
    "tiny headers": (START, b"a:\r\n"),
    "folded header": (START + b"X: y", b"\r\n y"),
    "empty lines": (b"", b"\r\n"),
    "chunk extension": (CHUNKED + b"1;", b"x"),
    "chunk extensions": (CHUNKED, b"1;x=yyyyyyyyyyyyyy\r\nx\r\n"),
    "trailer": (CHUNKED + b"0\r\nX: ", b"x"),
    "trailers": (CHUNKED + b"0\r\n", b"x: y\r\n"),
    "requests at once": (b"", START + b"\r\n"),
}
# Closed without a word, for an answer is under way already; or refused, by the parser or at the limit.
OTHERWISE = {"requests at once", "folded header", "empty lines"}


@dataclass
class Answer:
    status: int
    head: bytes
    problem: dict[str, object]


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def rest(connection: socket.socket) -> bytes:
    """All that is answered until the server closes."""
    answer = b""
    with suppress(ConnectionResetError):
        while some := connection.recv(65_536):
            answer += some
    return answer


def whole_answer(connection: socket.socket) -> bytes:
    """One answer with a `Content-Length`, on a connection that stays open."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65_536)
    head, _, content = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(content) < length:
        content += connection.recv(65_536)
    return head + b"\r\n\r\n" + content


def as_problem(answer: bytes) -> Answer:
    head, _, content = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head, answer[:500]
    assert b"connection: close" in head
    return Answer(int(head.split()[1]), head, json.loads(content))


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_never_ends_is_refused(shared_server: Server, kind: str) -> None:
    first, again = ENDLESS[kind]
    with connect(shared_server) as connection:
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            send_without_end(connection, first, again)
        said = rest(connection)
    if kind not in OTHERWISE:
        answer = as_problem(said)
        assert answer.status == 431
        assert answer.problem["status"] == 431
        assert "64 KiB" in str(answer.problem["detail"])


def send_without_end(connection: socket.socket, first: bytes, again: bytes) -> None:
    """Until the server has closed. Raises `OSError`."""
    connection.sendall(first)
    for _ in range(10_000):
        connection.sendall(again * (65_536 // len(again)))


def test_headers_of_just_the_limit_are_taken(shared_server: Server) -> None:
    end = b"\r\nConnection: close\r\n\r\n"
    for size, status in ((HEAD_BYTES - 1, 200), (HEAD_BYTES + 1, 431)):
        with connect(shared_server) as connection:
            head = START + b"X: "
            connection.sendall(head + b"x" * (size - len(head) - len(end)) + end)
            assert rest(connection).startswith(b"HTTP/1.1 %d " % status)
    for fields, status in ((100, 200), (129, 431)):
        with connect(shared_server) as connection:
            connection.sendall(START + b"x: y\r\n" * (fields - 2) + end[2:])
            assert rest(connection).startswith(b"HTTP/1.1 %d " % status)


def test_a_body_does_not_count_as_headers(editor: Editor) -> None:
    """Also of one that goes on with the next request on the same connection."""
    path = f"/api/stories/{editor.story()}/entries"
    body = json.dumps({"body": "word " * 12_000}).encode()
    assert len(body) < HEAD_BYTES
    for _ in range(5):
        assert editor.http.post(path, content=body + b" " * 100_000).status_code == 201


def test_what_is_no_http_gets_a_problem(shared_server: Server) -> None:
    with connect(shared_server) as connection:
        connection.sendall(b"\x16\x03\x01 this is TLS\r\n\r\n")
        assert as_problem(rest(connection)).status == 400


@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept alive"])
def test_headers_have_a_time(shared_server: Server, kept: bool) -> None:
    with connect(shared_server) as connection:
        if kept:
            connection.sendall(START + b"\r\n")
            assert whole_answer(connection).startswith(b"HTTP/1.1 200 ")
        begun = time.monotonic()
        connection.sendall(START)
        connection.settimeout(0.5)
        answer = b""
        while not answer:  # a header every half second, without end
            with suppress(TimeoutError):
                answer = connection.recv(65_536)
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b"X: y\r\n")
        assert HEAD_SECONDS - 1 < time.monotonic() - begun < HEAD_SECONDS + 15
        assert as_problem(answer).status == 408


def test_who_asks_nothing_is_closed(shared_server: Server) -> None:
    with connect(shared_server) as connection:
        begun = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - begun > HEAD_SECONDS - 1


def slow(port: int, many: int) -> Iterator[None]:
    """Many connections that send a byte at a time, those that are closed replaced by others."""
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())

        def another() -> None:
            one = socket.create_connection(("127.0.0.1", port), timeout=5)
            one.setblocking(False)
            one.send(START + b"X-Slow: ")
            selector.register(one, selectors.EVENT_READ)

        for _ in range(many):
            another()
        yield
        while True:
            for key in list(selector.get_map().values()):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                try:
                    one.send(b"x")
                    gone = bool(selector.select(0)) and not one.recv(4096)
                except BlockingIOError:
                    gone = False
                except OSError:
                    gone = True
                if gone:
                    selector.unregister(one)
                    one.close()
                    another()
            yield


@pytest.mark.parametrize("kind", ["header", "tiny headers", "chunk extensions", "requests at once"])
async def test_what_never_ends_slows_nobody(
    shared_server: Server, shared_token: str, kind: str
) -> None:
    async with Honest(shared_server, shared_token) as honest:
        await honest.hold_beside(endless, shared_server.port, *ENDLESS[kind])


async def test_slow_headers_slow_nobody(shared_server: Server, shared_token: str) -> None:
    async with Honest(shared_server, shared_token) as honest:
        await honest.hold_beside(slow, shared_server.port, 300)


def test_only_who_is_late_with_a_request_is_counted(shared_server: Server) -> None:
    """Not who has asked nothing, or nothing more: so ends every connection that is kept alive."""
    name = "liveblog_connections_cut_total"
    before = metric(shared_server, name)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(shared_server)) for _ in range(3)]
        for one, said in zip(opened, (b"", START + b"\r\n", START), strict=True):
            one.sendall(said)
        for one in opened:
            rest(one)
    assert metric(shared_server, name) == before + 1


@pytest.mark.parametrize("behind", ["nonsense", "fields", "upgrade"])
def test_what_is_behind_a_request_is_not_answered_before_it(
    shared_server: Server, editor: Editor, behind: str
) -> None:
    second = {
        "nonsense": b"\x16\x03\x01 this is TLS\r\n\r\n",
        "fields": START + b"x: y\r\n" * 129 + b"\r\n",
        "upgrade": upgrade(f"/stories/{editor.story()}/live?after=0"),
    }[behind]
    with connect(shared_server) as connection:
        connection.sendall(START + b"\r\n" + second)
        assert rest(connection) == b""


def test_an_upgrade_where_no_reader_has_room_is_not_answered_before_what_is_before_it(
    tmp_path: Path,
) -> None:
    with Server(tmp_path, LIVEBLOG_MAX_READERS="1") as server:
        with closing(Editor(server.url, add_token(server.env))) as editor:
            asked = upgrade(f"/stories/{editor.story()}/live?after=0")
        with connect(server) as reader, connect(server) as connection:
            reader.sendall(asked)
            assert reader.recv(65_536).startswith(b"HTTP/1.1 101 ")
            connection.sendall(START + b"\r\n" + asked)
            assert rest(connection) == b""
        with connect(server) as reader, connect(server) as connection:
            reader.sendall(asked)
            assert reader.recv(65_536).startswith(b"HTTP/1.1 101 ")
            connection.sendall(asked)
            assert rest(connection).startswith(b"HTTP/1.1 503 ")


def test_a_request_that_offers_another_protocol_is_answered(shared_server: Server) -> None:
    offer = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    with connect(shared_server) as connection:
        connection.sendall(START + offer)
        assert whole_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_who_goes_amid_several_requests_leaves_no_traceback(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    for _ in range(8):
        editor.post(slug, "word " * 12_000)
    asked = f"GET /stories/{slug}/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    before = shared_server.said().count("Traceback")
    for _ in range(20):
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.connect(("127.0.0.1", shared_server.port))
            connection.sendall(asked * 6)
            connection.recv(1)
            editor.head(slug)
    editor.head(slug)
    assert shared_server.said().count("Traceback") == before


def test_of_the_headers_behind_a_body_only_a_piece_is_parsed() -> None:
    """However much of them comes in one read."""
    with closing(asyncio.new_event_loop()) as loop:
        config = Config(nothing)
        state = {CONNECTIONS: Connections(10)}
        protocol = BoundedHttp(config, ServerState(), state, _loop=loop)
        protocol.connection_made(Mock(**{"is_closing.return_value": False}))
        asked = b"POST /desk/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"
        protocol.data_received(asked)
        protocol.cycle.response_complete = True
        protocol.data_received(b"x" + START + b"a:\r\n" * 62_000)
        assert protocol.leaving
        assert len(protocol.headers) < 128 + 8192 / 4
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))


async def nothing(scope: object, receive: object, send: object) -> None:
    """An application."""


def test_the_bytes_of_headers_behind_a_request_count(shared_server: Server) -> None:
    """Of those that came in one read with its end."""
    for size, accepted in ((HEAD_BYTES - 1, True), (HEAD_BYTES + 1, False)):
        end = b"\r\nConnection: close\r\n\r\n"
        head = START + b"X: "
        with connect(shared_server) as connection:
            first = b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
            connection.sendall(first)
            connection.sendall(b"\r\n\r\n" + head + b"x" * (size - len(head) - len(end)) + end)
            said = rest(connection)
        assert (said.count(b"HTTP/1.1 ") == 2 and b"HTTP/1.1 200 " in said) is accepted
