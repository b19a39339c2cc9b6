"""How sure an entry is, and was before: for everyone to see, and written by nobody."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from bad_requests import check_problem
from desk_client import Editor
from processes import PATIENCE
from public_record import history, shown, words


def test_a_verification_keeps_how_sure_the_entry_was(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Shots are heard.", verification="unverified")
    first = entry["verification"]
    assert first["trail"] == []
    assert not shown(editor, slug, entry["id"]).css(".trail")
    checking = editor.edit(slug, entry["id"], verification="checking")["verification"]
    settling = editor.post(slug, "The police say so.", headline="Police: shots")["id"]
    confirmed = editor.edit(
        slug, entry["id"], verification={"status": "confirmed", "settled_by": settling}
    )["verification"]
    assert confirmed["trail"] == [
        {"status": "unverified", "at": first["at"]},
        {"status": "checking", "at": checking["at"]},
    ]
    article = shown(editor, slug, entry["id"])
    assert words(article, ".trail span") == ["Unverified", "Being checked", "Confirmed"]
    times = [str(time.attributes["datetime"]) for time in article.css(".trail time")]
    assert [datetime.fromisoformat(time) for time in times] == [
        datetime.fromisoformat(step["at"]) for step in (first, checking, confirmed)
    ]
    last = history(editor, slug, entry["id"])[-1]
    link = last.css_first(f'.settled a[href="/stories/{slug}/entries/{settling}"]')
    assert link is not None
    assert link.text() == "Police: shots"
    editor.remove(slug, settling)
    last = history(editor, slug, entry["id"])[-1]
    assert "an update that was taken down" in last.text()
    assert "Police" not in last.text()


def test_only_another_status_is_a_step(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, verification={"status": "checking", "note": "One asks."})
    noted = editor.edit(slug, entry["id"], verification={"status": "checking", "note": "Two ask."})[
        "verification"
    ]
    assert (noted["note"], noted["trail"]) == ("Two ask.", [])
    assert noted["at"] == entry["verification"]["at"]


def test_of_a_long_trail_the_entry_shows_the_end(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, verification="unverified")["id"]
    for status in ("checking", "disputed", "checking", "confirmed"):
        editor.edit(slug, entry, verification=status)
    article = shown(editor, slug, entry)
    assert words(article, ".trail li")[0] == "…"
    assert words(article, ".trail span") == [
        "Being checked", "Disputed", "Being checked", "Confirmed",
    ]  # fmt: skip
    assert len(history(editor, slug, entry)) == 5


def test_what_was_thought_before_publication_is_the_newsrooms(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, status="draft", verification="unverified")["id"]
    editor.edit(slug, entry, verification="checking")
    editor.edit(slug, entry, verification="confirmed", status="published")
    assert shown(editor, slug, entry).css(".trail") == []
    disputed = editor.edit(slug, entry, verification="disputed")
    (step,) = disputed["verification"]["trail"]
    assert step["status"] == "confirmed"
    assert datetime.fromisoformat(step["at"]) >= datetime.fromisoformat(disputed["published_at"])


@pytest.mark.parametrize("way", ["at once", "by the hour"])
def test_nobody_learns_when_a_draft_was_verified(editor: Editor, way: str) -> None:
    slug = editor.story()
    due = datetime.now(UTC) + timedelta(seconds=2)
    later = {"publish_at": due.isoformat()} if way == "by the hour" else {"status": "draft"}
    entry = editor.post(slug, verification="confirmed", **later)
    if way == "at once":
        time.sleep(0.1)
        editor.edit(slug, entry["id"], status="published")
    deadline = time.monotonic() + PATIENCE
    while editor.head(slug) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    now = editor.http.get(f"/api/stories/{slug}/entries/{entry['id']}").json()
    assert now["verification"]["at"] > entry["verification"]["at"]
    sure, published = now["verification"]["at"], now["published_at"]
    assert datetime.fromisoformat(sure) == datetime.fromisoformat(published)


def test_nobody_writes_a_trail_and_nothing_settles_itself(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    path = f"/api/stories/{slug}/entries/{entry}"
    sent = {"status": "confirmed", "trail": [{"status": "disputed", "at": "2022-01-01T00:00:00Z"}]}
    answer = editor.http.patch(path, json={"verification": sent})
    check_problem(answer, 422, {"verification.trail": "is not a known field"})
    itself = {"status": "confirmed", "settled_by": entry}
    answer = editor.http.patch(path, json={"verification": itself})
    check_problem(answer, 422, {"verification.settled_by": "another than this one"})


# --- corrections
