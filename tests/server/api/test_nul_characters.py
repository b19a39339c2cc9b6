"""NUL, which PostgreSQL cannot keep, is refused wherever it is sent, and on every database alike; and what
else no database takes."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import httpx2
import pytest
from desk_client import PASSWORD, Editor, add_user
from desk_forms import Desk
from processes import Server
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

NOW = "2026-02-25T12:00:00+00:00"
ENTRY = "e0123456789abcdef"


@pytest.fixture(params=["shared", "postgres"])
def nul_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    return server


@pytest.fixture
def client(request: pytest.FixtureRequest, nul_server: Server) -> Iterator[httpx2.Client]:
    """With an editor's token."""
    kind = "postgres" if nul_server is not request.getfixturevalue("shared_server") else "shared"
    editor = Editor(nul_server.url, request.getfixturevalue(f"{kind}_token"))
    yield editor.http
    editor.close()


@pytest.fixture
def slug(client: httpx2.Client) -> str:
    slug = f"nul-{secrets.token_hex(4)}"
    answer = client.post("/api/stories", json={"slug": slug, "title": "A story"})
    assert answer.status_code == 201
    return slug


def cursor(tie: str) -> str:
    return urlsafe_b64encode(f"{NOW}|{tie}".encode()).decode().rstrip("=")


def test_a_path_that_holds_it_leads_nowhere(client: httpx2.Client, slug: str) -> None:
    for path in (
        "/stories/%00",
        "/stories/%00/embed",
        "/stories/%00/corrections",
        "/stories/%00/entries",
        "/stories/%00/events?after=0",
        f"/stories/{slug}/entries/%00",
        f"/stories/{slug}%00",
        "/topics/%00",
        "/api/stories/%00",
        f"/api/stories/{slug}/entries/%00",
        f"/api/stories/{slug}/entries/%00/history",
        "/desk/stories/%00",
        "/static/%00/x",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-security-policy"]


def test_a_parameter_that_holds_it_is_named(client: httpx2.Client, slug: str) -> None:
    client.get(f"/stories/{slug}")  # so that its page is ready
    for address, name in (
        (f"/stories/{slug}?topic=%00", "topic"),
        (f"/stories/{slug}?author=a%00", "author"),
        (f"/stories/{slug}?at=%00", "at"),
        (f"/stories/{slug}?utm_source=%00", "utm_source"),
        (f"/stories/{slug}/embed?author=a%00", "author"),
        (f"/stories/{slug}/entries?before={ENTRY}%00", "before"),
        (f"/stories/{slug}/corrections?before=%00", "before"),
        (f"/api/stories/{slug}/entries?topic=%00", "topic"),
        (f"/api/stories/{slug}/entries?before=%00", "before"),
        ("/?category=%00", "category"),
        ("/desk/login?next=%00", "next"),
        ("/?a%00b=1", "a\ufffdb"),
    ):
        answer = client.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 400, address
        assert [error["field"] for error in answer.json()["errors"]] == [name], address


@pytest.mark.parametrize("tie", ["1.\0", "1.a\0", "\0.e0", "1", "1.", f"1.{ENTRY}x", f"x.{ENTRY}"])
def test_a_cursor_that_names_no_entry_is_none(client: httpx2.Client, slug: str, tie: str) -> None:
    client.post(f"/api/stories/{slug}/entries", json={"body": "x", "topics": ["here"]})
    for address in (
        f"/stories/{slug}/corrections",
        "/topics/here",
        f"/api/stories/{slug}/entries",
    ):
        answer = client.get(
            address, params={"before": cursor(tie)}, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 400, address
        assert [error["field"] for error in answer.json()["errors"]] == ["before"]


def test_no_socket_opens_with_it(nul_server: Server) -> None:
    for target, status in (("%00/live", 404), ("none/live?epoch=%00", 400)):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(f"{nul_server.ws}/stories/{target}", proxy=None),
        ):
            pass
        assert refused.value.response.status_code == status


def test_nobody_signs_in_with_it(nul_server: Server) -> None:
    desk = Desk(nul_server.url)
    answer = desk.sign_in("editor\0@example.org", PASSWORD)
    desk.close()
    assert answer.status_code == 403


def test_a_form_that_holds_it_is_answered_and_done_once_or_not_at_all(
    client: httpx2.Client, nul_server: Server, slug: str
) -> None:
    """Whatever names something by an id that is none; and NUL in a text is replaced."""
    entries = f"/api/stories/{slug}/entries"
    entry = client.post(entries, json={"body": "One", "status": "submitted"}).json()["id"]
    here = f"/desk/stories/{slug}"
    posted: list[tuple[str, dict[str, str], int]] = [
        (f"{here}/entries", {"body": "x", "media-0-id": "m\0", "media-0-keep": "1"}, 422),
        (f"{here}/outbox", {"body": "Two\0", "draft": "new.a\0"}, 201),
        (f"{here}/outbox", {"body": "x", "idempotency_key": "\0"}, 400),
        (f"{here}/preview", {"body": "x", "entry": f"{entry}\0"}, 404),
        (f"{here}/bulk", {"action": "key", "entry": "e\0"}, 200),
        (f"{here}/entries/{entry}/verify", {"status": "confirmed", "settled_by": "e\0"}, 422),
        ("/desk/account/tokens", {"label": "a\0"}, 200),
        ("/desk/book/sources", {"kind": "witness", "name": f"{slug}\0", "id": "\0"}, 200),
        (here, {"title": "A\0", "category": "\0", "related": "a\0"}, 422),
    ]
    accepts = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
    add_user(nul_server.env, email := f"{slug}@example.org", "editor")
    desk = Desk(nul_server.url)
    assert desk.sign_in(email).status_code == 303
    for path, form, status in posted:
        answer = desk.http.post(path, data=form, headers=accepts)
        assert answer.status_code == status, (path, form, answer.text)
    desk.close()
    found = client.get(entries, params={"status": ["published", "submitted"]}).json()["entries"]
    assert [one["body"] for one in found] == ["Two\ufffd", "One"]


@pytest.mark.parametrize("charset", ["utf-7", '"UTF-7"', "idna", "utf-8, utf-7"])
def test_a_form_is_in_utf_8(client: httpx2.Client, charset: str) -> None:
    """In other letters it can hold halves of some (here U+D800), or what cannot be read at all."""
    part = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n+2AA-xn--\xff\r\n--x--\r\n'
    for said, status in ((f"; charset={charset}", 400), ('; charset="utf-8"', 403), ("", 403)):
        headers = {"Content-Type": f"multipart/form-data; boundary=x{said}"}
        answer = client.post("/desk/login", content=part, headers=headers)
        assert answer.status_code == status, said
