"""The editor API: entries are edited, pinned, verified, and every change is an event of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bad_requests import check_problem
from desk_client import Editor
from processes import Server
from readers import Reader
from selectolax.lexbor import LexborHTMLParser


def test_an_edit_changes_what_was_sent_and_nothing_else(editor: Editor) -> None:
    slug = editor.story()
    made = editor.post(slug, "Old text.", headline="Headline", dateline="Kyiv", labels=["quote"])
    edited = editor.edit(slug, made["id"], body="New text.", dateline=None)
    assert (edited["seq"], edited["rev"]) == (2, 2)
    assert edited["body"] == "New text."
    assert "New text." in edited["html"]
    assert edited["dateline"] is None
    assert (edited["headline"], edited["labels"]) == ("Headline", ["quote"])
    assert edited["published_at"] == made["published_at"]
    assert made["edited_at"] is None
    assert edited["edited_at"] is not None
    assert shown(editor, slug)[made["id"]].css_first(".body").text() == "New text.\n"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"body": "The text.", "headline": " The  headline "},
        {"verification": "confirmed"},
        {"verification": {"status": "confirmed", "note": "Seen."}, "pinned": False, "key": False},
        {"status": "published", "labels": ["quote"], "credits": [], "sources": []},
    ],
)
def test_an_edit_that_changes_nothing_is_no_event(editor: Editor, change: dict[str, Any]) -> None:
    slug = editor.story()
    verification = {"status": "confirmed", "note": "Seen." if "pinned" in change else None}
    made = editor.post(
        slug, "The text.", headline="The headline", labels=["quote"], verification=verification
    )
    same = editor.edit(slug, made["id"], **change)
    assert (same["rev"], same["seq"]) == (1, 1)
    assert same["verification"] == made["verification"]
    assert editor.head(slug) == 1
    assert len(history(editor, slug, made["id"])) == 1


def test_if_match_lets_only_the_newest_revision_be_edited(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "First.")["id"]
    path = f"/api/stories/{slug}/entries/{entry}"
    hers = editor.http.patch(path, json={"body": "Hers."}, headers={"If-Match": '"1"'})
    assert hers.status_code == 200
    assert hers.headers["etag"] == '"2"'
    his = editor.http.patch(path, json={"body": "His."}, headers={"If-Match": '"1"'})
    assert his.status_code == 412
    assert his.headers["content-type"] == "application/problem+json"
    assert his.headers["etag"] == '"2"'
    problem = his.json()
    assert problem["status"] == 412
    assert problem["entry"]["body"] == "Hers."
    assert problem["entry"]["rev"] == 2
    assert editor.head(slug) == 2
    merged = editor.http.patch(path, json={"body": "Both."}, headers={"If-Match": '"2"'})
    assert merged.json()["rev"] == 3
    assert editor.http.patch(path, json={"key": True}, headers={"If-Match": "*"}).json()["rev"] == 4


def test_a_pin_takes_the_pin_of_another_by_an_event_of_its_own(editor: Editor) -> None:
    slug = editor.story()
    one = editor.post(slug, "One.", pinned=True)["id"]
    two = editor.post(slug, "Two.")["id"]
    pinned = editor.edit(slug, two, pinned=True)
    assert [(e["kind"], e["id"], e["pinned"]) for e in events(editor, slug, 2)] == [
        ("entry.updated", one, False),
        ("entry.updated", two, True),
    ]
    assert pinned["seq"] == 4
    assert pinned_on_page(editor, slug) == [two]
    three = editor.post(slug, "Three.", pinned=True)["id"]
    assert [(e["kind"], e["id"]) for e in events(editor, slug, 4)] == [
        ("entry.updated", two),
        ("entry.published", three),
    ]
    assert pinned_on_page(editor, slug) == [three]
    editor.edit(slug, three, pinned=False)
    assert pinned_on_page(editor, slug) == []
    assert [r["action"] for r in history(editor, slug, two)] == ["published", "pinned", "unpinned"]


def test_a_pin_or_a_verification_is_not_marked_as_an_edit(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    assert editor.edit(slug, entry, pinned=True)["edited_at"] is None
    assert editor.edit(slug, entry, verification="disputed")["edited_at"] is None


def test_a_verification_is_a_word_or_an_object_with_its_reason(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Shots are heard.", verification="unverified")["id"]
    settling = editor.post(slug, "It was fireworks.")["id"]
    settled = editor.edit(
        slug,
        entry,
        verification={"status": "retracted", "note": "Fireworks.", "settled_by": settling},
    )
    assert settled["verification"]["status"] == "retracted"
    assert settled["verification"]["note"] == "Fireworks."
    assert settled["verification"]["settled_by"] == settling
    article = shown(editor, slug)[entry]
    assert article.attributes["data-verification"] == "retracted"
    assert "Fireworks." in article.text()
    assert article.css_first(f'a[href="/stories/{slug}/entries/{settling}"]')
    last = history(editor, slug, entry)[-1]
    assert (last["action"], last["note"]) == ("verified", "Fireworks.")
    assert editor.edit(slug, entry, verification=None)["verification"] is None
    assert editor.edit(slug, entry, verification="confirmed")["verification"]["note"] is None


def test_only_what_readers_can_see_settles_a_verification(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    removed = editor.post(slug)["id"]
    editor.remove(slug, removed)
    elsewhere = editor.post(editor.story())["id"]
    for settling in (editor.post(slug, status="draft")["id"], removed, elsewhere):
        verification = {"status": "confirmed", "settled_by": settling}
        answer = editor.http.patch(
            f"/api/stories/{slug}/entries/{entry}", json={"verification": verification}
        )
        check_problem(answer, 422, {"verification.settled_by": "must be a published entry"})


def test_history_holds_every_revision_and_who_made_it(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "One.")["id"]
    editor.edit(slug, entry, body="Two.")
    editor.edit(slug, entry, verification="checking")
    editor.remove(slug, entry, reason="Not true.")
    kept = history(editor, slug, entry)
    assert [(r["rev"], r["action"], r["by"]) for r in kept] == [
        (1, "published", "A editor"),
        (2, "revised", "A editor"),
        (3, "verified", "A editor"),
        (4, "removed", "A editor"),
    ]
    assert [r["entry"]["body"] for r in kept] == ["One.", "Two.", "Two.", "Two."]
    assert kept[-1]["note"] == "Not true."


def test_a_time_in_the_past_backdates_an_entry(editor: Editor) -> None:
    slug = editor.story()
    now = editor.post(slug, "Now.")["id"]
    early = editor.post(slug, "Early.", publish_at="2022-02-25T10:00:00+02:00")
    middle = editor.post(slug, "Between.", publish_at="2022-02-25T09:00:00Z")["id"]
    assert early["status"] == "published"
    assert early["seq"] == 2
    assert early["published_at"] == "2022-02-25T08:00:00.000000Z"
    assert list(shown(editor, slug)) == [now, middle, early["id"]]
    editor.edit(slug, early["id"], publish_at="2023-01-01T00:00:00Z")
    assert list(shown(editor, slug)) == [now, early["id"], middle]


async def test_a_time_in_the_future_schedules_an_entry(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    pinned = editor.post(slug, "Pinned before.", pinned=True)["id"]
    late = datetime.now(UTC) + timedelta(hours=1)
    async with Reader(shared_server.ws, slug, after=1) as reader:
        waiting = editor.post(slug, "Later.", publish_at=late.isoformat(), pinned=True)
        entry = waiting["id"]
        assert (waiting["status"], waiting["seq"]) == ("scheduled", None)
        assert editor.head(slug) == 1
        assert entry not in shown(editor, slug)
        assert editor.http.get(f"/stories/{slug}/entries/{entry}").status_code == 404
        due = datetime.now(UTC) + timedelta(seconds=2)
        editor.edit(slug, entry, publish_at=due.isoformat())
        await reader.until(3)
        assert datetime.now(UTC) >= due
        assert [(e["kind"], e["id"]) for e in reader.events] == [
            ("entry.updated", pinned),
            ("entry.published", entry),
        ]
    now = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert (now["status"], now["seq"]) == ("published", 3)
    assert datetime.fromisoformat(now["published_at"]) >= due
    assert pinned_on_page(editor, slug) == [entry]


def test_a_scheduled_entry_can_be_published_by_hand_or_removed(editor: Editor) -> None:
    slug = editor.story()
    hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    by_hand = editor.post(slug, "By hand.", publish_at=hour)["id"]
    dropped = editor.post(slug, "Dropped.", status="scheduled", publish_at=hour)["id"]
    published = editor.edit(slug, by_hand, status="published")
    assert (published["status"], published["seq"]) == ("published", 1)
    assert datetime.fromisoformat(published["published_at"]) <= datetime.now(UTC)
    assert editor.remove(slug, dropped)["seq"] is None
    assert editor.head(slug) == 1


def history(editor: Editor, slug: str, entry: str) -> list[dict[str, Any]]:
    answer = editor.http.get(f"/api/stories/{slug}/entries/{entry}/history")
    revisions: list[dict[str, Any]] = answer.json()["revisions"]
    return revisions


def events(editor: Editor, slug: str, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = editor.http.get(
        f"/stories/{slug}/events", params={"after": after}
    ).json()["events"]
    return found


def shown(editor: Editor, slug: str) -> dict[str, Any]:
    """The articles of the story's page by their ids, in the order of the page."""
    page = LexborHTMLParser(editor.http.get(f"/stories/{slug}").text)
    return {str(article.id): article for article in page.css("article")}


