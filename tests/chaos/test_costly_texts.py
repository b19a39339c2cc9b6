"""What one account sends, however dear, slows nobody else: it is bounded, and waits behind its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx2
import pytest
from desk_client import Editor
from honest import Honest
from processes import NO_TLS, PATIENCE, Server

SIZE = 63 * 1024
AT_ONCE = 8


def filled(unit: str) -> str:
    return (unit * (SIZE // len(unit) + 1))[:SIZE]


def wide_table() -> str:
    return "|a" * 3000 + "|\n" + "|-" * 3000 + "|\n" + ("|a" * 3000 + "|\n") * 7


# The dearest that are accepted, and some that are not.
TEXTS: dict[str, Callable[[], str]] = {
    "headings": lambda: "# a *b*\n" * 7_000,
    "emphasis": lambda: filled("~~a~~ "),
    "a table of 3,000 columns": wide_table,
    "brackets": lambda: filled("["),
    "paragraphs of one letter": lambda: filled("a\n\n"),
}


def drafts(url: str, token: str, slug: str, text: str) -> Iterator[None]:
    """An account that sends drafts of a text, eight at a time."""
    client = httpx2.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
        trust_env=False,
        verify=NO_TLS,
    )

    def send(_: int) -> None:
        answer = client.post(f"/api/stories/{slug}/entries", json={"body": text, "status": "draft"})
        assert answer.status_code in {201, 422, 429}

    def go_on(_: int) -> None:
        for number in count():
            send(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        send(0)
        for _ in range(AT_ONCE):
            threads.submit(go_on, 0)
        while True:
            send(0)
            yield


@pytest.mark.parametrize("text", TEXTS)
async def test_eight_drafts_at_a_time_slow_nobody_else(
    shared_server: Server,
    shared_token: str,
    contributor_token: str,
    editor: Editor,
    text: str,
) -> None:
    slug = editor.story()
    async with Honest(shared_server, shared_token) as honest:
        before, during = await honest.hold_beside(
            drafts, shared_server.url, contributor_token, slug, TEXTS[text]()
        )
    print(text, before, during)


MARKS = "a" + "\u0316\u0301" * 150_000  # to put them in order takes the square of their number
LONG_LISTS: dict[str, tuple[dict[str, object], str]] = {
    "empty labels": ({"labels": [""] * 200_000}, "labels"),
    "numbers for credits": ({"credits": [1] * 200_000}, "credits"),
    "labels": ({"labels": ["a"] * 4_000}, "labels"),
    "some unknown fields": ({f"k{n}": 0 for n in range(300)}, "request"),
    "unknown fields": ({f"k{n}": 0 for n in range(60_000)}, "k4999"),
    "a topic of marks": ({"topics": [MARKS]}, "topics.0"),
}


@pytest.mark.parametrize("what", LONG_LISTS)
def test_what_is_longer_than_any_list_is_not_looked_at(editor: Editor, what: str) -> None:
    fields, name = LONG_LISTS[what]
    answer = editor.http.post(f"/api/stories/{editor.story()}/entries", json={"body": "x"} | fields)
    assert answer.status_code == 422
    assert name in {error["field"] for error in answer.json()["errors"]}
    assert len(answer.content) < 64 * 1024
    assert answer.elapsed.total_seconds() < 2


def test_a_topic_that_nobody_can_have_is_found_by_nobody_at_once(shared_server: Server) -> None:
    asked = f"{shared_server.url}/topics/{'%CC%96%CC%81' * 4_000}"
    answer = httpx2.get(asked, timeout=PATIENCE, trust_env=False, verify=NO_TLS)
    assert answer.status_code in {404, 414}
    assert answer.elapsed.total_seconds() < 2
