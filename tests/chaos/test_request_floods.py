"""Requests of too many parts: refused for what they are, early, and without slowing anybody else."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
from bad_requests import check_problem
from desk_client import Editor
from desk_forms import Desk, Page
from honest import Honest
from members import member
from processes import NO_TLS, PATIENCE, Server

from liveblog.web.api.reference import CALLS
from liveblog.web.http.body_limits import KEPT_FORM_BYTES, STRANGERS_FORM_BYTES
from liveblog.web.http.field_limits import MOST_COOKIES, MOST_FIELDS, MOST_PARAMETERS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
MIB = 2**20


@pytest.fixture
def http(shared_server: Server) -> Iterator[httpx2.Client]:
    """Somebody who is not signed in."""
    with httpx2.Client(
        base_url=shared_server.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"&" * STRANGERS_FORM_BYTES, FORM, 400),
        (b"=&" * (STRANGERS_FORM_BYTES // 2), FORM, 400),
        (b"a" * (STRANGERS_FORM_BYTES + 1), FORM, 413),
        (b"&" * 4 * MIB, FORM, 413),
        (b"a=" + b"%" * 1000, FORM, 400),
        (PART * 1001 + b"--x--\r\n", PARTS, 400),
        (PART.replace(b'"a"', b'"a"; filename=""') + b"--x--\r\n", PARTS, 400),
        (b"email=a&password=" + b"%D0%B6" * 10_000, FORM, 403),
        (b"&" * (MOST_FIELDS - 3) + b"email=a&password=b", FORM, 403),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/desk/login", "/desk/invitation"])
def test_a_form_of_a_stranger_is_small(
    http: httpx2.Client, path: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = http.post(path, content=content, headers=headers)
    # Without a link that works, an invitation is not found.
    assert answer.status_code == (404 if status == 403 and "invitation" in path else status)
    assert "text/html" in answer.headers["content-type"]


def test_what_was_typed_is_kept_of_who_is_signed_out(shared_server: Server) -> None:
    """A text as long as one may be, of a browser that was never signed in, and more of one that was."""
    user, desk = member(shared_server, "editor")
    stranger = Desk(shared_server.url)
    path = "/desk/stories/any/entries"
    longest = "ж" * 32 * 1024
    kept = Page(stranger.http.post(path, data={"body": longest}))
    assert kept.one("textarea[name=body]").text().strip() == longest
    more = {"body": "x" * KEPT_FORM_BYTES}
    refused = stranger.http.post(path, data=more)
    assert refused.status_code == 413
    assert "go back here and send it again" in refused.text
    session = desk.http.cookies["liveblog_session"]
    assert desk.http.post("/desk/account/sessions/end").status_code == 200
    ended = Desk(shared_server.url)
    ended.http.cookies.set("liveblog_session", session, domain="127.0.0.1", path="/")
    desk.send(desk.open("/desk").form("/desk/logout"))
    assert (
        Page(ended.http.post(path, data=more)).one("textarea[name=body]").text().strip()
        == more["body"]
    )
    for one in (desk, stranger, ended):
        one.close()
    assert user.email


def test_who_is_signed_in_has_no_endless_form_either(shared_server: Server) -> None:
    _, desk = member(shared_server, "contributor")
    for path in ("/desk/stories/x/entries", "/api/media", "/desk/account/tokens"):
        answer = desk.http.post(path, content=b"&" * MIB, headers=FORM)
        assert answer.status_code == 400
        assert "1000 fields" in answer.text
    desk.close()


@pytest.mark.parametrize("path", ["/", "/desk/login", "/api/stories", "/livez", "/topics/x"])
def test_queries_and_cookies_have_a_bound(http: httpx2.Client, path: str) -> None:
    just = "&".join("a" * (MOST_PARAMETERS))
    assert http.get(f"{path}?{just}").status_code != 400 or path.startswith("/api")
    for query in (just + "&", "&" * 10_000, "a" * 16_385):
        answer = http.get(f"{path}?{query}")
        assert answer.status_code == 400, query[:20]
    answer = http.get(path, headers={"Cookie": ";".join("a" * (MOST_COOKIES + 1))})
    assert answer.status_code == 400
    assert http.get(path, headers={"Cookie": ";".join("a" * MOST_COOKIES)}).status_code != 400


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call.method != "GET"], ids=lambda call: call.name
)
def test_of_a_stranger_no_body_is_read(shared_server: Server, call: object) -> None:
    """The answer comes though the body never does."""
    path = f"/api{call.path}".replace("{slug}", "x").replace("{id}", "e1")  # type: ignore[attr-defined]
    with socket.create_connection(("127.0.0.1", shared_server.port), PATIENCE) as stranger:
        stranger.sendall(
            f"{call.method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n"  # type: ignore[attr-defined]
            "Content-Type: application/json\r\nConnection: close\r\n\r\n".encode()
        )
        assert stranger.recv(65536).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("path", ["/desk/login", "/desk/invitation", "/desk/stories/x/entries"])
def test_who_goes_away_in_the_middle_of_a_form_is_no_fault_of_ours(
    shared_server: Server, http: httpx2.Client, path: str
) -> None:
    before = shared_server.said().count("request failed")
    with socket.create_connection(("127.0.0.1", shared_server.port), PATIENCE) as stranger:
        stranger.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n".encode()
            + b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=a"
        )
        assert http.get("/livez").status_code == 200  # it has been read meanwhile
    for _ in range(3):  # and has ended
        assert http.get("/livez").status_code == 200
    assert shared_server.said().count("request failed") == before


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        (b'{"body": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, None),
        (b'{"body": ' + b'{"a": ' * 100_000, 400, None),
        (b'{"body": "x", "key": ' + b"9" * 100_000 + b"}", 400, None),
        (b'{"body": "x", "key": 1e' + b"9" * 1000 + b"}", 422, None),
        (json.dumps({f"a{n}": 0 for n in range(60_000)}).encode(), 422, "a5000"),
        (b'{"body": "x", "credits": [' + b"{}," * 300_000 + b"{}]}", 422, "credits"),
        (b'{"body": "x", "topics": [' + b'"!",' * 200_000 + b'"!"]}', 422, "topics"),
        (b'{"body": "x", "media": [' + b'{"id": {}},' * 40_000 + b"0]}", 422, "media"),
    ],
)  # fmt: skip
def test_json_of_too_many_parts_is_refused_briefly(
    editor: Editor, sent: bytes, status: int, field: str | None
) -> None:
    slug = editor.story()
    began = time.monotonic()
    answer = editor.http.post(f"/api/stories/{slug}/entries", content=sent)
    assert time.monotonic() - began < PATIENCE / 6
    told = {field: "must not have so many items"} if field else None
    if told is not None or status != 422:
        check_problem(answer, status, told or {})
    assert len(answer.content) < 10_000
    assert editor.head(slug) == 0


def test_of_many_wrong_fields_the_first_are_told(editor: Editor) -> None:
    slug = editor.story()
    sent = {"body": "x"} | {f"a{n}": 0 for n in range(150)}
    answer = editor.http.post(f"/api/stories/{slug}/entries", json=sent)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50


def sending(port: int, head: bytes, body: bytes) -> Iterator[None]:
    """The same request six times at once, again and again; a second is left for it."""
    while True:
        begun = time.monotonic()
        with ExitStack() as opened:
            tries = [
                opened.enter_context(socket.create_connection(("127.0.0.1", port)))
                for _ in range(6)
            ]
            for one in tries:
                one.sendall(
                    b"%b\r\nHost: x\r\nConnection: close\r\n\r\n" % head
                    if not body
                    else b"%b\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                    % (head, len(body))
                )
            for one in tries:
                try:
                    one.sendall(body)
                    while one.recv(65536):
                        pass
                except OSError:
                    continue  # refused while it was sent
        yield
        time.sleep(max(0, begun + 1 - time.monotonic()))


LOGIN = b"POST /desk/login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"
KEPT = b"POST /desk/stories/x/entries HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"
POST = b"POST /api/stories/x/entries HTTP/1.1\r\nContent-Type: application/json"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (LOGIN, b"&" * 4 * MIB),
        (LOGIN, b"&" * STRANGERS_FORM_BYTES),
        (LOGIN, b"email=a&x=" + b"%41" * 20_000),
        (KEPT, b"body=" + b"%41" * 85_000),
        (POST, b"[" * MIB),
        (b"GET /?" + b"&" * 50_000 + b" HTTP/1.1", b""),
        (b"GET /desk/login HTTP/1.1\r\nCookie: " + b"a;" * 25_000, b""),
        (b"GET / HTTP/1.1\r\nAccept-Language: " + b"a," * 25_000, b""),
    ],
    ids=["ampersands", "fewer", "escapes", "kept", "nested", "query", "cookies", "languages"],
)
async def test_nobody_waits_longer(
    shared_server: Server, shared_token: str, head: bytes, body: bytes
) -> None:
    async with Honest(shared_server, shared_token) as honest:
        await honest.hold_beside(sending, shared_server.port, head, body)


async def test_nor_while_a_contributor_sends_much(
    shared_server: Server, shared_token: str, contributor_token: str
) -> None:
    head = f"POST /api/stories/x/entries HTTP/1.1\r\nAuthorization: Bearer {contributor_token}"
    body = b'{"body": "x", "credits": [' + b"{}," * 300_000 + b"{}]}"
    async with Honest(shared_server, shared_token) as honest:
        await honest.hold_beside(sending, shared_server.port, head.encode(), body)
