"""Limits: 64 KiB of text goes through whole, one byte more is refused; so is what is larger still."""

from __future__ import annotations

import json
from collections.abc import Callable

import anyio
import pytest
from bad_requests import check_problem
from desk_client import Editor
from filled_texts import filled
from processes import PATIENCE, Server
from readers import Reader
from selectolax.lexbor import LexborHTMLParser

BODY_BYTES = 64 * 1024
REQUEST_BYTES = 1024 * 1024
WORD = "жук 🪲 ظ "


def letters() -> str:
    return ("Word after word. " * 4096)[: BODY_BYTES - 1] + "!"


def characters_of_several_bytes() -> str:
    text = (WORD * (BODY_BYTES // len(WORD.encode()))).strip()
    return text + "!" * (BODY_BYTES - len(text.encode()))


def characters_that_html_escapes() -> str:
    """Each begins what might be markup, and a text may hold 30,000 such places."""
    return ("R&D, 5 < 6. " * BODY_BYTES)[: BODY_BYTES - 1] + "!"


@pytest.mark.parametrize("ascii_only", [True, False], ids=["JSON escapes", "plain JSON"])
@pytest.mark.parametrize(
    "text", [letters, characters_of_several_bytes, characters_that_html_escapes]
)
async def test_64_kib_of_text_go_through_whole(
    shared_server: Server, editor: Editor, text: Callable[[], str], ascii_only: bool
) -> None:
    body = text()
    assert len(body.encode()) == BODY_BYTES
    slug = editor.story()
    async with Reader(shared_server.ws, slug, after=0) as reader:
        answer = editor.http.post(
            f"/api/stories/{slug}/entries",
            content=json.dumps({"body": body}, ensure_ascii=ascii_only).encode(),
        )
        assert answer.status_code == 201, answer.text[:500]
        entry = answer.json()
        await reader.until(1)
    assert entry["body"] == body
    pushed = reader.events[0]["html"]
    assert pushed == entry["html"]
    page = editor.http.get(f"/stories/{slug}").text
    assert pushed in page
    assert pushed in editor.http.get(f"/stories/{slug}/entries/{entry['id']}").text
    polled = editor.http.get(f"/stories/{slug}/events?after=0").json()["events"]
    assert polled[0]["html"] == pushed
    shown = LexborHTMLParser(page).css_first(f"#b-{entry['id']}")
    assert shown is not None
    assert shown.text().strip() == body


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("text", [letters, characters_of_several_bytes])
def test_one_byte_more_is_refused(editor: Editor, method: str, text: Callable[[], str]) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    path = f"/api/stories/{slug}/entries" + (f"/{entry}" if method == "PATCH" else "")
    answer = editor.http.request(method, path, json={"body": text() + "!"})
    check_problem(
        answer,
        413,
        {"body": "is too long by about 10 characters"},
        "(65537 bytes; at most 65536 are accepted)",
    )
    assert editor.head(slug) == 1


def test_a_request_of_just_the_limit_is_taken(editor: Editor) -> None:
    slug = editor.story()
    path = f"/api/stories/{slug}/entries"
    sent = b'{"body": "Text."}'
    assert editor.http.post(path, content=sent.ljust(REQUEST_BYTES)).status_code == 201
    refused = editor.http.post(path, content=sent.ljust(REQUEST_BYTES + 1))
    check_problem(refused, 413, {}, "limit of 1048576 bytes")
    assert editor.head(slug) == 1


async def test_a_request_that_declares_too_much_is_refused_before_it_is_sent(
    shared_server: Server, shared_token: str, editor: Editor
) -> None:
    slug = editor.story()
    answer = await spoken(shared_server, slug, shared_token, b"Content-Length: 99999999999", b"")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    assert editor.head(slug) == 0


async def test_a_request_without_an_end_is_refused_at_the_limit(
    shared_server: Server, shared_token: str, editor: Editor
) -> None:
    slug = editor.story()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = await spoken(
        shared_server, slug, shared_token, b"Transfer-Encoding: chunked", chunk * 17
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    assert editor.head(slug) == 0


async def test_a_request_that_breaks_off_stores_nothing(
    shared_server: Server, shared_token: str, editor: Editor
) -> None:
    slug = editor.story()
    stream = await anyio.connect_tcp("127.0.0.1", shared_server.port)
    async with stream:
        await stream.send(head(slug, shared_token, b"Content-Length: 99") + b'{"body": "Half')
    assert editor.head(slug) == 0
    editor.post(slug)


def head(slug: str, token: str, length: bytes) -> bytes:
    return (
        (
            f"POST /api/stories/{slug}/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        ).encode()
        + b"Content-Type: application/json\r\n"
        + length
        + b"\r\n\r\n"
    )


async def spoken(server: Server, slug: str, token: str, length: bytes, body: bytes) -> bytes:
    """What the server answers while the request has not come to its end."""
    with anyio.fail_after(PATIENCE):
        stream = await anyio.connect_tcp("127.0.0.1", server.port)
        async with stream:
            await stream.send(head(slug, token, length) + body)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += await stream.receive()
            return answer


REFUSED = {
    "columns": ("|a" * 3000 + "|\n" + "|-" * 3000 + "|\n", "too many columns; at most 50"),
    "cells": ("|a|b|\n|-|-|\n" + "|a|b|\n" * 3_000, "too many cells in tables; at most 5,000"),
    "rows filled up": ("|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "x\n" * 200, "too many cells"),
    "small tables": ("a|b\n-|-\n\n" * 3_000, "too many cells"),
    "paragraphs": ("a\n\n" * 20_000, "too many short lines"),
    "items": ("- a\n" * 10_000, "too many short lines"),
    "lines in quotes": (">>>>>>>>a\n" + "b\n" * 10_000, "too many short lines"),
    "brackets": ("[" * 40_000, "too many marks; at most 30,000"),
    "emphasis": (filled("*a **a "), "too many marks"),
    "references": (
        f"[a]: https://example.org/{'b' * 2_000}\n\n" + "[a] " * 5_000,
        "repeats long addresses",
    ),
    "nesting": ("> " * 30 + "a", "too many lists or quotations in each other; at most 9"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_over_a_limit_is_refused_by_name(editor: Editor, what: str) -> None:
    text, why = REFUSED[what]
    slug = editor.story()
    answer = editor.http.post(f"/api/stories/{slug}/entries", json={"body": text})
    check_problem(answer, 422, {"body": why})
    assert editor.head(slug) == 0
