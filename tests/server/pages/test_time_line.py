"""The time line of a story: its rows, where they lead, and what it costs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from copies import multiply
from desk_client import Editor
from processes import Server
from public_pages import HTML
from selectolax.lexbor import LexborHTMLParser, LexborNode

PAGE_BYTES = 60 * 1024
AT = datetime(2022, 2, 25, 12, 0, tzinfo=UTC)  # 14:00 in Kyiv


def only(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = tree.css_first(selector)
    assert found is not None, selector
    return found


def told(editor: Editor) -> tuple[str, list[str]]:
    """A story of two days with a chapter, and its entries, first to last: 23:50, 14:10, 14:40, 15:00."""
    slug = editor.story(timezone="Europe/Kyiv", title="Two days")
    minutes = (-14 * 60 - 10, 10, 40, 60)
    more: list[dict[str, object]] = [
        {"chapter": "The first night"},
        {"key": True, "headline": "The line is holding", "verification": "confirmed"},
        {"key": True, "headline": "A video", "verification": "retracted"},
        {"chapter": "The waiting"},
    ]
    ids = [
        editor.post(slug, f"At {minute}", publish_at=(AT + timedelta(minutes=minute)).isoformat(), **one)["id"]
        for minute, one in zip(minutes, more, strict=True)
    ]  # fmt: skip
    return slug, ids


def page(editor: Editor, address: str) -> LexborHTMLParser:
    answer = editor.http.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def words(node: LexborNode) -> str:
    return " ".join(node.text().split())


def test_each_hour_has_its_number_its_key_events_and_a_link(editor: Editor) -> None:
    slug, _ = told(editor)
    found = page(editor, f"/stories/{slug}/timeline")
    assert [words(head) for head in found.css(".course h2")] == [
        "Friday, 25 February 2022 3 updates",
        "Thursday, 24 February 2022 1 update",
    ]
    rows = found.css(".course li")
    assert [words(row) for row in rows] == [
        "The waiting",
        "15:00 1 update",
        "The first night",
        "14:00 A video, Retracted, Confirmed, 2 updates",
        "23:00 1 update",
    ]
    assert [g.attributes["data-sure"] for g in rows[3].css("g")] == ["confirmed", "retracted"]
    assert words(found.css(".zone")[0]) == "4 updates, EET"
    assert only(found, "meta[name=robots]").attributes["content"] == "noindex, follow"
    canonical = only(found, "link[rel=canonical]").attributes["href"] or ""
    assert canonical.endswith(f"/stories/{slug}")


@pytest.mark.parametrize(("order", "first"), [("", 2), ("?order=oldest", 1)])
def test_a_row_leads_to_the_entry_from_which_one_reads_on(
    editor: Editor, order: str, first: int
) -> None:
    slug, ids = told(editor)
    rows = page(editor, f"/stories/{slug}/timeline{order}").css(".course li")
    link = next(only(one, "a") for one in rows if words(one).startswith("14:00"))
    answer = editor.http.get(link.attributes["href"] or "", follow_redirects=False)
    kept = "order=oldest&" if order else ""
    assert answer.headers["location"] == f"/stories/{slug}?{kept}at={ids[first]}#{ids[first]}"
    around = page(editor, answer.headers["location"].partition("#")[0])
    assert [one.id for one in around.css("article")] == (ids if order else ids[::-1])
    canonical = only(around, "link[rel=canonical]").attributes["href"] or ""
    assert canonical.endswith(f"/stories/{slug}")


@pytest.mark.parametrize(
    ("at", "index"),
    [
        ("2022-02-25T14:30", 1),  # in Kyiv
        ("2022-02-25T14", 0),
        ("2022-02-25T12:30Z", 1),
        ("1999-01-01T00:00", 0),  # before all: the nearest
        ("2199-01-01T00:00Z", 3),
    ],
)
def test_an_address_leads_to_a_time(editor: Editor, at: str, index: int) -> None:
    slug, ids = told(editor)
    answer = editor.http.get(f"/stories/{slug}?at={at}", follow_redirects=False)
    assert answer.headers["location"] == f"/stories/{slug}?at={ids[index]}#{ids[index]}"
    assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(("order", "beside"), [("", 1), ("&order=oldest", 3)])
def test_an_address_leads_to_an_update_or_to_where_it_stood(
    editor: Editor, order: str, beside: int
) -> None:
    slug, ids = told(editor)
    at = f"{ids[2]},2022-02-25T12:40:00.000000Z"
    address = f"/stories/{slug}?at={at}{order}&pictures=0"
    location = editor.http.get(address, follow_redirects=False).headers["location"]
    assert location.endswith(f"pictures=0&at={ids[2]}#{ids[2]}")
    editor.remove(slug, ids[2])
    location = editor.http.get(address, follow_redirects=False).headers["location"]
    assert location.endswith(f"pictures=0&at={ids[beside]}#{ids[beside]}")


def test_a_time_without_an_update_and_one_that_does_not_exist(editor: Editor) -> None:
    slug = editor.story()
    at = "2022-02-25T14:00"
    answer = editor.http.get(f"/stories/{slug}?at={at}", follow_redirects=False)
    assert answer.headers["location"] == f"/stories/{slug}"
    assert "No updates yet." in editor.http.get(f"/stories/{slug}/timeline", headers=HTML).text
    for wrong in ("2022-02-30T14:00", "2022-02-25T14:00x", "2022-02-25", "25T14"):
        assert editor.http.get(f"/stories/{slug}?at={wrong}").status_code == 404, wrong
    for address in ("timeline", f"?at={at}"):
        there = f"/stories/nothing-here/{address}".replace("/?", "?")
        assert editor.http.get(there).status_code == 404


def test_the_time_line_follows_the_story_and_keeps_nothing_that_was_purged(editor: Editor) -> None:
    slug, ids = told(editor)
    editor.edit(slug, ids[3], chapter=None)
    editor.edit(slug, ids[1], headline="It held", verification="disputed")
    editor.remove(slug, ids[2], purge=True)
    editor.remove(slug, ids[0])
    found = page(editor, f"/stories/{slug}/timeline")
    assert [words(row) for row in found.css(".course li")] == [
        "15:00 1 update",
        "14:00 It held, Disputed, 1 update",
    ]
    first = page(editor, f"/stories/{slug}")
    assert "chapters" not in only(first, "live-blog").attributes
    assert not first.css("[data-chapter]")


def test_each_entry_names_its_day_in_the_storys_zone_and_the_page_its_chapters(
    editor: Editor,
) -> None:
    """Headings depend on neighbours, so scripts draw them: the HTML of an entry is the same everywhere."""
    slug, ids = told(editor)
    tree = page(editor, f"/stories/{slug}")
    days = [only(article, ".when").attributes["data-day"] for article in tree.css("article")]
    assert days == ["Friday, 25 February 2022"] * 3 + ["Thursday, 24 February 2022"]
    chapters = json.loads(only(tree, "live-blog").attributes["chapters"] or "")
    assert [(one[2], one[3]) for one in chapters] == [
        (ids[0], "The first night"),
        (ids[3], "The waiting"),
    ]


def test_a_story_of_20000_entries_with_400_key_events(
    shared_server: Server, editor: Editor
) -> None:
    """The first page has fifty entries, whatever the story's length; a time line has at most some hundred rows."""
    slug = editor.story(timezone="Asia/Kathmandu")
    sentence = (
        "The line is holding, and those on the ground say that they could have gone further. "
    )
    for number in range(50):
        editor.post(
            slug,
            f"Number {number}. {sentence * 3}",
            headline=f"Update {number}: {sentence}" if number % 5 == 0 else None,
            key=number == 0,
            verification="unverified",
            credits=[{"role": "text", "name": "Fin", "handle": "@finlookedintoit"}],
        )
    multiply(shared_server, slug, 399)
    answer = editor.http.get(f"/stories/{slug}", headers=HTML | {"Accept-Encoding": "gzip"})
    assert answer.text.count("<article") == 50
    assert int(answer.headers["content-length"]) < PAGE_BYTES
    answer = editor.http.get(
        f"/stories/{slug}/timeline", headers=HTML | {"Accept-Encoding": "gzip"}
    )
    found = LexborHTMLParser(answer.text)
    assert sum(int(words(head).split()[-2]) for head in found.css(".course h2")) == 20_000
    zone = ZoneInfo("Asia/Kathmandu")
    days = {(datetime.now(UTC) - timedelta(hours=n)).astimezone(zone).date() for n in range(400)}
    assert abs(len(found.css(".course li")) - len(days)) <= 1
    assert int(answer.headers["content-length"]) < 10 * 1024