def pinned_on_page(editor: Editor, slug: str) -> list[str]:
    return [entry for entry, a in shown(editor, slug).items() if "data-pinned" in a.attributes]


def test_a_refused_post_leaves_no_trace_of_what_it_would_have_shown(editor: Editor) -> None:
    """It would have unpinned another entry, whose next revision then says something else."""
    slug = editor.story()
    pinned = editor.post(slug, "The old text", pinned=True)["id"]
    refused = editor.http.post(
        f"/api/stories/{slug}/entries",
        json={
            "body": "x",
            "pinned": True,
            "verification": {"status": "confirmed", "settled_by": "e0"},
        },
    )
    assert refused.status_code == 422
    assert "The new text" in editor.edit(slug, pinned, body="The new text")["html"]
    page = editor.http.get(f"/stories/{slug}").text
    assert "The new text" in page
    assert "The old text" not in page


def test_two_credits_may_differ_by_their_case_alone(editor: Editor) -> None:
    slug = editor.story()
    both = [{"role": "text", "name": "Fin"}, {"role": "text", "name": "FIN"}]
    entry = editor.post(slug, credits=both)
    assert [credit["name"] for credit in entry["credits"]] == ["Fin", "FIN"]
    found = editor.http.get(f"/stories/{slug}?author=fin").text
    assert f'id="{entry["id"]}"' in found
