"""Readers who poll: a story's feed answers them, from memory, with the same events as its log."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from desk_client import Editor, add_token
from metrics import metric
from processes import NO_TLS, PATIENCE, Server, until

pytestmark = pytest.mark.anyio

READS = "liveblog_log_reads_total"
SECRET = "the name that must not be named"


def poll(server: Server, slug: str, place: str, **headers: str) -> httpx2.Response:
    url = f"{server.url}/stories/{slug}/events?{place}"
    return httpx2.get(url, headers=headers, trust_env=False, verify=NO_TLS, timeout=PATIENCE)


def open_feed(server: Server, slug: str) -> None:
    """As a reader of the page does."""
    page = httpx2.get(f"{server.url}/stories/{slug}", trust_env=False, verify=NO_TLS)
    assert page.status_code == 200


def events(answer: httpx2.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


def test_who_polls_reads_no_database(live_server: Server, editor: Editor) -> None:
    slug = editor.story()
    for number in range(30):
        editor.post(slug, f"Number {number}")
    open_feed(live_server, slug)
    first = poll(live_server, slug, "after=0")
    assert [event["seq"] for event in events(first)] == list(range(1, 31))
    epoch = first.json()["epoch"]
    editor.post(slug, "The newest")
    before = metric(live_server, READS)
    for place in ("after=31", f"after=31&epoch={epoch}", "after=30", "after=25", "after=3", ""):
        for _ in range(3):
            answer = poll(live_server, slug, place)
            assert answer.status_code == 200
            assert answer.json()["head"] == 31
    assert metric(live_server, READS) == before


def test_the_feed_answers_as_the_log_does(pair: tuple[Server, Server]) -> None:
    """The first process has the events in its feed's ring; the second one has no feed, and reads the log."""
    a, b = pair
    editor = Editor(a.url, add_token(a.env))
    slug = editor.story()
    open_feed(a, slug)
    for number in range(25):
        editor.post(slug, f"Número {number} ✓", headline="العنوان", key=number % 3 == 0)
    editor.close()
    reads = [metric(server, READS) for server in pair]
    answer = poll(a, slug, "after=3").content
    assert poll(b, slug, "after=3").content == answer
    assert [metric(server, READS) for server in pair] == [reads[0], reads[1] + 1]
    for after in (0, 1, 10, 24, 25):
        assert poll(a, slug, f"after={after}").content == poll(b, slug, f"after={after}").content


async def test_a_story_that_is_polled_again_gets_a_feed(
    live_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug)
    poll(live_server, slug, "after=0")

    def answered_from_memory() -> bool:
        before = metric(live_server, READS)
        return (
            poll(live_server, slug, "after=1").status_code == 200
            and metric(live_server, READS) == before
        )

    await until(answered_from_memory)


@pytest.mark.parametrize("missed", [0, 3, 25])
def test_an_answer_that_has_not_changed_is_not_sent_again(
    live_server: Server, editor: Editor, missed: int
) -> None:
    slug = editor.story()
    open_feed(live_server, slug)
    for _ in range(missed):
        editor.post(slug)
    answer = poll(live_server, slug, "after=0")
    tag = answer.headers.get("etag")
    assert tag or missed > 20  # long answers are made for each
    if tag:
        again = poll(live_server, slug, "after=0", **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        editor.post(slug, "News")
        anew = poll(live_server, slug, "after=0", **{"If-None-Match": tag})
        assert anew.status_code == 200
        assert "News" in events(anew)[-1]["html"]


def test_an_answer_is_compressed_for_who_takes_that(live_server: Server, editor: Editor) -> None:
    slug = editor.story()
    open_feed(live_server, slug)
    for _ in range(5):
        editor.post(slug, "The line is holding, and they could have gone further. " * 9)
    plain = poll(live_server, slug, "after=0", **{"Accept-Encoding": "identity"})
    small = poll(live_server, slug, "after=0", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert small.content == plain.content
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 2


def test_what_was_purged_is_in_no_answer(live_server: Server, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, f"It was {SECRET}.", key=True)
    open_feed(live_server, slug)
    assert SECRET in poll(live_server, slug, "after=0").text
    editor.remove(slug, entry["id"], purge=True)
    for place in ("after=0", "after=1", "after=2", ""):
        assert SECRET not in poll(live_server, slug, place).text


async def test_an_answer_follows_another_process(pair: tuple[Server, Server]) -> None:
    a, b = pair
    editor = Editor(a.url, add_token(a.env))
    slug = editor.story()
    open_feed(b, slug)
    assert events(poll(b, slug, "after=0")) == []
    posted = editor.post(slug, "News")["id"]
    await until(lambda: bool(events(poll(b, slug, "after=0"))))
    assert events(poll(b, slug, "after=0"))[0]["id"] == posted
    editor.close()
