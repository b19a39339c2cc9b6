"""Each request has an id: in the answer, and in all that the log says of it."""

from __future__ import annotations

import re
import secrets

import httpx2
from chats import inlet
from desk_client import Editor, add_user
from processes import NO_TLS, PATIENCE, Server

HEADER = "x-request-id"
OWN = re.compile("[0-9a-f]{16}")
# As a proxy on this machine sends them, which is believed.
FORWARDED = {"X-Forwarded-For": "198.51.100.7"}


def ids(http: httpx2.Client, path: str, **headers: str) -> str | None:
    return http.get(path, headers=headers).headers.get(HEADER)


def own(found: str | None) -> bool:
    """Whether the server has made an id itself."""
    return found is not None and OWN.fullmatch(found) is not None


def test_every_answer_that_no_cache_keeps_has_an_id_of_its_own(editor: Editor) -> None:
    slug = editor.story()
    found = [ids(editor.http, "/api/stories"), ids(editor.http, "/api/stories"), ids(editor.http, "/desk"),
             ids(editor.http, "/nothing"), ids(editor.http, f"/stories/{slug}/entries?limit=x")]  # fmt: skip
    assert all(map(own, found)), found
    assert len(set(found)) == len(found)
    assert ids(editor.http, f"/stories/{slug}") is None
    assert ids(editor.http, "/feed.atom") is None


def test_a_proxy_that_is_believed_gives_the_id(shared_server: Server) -> None:
    given = f"edge-1.{secrets.token_hex(8)}"
    with httpx2.Client(
        base_url=shared_server.url, trust_env=False, verify=NO_TLS, timeout=PATIENCE
    ) as http:
        assert ids(http, "/nothing", **{HEADER: given}, **FORWARDED) == given
        for wrong in ("short", "x" * 65, "two words", "new\tline", "e/" * 10, ""):
            assert own(ids(http, "/nothing", **{HEADER: wrong}, **FORWARDED))
        assert own(ids(http, "/nothing", **{HEADER: given}))  # a client itself


def test_the_log_names_the_request(shared_server: Server, editor: Editor) -> None:
    email = f"tips-{secrets.token_hex(4)}@example.org"
    add_user(shared_server.env, email, "contributor")
    secret = inlet(shared_server, "telegram", editor.story(), email, "--sender", "2=Somebody")
    given = secrets.token_hex(16)
    answer = editor.http.post(
        "/api/inbound/telegram",
        json={
            "update_id": 1,
            "message": {"message_id": 1, "chat": {"id": 1}, "from": {"id": 1}, "text": "x"},
        },
        headers={"X-Telegram-Bot-Api-Secret-Token": secret, HEADER: given, **FORWARDED},
    )
    assert (answer.status_code, answer.headers[HEADER]) == (200, given)
    lines = [line for line in shared_server.said().splitlines() if given in line]
    assert lines
    assert all(f"request={given}" in line for line in lines)
    assert any("message left out" in line for line in lines)
    # Work that goes on in the background is of no request.
    assert not any(
        "request=" in line for line in shared_server.said().splitlines() if "periodic" in line
    )
