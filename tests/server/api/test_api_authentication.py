"""Without a valid token nothing is read and nothing is done."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest
from bad_requests import check_problem
from desk_client import Editor
from processes import NO_TLS, PATIENCE, Server


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer lb_wrong",
        "Bearer lb_" + "x" * 5_000,
        "Basic dXNlcjpwYXNz",
        "lb_wrong",
        "Bearer \xff\x80",
        "Bearer ' OR 1=1 --",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/stories"),
        ("POST", "/api/stories"),
        ("GET", "/api/stories/{slug}"),
        ("PATCH", "/api/stories/{slug}"),
        ("GET", "/api/stories/{slug}/entries"),
        ("POST", "/api/stories/{slug}/entries"),
        ("GET", "/api/stories/{slug}/entries/{id}"),
        ("PATCH", "/api/stories/{slug}/entries/{id}"),
        ("DELETE", "/api/stories/{slug}/entries/{id}"),
        ("GET", "/api/stories/{slug}/entries/{id}/history"),
    ],
)
def test_without_a_valid_token_every_call_is_refused(
    strangers_place: tuple[Editor, str, str], method: str, path: str, header: str | None
) -> None:
    editor, slug, entry = strangers_place
    sent = {"title": "T"} if path.endswith("{slug}") else {"body": "Text."}
    with httpx2.Client(
        base_url=editor.http.base_url, timeout=PATIENCE, trust_env=False, verify=NO_TLS
    ) as http:
        answer = http.request(
            method,
            path.format(slug=slug, id=entry),
            content=b"" if method == "GET" else json.dumps(sent).encode(),
            headers=[] if header is None else [(b"Authorization", header.encode("latin-1"))],
        )
    check_problem(answer, 401, {})
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert editor.head(slug) == 1


@pytest.fixture(scope="module")
def strangers_place(shared_server: Server, shared_token: str) -> Iterator[tuple[Editor, str, str]]:
    editor = Editor(shared_server.url, shared_token)
    slug = editor.story()
    yield editor, slug, editor.post(slug)["id"]
    editor.close()
