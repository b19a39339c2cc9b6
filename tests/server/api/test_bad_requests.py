"""Requests that cannot be read, come from nobody, are too large, or ask for what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from bad_requests import EDIT, ENTRIES, NEW, REMOVE, TEXT, Bad, Place, a_place
from processes import Server


def raw(name: str, status: int, sent: bytes, detail: str) -> Bad:
    return Bad(f"raw: {name}", status, NEW, sent, {}, detail)


UNREADABLE = [
    raw("nothing", 400, b"", "not valid JSON"),
    raw("no JSON", 400, b"body=text", "not valid JSON"),
    raw("half of it", 400, b'{"body": "x"', "not valid JSON"),
    raw("single quotes", 400, b"{'body': 'x'}", "not valid JSON"),
    raw("two values", 400, b'{"body": "x"} {"body": "y"}', "not valid JSON"),
    raw("not a number", 400, b'{"body": NaN}', "not valid JSON"),
    raw("infinity", 400, b'{"body": -Infinity}', "not valid JSON"),
    raw("deep lists", 400, b"[" * 100_000, "not valid JSON"),
    raw("deep and whole", 400, b'{"body":' + b"[" * 9_999 + b"]" * 9_999 + b"}", "not valid JSON"),
    raw("deep objects", 400, b'{"a":' * 50_000, "not valid JSON"),
    raw("broken UTF-8", 400, b'{"body": "caf\xe9"}', "not valid JSON"),
    raw("cut UTF-8", 400, b'{"body": "\xf0\x9f\x92"}', "not valid JSON"),
    raw("UTF-8 of a surrogate", 400, b'{"body": "\xed\xa0\x80"}', "not valid JSON"),
    raw("overlong UTF-8", 400, b'{"body": "\xc0\xaf"}', "not valid JSON"),
    raw("UTF-16", 400, json.dumps(TEXT).encode("utf-16"), "not valid JSON"),
    raw("lone surrogate", 400, b'{"body": "\\ud800"}', "not valid JSON"),
    raw("swapped surrogates", 400, b'{"body": "\\udc00\\ud800"}', "not valid JSON"),
    raw("control character", 400, b'{"body": "a\x00b"}', "not valid JSON"),
    raw("number of 5,000 digits", 400, b'{"body": ' + b"9" * 5_000 + b"}", "not valid JSON"),
    *[
        Bad(f"raw: {sent!r} for an object", 422, NEW, sent, {"request": "must be a JSON object"})
        for sent in (b"null", b"[]", b'"text"', b"7", b"true")
    ],
    Bad("raw: removal with no JSON", 400, REMOVE, b"purge=1", {}, "not valid JSON"),
]

WHERE_AND_WHEN = [
    Bad("unknown story: read", 404, ("GET", "/api/stories/none"), detail="no story 'none'"),
    Bad("unknown story: change", 404, ("PATCH", "/api/stories/none"), {"title": "T"}, {}, "none"),
    Bad("unknown story: post", 404, ("POST", "/api/stories/none/entries"), TEXT, {}, "none"),
    Bad("unknown story: list", 404, ("GET", "/api/stories/none/entries"), detail="none"),
    Bad("unknown story: events", 404, ("GET", "/stories/none/events?after=0"), detail="none"),
    Bad("unknown entry: read", 404, ("GET", f"{ENTRIES}/none"), detail="no entry 'none'"),
    Bad("unknown entry: edit", 404, ("PATCH", f"{ENTRIES}/none"), {"key": True}, {}, "none"),
    Bad("unknown entry: remove", 404, ("DELETE", f"{ENTRIES}/none"), {}, {}, "none"),
    Bad("unknown entry: history", 404, ("GET", f"{ENTRIES}/none/history"), detail="none"),
    *[
        Bad(f"before={cursor}", 400, ("GET", f"{ENTRIES}?before={cursor}"), None, {"before": "not a cursor"})
        for cursor in ("", "x", "1", "%F0%9F%92%A9", "MjAyNg", "A" * 9_000, "MjAyNi0wMi0wMVQwMDowMDowMCswMDowMHww" + "MDAw" * 3_000,
                       # times without a zone, before all times, and after them; ties that are none
                       "MjAyNi0wMi0wMVQwMDowMDowMHwx", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMHwx",
                       "OTk5OS0xMi0zMVQyMzo1OTo1OS0xNDowMHwx", "MjAyNi0wMi0wMVQwMDowMDowMCswMDowMHw",
                       "MjAyNi0wMi0wMVQwMDowMDowMCswMDowMHwtMQ", "MjAyNi0wMi0wMVQwMDowMDowMCswMDowMHw5OTk5OTk5OTk5OQ")
    ],
    *[
        Bad(f"limit={limit}", 422, ("GET", f"{ENTRIES}?limit={limit}"), None, {"limit": "from 1 to 200"})
        for limit in ("", "0", "-1", "201", "1.5", "many", "1e2", "%D9%A3", "9" * 400)
    ],
    Bad("status=live", 422, ("GET", f"{ENTRIES}?status=draft&status=live"), None, {"status": "draft"}),
    Bad("key=maybe", 422, ("GET", f"{ENTRIES}?key=maybe"), None, {"key": "must be true or false"}),
    *[
        Bad(f"after={after}", 400, ("GET", f"/stories/{{slug}}/events?after={after}"), None, {"after": "sequence number"})
        for after in ("", "-1", "1.0", "one", "%D9%A3", "9" * 30, "0x1", "%20%201")
    ],
    Bad("after beyond the end", 410, ("GET", "/stories/{slug}/events?after=99"), detail="load the page"),
    Bad("another epoch", 410, ("GET", "/stories/{slug}/events?after=0&epoch=x"), detail="load the page"),
    Bad("stale If-Match", 412, EDIT, TEXT, {}, "revision 7", {"If-Match": '"7"'}),
    *[
        Bad(f"If-Match {tag}", 400, EDIT, TEXT, {}, "If-Match", {"If-Match": tag})
        for tag in ("1", '"one"', 'W/"1"', '"1", "2"', '""', '"-1"', "'1'", '"1' + "0" * 30 + '"')
    ],
    Bad("empty Idempotency-Key", 400, NEW, TEXT, {}, "Idempotency-Key", {"Idempotency-Key": ""}),
    Bad("long Idempotency-Key", 400, NEW, TEXT, {}, "1 to 200", {"Idempotency-Key": "x" * 201}),
]  # fmt: skip

ALL = UNREADABLE + WHERE_AND_WHEN


@pytest.fixture(scope="module")
def place(shared_server: Server, shared_token: str) -> Iterator[Place]:
    with a_place(shared_server.url, shared_token) as made:
        yield made


@pytest.mark.parametrize("bad", ALL, ids=[bad.name[:60] for bad in ALL])
def test_a_bad_request_has_its_status_and_its_message_and_nothing_is_stored(
    place: Place, bad: Bad
) -> None:
    place.refuses(bad)
