"""Requests that are answered before they are parsed get what they would get otherwise."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from desk_client import Editor
from processes import PATIENCE, Server

from liveblog.live.http import PEER
from liveblog.web.cache.early_answers import LONGEST, MOST, EarlyAnswers

DATE = re.compile(rb"^date: [^\r]*\r\n", re.MULTILINE)


class Line:
    """A connection that sends bytes as they are given."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def head(self) -> bytes:
        """The head of the next answer, without its date."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            assert line, "the connection was closed"
            head += line
        return DATE.sub(b"", head)

    def answer(self) -> tuple[bytes, bytes]:
        """The next answer: its head, and its body."""
        head = self.head()
        length = re.search(rb"content-length: (\d+)", head)
        body = self._file.read(int(length[1])) if length and b" 304 " not in head else b""
        return head, body

    def ask(self, data: bytes) -> tuple[bytes, bytes]:
        self.send(data)
        return self.answer()

    @property
    def ended(self) -> bool:
        return self._file.read(1) == b""


@contextmanager
def line(server: Server) -> Iterator[Line]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        yield Line(connection)


def get(path: str, *more: str, method: str = "GET") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: a.example", *more, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("rest", ["", "/events?after=0", "/embed"])
def test_the_same_bytes_get_the_same_answer_until_the_story_changes(
    shared_server: Server, editor: Editor, rest: str
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The name that must not be named.")["id"]
    path = f"/stories/{slug}{rest}"
    with line(shared_server) as one, line(shared_server) as other:
        first = (b"", b"")
        while b"etag:" not in first[0]:  # the first poll of a story reads the log
            first = one.ask(get(path, "X-Not: known"))
        for asked in (
            get(path),
            get(path, "Accept-Encoding: gzip"),
            get(path, "Accept-Encoding: br"),
        ):
            answers = [each.ask(asked) for each in (one, one, other, other)]
            assert len(set(answers)) == 1
            assert answers[0][0].startswith(b"HTTP/1.1 200 OK\r\n")
        assert one.ask(get(path)) == first
        (etag,) = re.findall(rb"etag: (\S+)", first[0])
        known = get(path, f"If-None-Match: {etag.decode()}")
        for _ in range(3):
            head, body = one.ask(known)
            assert head.startswith(b"HTTP/1.1 304 ")
            assert body == b""
        assert b"must not be named" in one.ask(get(path))[1]
        editor.remove(slug, entry, purge=True)
        for asked in (get(path), known):
            head, body = one.ask(asked)
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"must not be named" not in body


def test_requests_that_arrive_together_are_answered_in_their_order(
    shared_server: Server, editor: Editor
) -> None:
    slugs = [editor.story(), editor.story()]
    for slug in slugs:
        editor.post(slug)
    paths = [f"/stories/{slug}" for slug in slugs]
    with line(shared_server) as one:
        alone = [one.ask(get(path)) for path in paths * 2][:2]
        pages = [one.ask(get(path)) for path in paths]
        assert pages == alone
        one.send(get(paths[0]) + get(paths[1]) + get("/livez") + get(paths[0]))
        assert [one.answer() for _ in range(2)] == pages
        assert one.answer()[0].startswith(b"HTTP/1.1 200 ")
        assert one.answer() == pages[0]
        one.send(get(paths[1])[:9])
        one.send(get(paths[1])[9:])
        assert one.answer() == pages[1]
        one.send(get(paths[0], method="HEAD") + get(paths[1]))
        head = one.head()
        assert head == pages[0][0]
        assert one.answer() == pages[1]


def test_what_belongs_to_a_request_is_never_taken_for_the_next_one(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug)
    path = f"/stories/{slug}"
    hidden = get("/livez")
    with_body = get(path, f"Content-Length: {len(hidden)}")
    with line(shared_server) as one:
        page = one.ask(get(path))
        for _ in range(3):
            assert one.ask(with_body) == page
            one.send(hidden)  # the body
            assert one.ask(get(path)) == page
    with line(shared_server) as one:
        head, body = one.ask(get(path, "Connection: close"))
        assert b"connection: close" in head
        assert body == page[1]
        assert one.ended


def test_no_secret_and_no_address_is_kept() -> None:
    class Page:
        def sent(self, first: list[tuple[bytes, bytes]]) -> bytes:
            del first
            return b""

    page = Page()
    asked: list[dict[str, object]] = []

    def find(scope: dict[str, object]) -> Page:
        asked.append(scope)
        return page

    early = EarlyAnswers(find)
    address = ("192.0.2.1", 1)
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "client": address,
             "state": {PEER: address, "parts": None}}  # fmt: skip

    def kept(data: bytes, *names: bytes) -> bool:
        early.keep(data, scope | {"headers": [(name, b"x") for name in names]})
        return early.to(data) is page

    assert kept(b"plain", b"host", b"user-agent")
    assert "192.0.2.1" not in str(asked)
    assert asked[0]["state"] == {"parts": None}
    for name in (b"cookie", b"authorization", b"x-forwarded-for", b"content-length", b"upgrade"):
        assert not kept(name, b"host", name)
    assert not kept(b"x" * (LONGEST + 1), b"host")
    for number in range(MOST):
        assert kept(b"%d" % number, b"host")
    assert early.to(b"plain") is None, "the oldest goes first"


def test_where_an_answer_cannot_be_found_the_application_answers() -> None:
    def fails(_: object) -> None:
        raise KeyError("parts")

    assert EarlyAnswers(fails).of({}) is None
