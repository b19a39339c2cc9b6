"""What was corrected, and what was struck: for everyone to see."""

from __future__ import annotations

import pytest
from bad_requests import check_problem
from desk_client import Editor
from desk_forms import Desk
from hostile import MARKDOWN, MARKUP, UNICODE
from processes import Server
from public_record import corrections, history, page, shown, words
from readers import Reader
from selectolax.lexbor import LexborHTMLParser
from served_html import check_harmless, check_isolated

MARKER = "the-word-that-must-go"
NOTES = ".corrections .said"


async def test_a_correction_is_told_with_its_note(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve were hurt.")["id"]
    note = "We said twelve were hurt.\nIt was two."
    async with Reader(shared_server.ws, slug, after=1) as reader:
        corrected = editor.edit(slug, entry, body="Two were hurt.", correction=note)
        await reader.until(2)
        event = reader.events[-1]
    assert event["kind"] == "entry.updated"
    assert event["html"] == corrected["html"]
    (correction,) = corrected["corrections"]
    assert correction == {
        "at": corrected["corrected_at"],
        "rev": 2,
        "note": note,
        "passages": [
            {"kind": "struck", "text": "Twelve"},
            {"kind": "inserted", "text": "Two"},
            {"kind": "same", "text": " were hurt."},
        ],
    }
    assert corrected["edited_at"] == corrected["corrected_at"]
    last = editor.http.get(f"/api/stories/{slug}/entries/{entry}/history").json()["revisions"][-1]
    assert (last["action"], last["note"]) == ("corrected", note)
    article = shown(editor, slug, entry)
    assert article.html == LexborHTMLParser(event["html"]).css_first("article").html  # type: ignore[union-attr]
    assert article.css_first(NOTES).text() == note  # type: ignore[union-attr]
    assert words(article, ".corrections del, .corrections ins") == [
        "[struck: Twelve]",
        "[inserted: Two]",
    ]
    mark = article.css_first(".by .corrected a")
    assert mark is not None
    assert mark.text().startswith("Corrected ")
    assert mark.attributes["href"] == f"/stories/{slug}/entries/{entry}#history"
    assert "Updated" not in article.text()
    editor.edit(slug, entry, body="Two were hurt, one badly.")
    assert words(shown(editor, slug, entry), NOTES) == [note.replace("\n", " ")]
    assert "Updated" in shown(editor, slug, entry).text()


def test_every_note_stays_with_the_entry(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve.")["id"]
    editor.edit(slug, entry, body="Two.", correction="It was two.")
    editor.edit(slug, entry, body="Three.", correction="It was three.")
    assert words(shown(editor, slug, entry), NOTES) == ["It was two.", "It was three."]


def test_a_long_correction_strikes_nothing_in_the_entry_itself(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "One thing was said. " * 100)["id"]
    after = editor.edit(slug, entry, body="Another was meant. " * 100, correction="All of it.")
    assert after["corrections"][0]["passages"] == []
    assert shown(editor, slug, entry).css("del") == []
    assert corrections(editor, slug)["corrections"][0]["struck"] != []


def test_a_note_may_follow_the_fix_and_counts_once(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve.")["id"]
    editor.edit(slug, entry, body="Two.")
    later = editor.edit(slug, entry, correction="We had said twelve.\r\nIt was two. ")
    assert later["corrections"][0]["note"] == "We had said twelve.\nIt was two."
    assert later["edited_at"] != later["corrected_at"]
    again = editor.edit(slug, entry, correction="We had said twelve.\nIt was two.")
    assert (again["rev"], editor.head(slug)) == (3, 3)
    assert "The wording did not change." in history(editor, slug, entry)[-1].text()
    assert editor.edit(slug, entry, correction=" ")["rev"] == 3


@pytest.mark.parametrize(
    ("value", "message"),
    [("x" * 2001, "at most 2000"), (1, "must be a text"), (["x"], "must be a text")],
)
def test_a_note_has_its_limits(editor: Editor, value: object, message: str) -> None:
    slug = editor.story()
    path = f"/api/stories/{slug}/entries/{editor.post(slug)['id']}"
    check_problem(editor.http.patch(path, json={"correction": value}), 422, {"correction": message})
    assert editor.head(slug) == 1


def test_only_what_is_published_is_corrected_and_only_by_those_who_publish(
    editor: Editor, contributor: Editor
) -> None:
    slug = editor.story()
    here = f"/api/stories/{slug}/entries"
    draft = contributor.post(slug, "A draft.", status="draft")["id"]
    for sent in ({"correction": "No."}, {"correction": "No.", "status": "published"}):
        check_problem(
            editor.http.patch(f"{here}/{draft}", json=sent), 422, {"correction": "published"}
        )
    editor.edit(slug, draft, status="published")
    refused = contributor.http.patch(f"{here}/{draft}", json={"correction": "Mine."})
    assert refused.status_code == 403
    made = editor.http.post(here, json={"body": "New.", "correction": "New."})
    check_problem(made, 422, {"correction": "is not a known field"})
    for field in ("corrections", "corrected_at"):
        answer = editor.http.patch(f"{here}/{draft}", json={field: None})
        check_problem(answer, 422, {field: "is not a known field"})
    assert editor.head(slug) == 1


# --- the history of an entry


def test_the_history_shows_what_was_struck_and_inserted_and_names_nobody(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve **were** hurt.", headline="Shots in Kharkiv")["id"]
    editor.edit(slug, entry, body="Two **were** hurt.", headline="Shots near Kharkiv")
    editor.edit(slug, entry, body="Two were hurt.", dateline="Kharkiv")
    editor.edit(slug, entry, pinned=True)
    first, edited, formed, pinned = history(editor, slug, entry)
    assert first.css("del, ins") == []
    assert words(edited, "del") == ["[struck: in]", "[struck: Twelve]"]
    assert words(edited, "ins") == ["[inserted: near]", "[inserted: Two]"]
    assert "Changed: links or emphasis, place" in " ".join(formed.text().split())
    assert pinned.css(".difference, .others") == []
    text = editor.http.get(f"/stories/{slug}/entries/{entry}").text
    assert "A editor" not in text
    assert "@example.org" not in text


# --- the corrections of a story


def test_a_storys_corrections_are_listed_newest_first(editor: Editor) -> None:
    slug = editor.story()
    assert "No corrections so far." in editor.http.get(f"/stories/{slug}/corrections").text
    assert page(editor, f"/stories/{slug}").css(f'a[href="/stories/{slug}/corrections"]')
    one = editor.post(slug, "Twelve were hurt.", headline="Shots")["id"]
    two = editor.post(slug, "It was at noon.")["id"]
    editor.edit(slug, one, body="Two were hurt.", correction="It was two.")
    editor.edit(slug, two, body="It was at one.", correction="It was at one.")
    editor.edit(slug, one, body="Two were hurt, we hear.")
    newest, first = corrections(editor, slug)["corrections"]
    assert (newest["id"], newest["note"]) == (two, "It was at one.")
    assert (newest["headline"], newest["excerpt"]) == (None, "It was at one.")
    assert (newest["struck"], newest["inserted"]) == (["noon"], ["one"])
    assert (first["id"], first["rev"], first["headline"]) == (one, 2, "Shots")
    assert first["url"].endswith(f"/stories/{slug}/entries/{one}")
    assert (first["struck"], first["inserted"], first["removed"]) == (["Twelve"], ["Two"], False)
    listed = page(editor, f"/stories/{slug}/corrections").css(".history li")
    assert [item.id for item in listed] == [f"{two}-2", f"{one}-2"]
    assert words(listed[1], "del") == ["[struck: Twelve]"]
    assert words(listed[1], ".where") == ["Shots"]
    mark = shown(editor, slug, one).css_first(".corrections a")
    assert mark is not None
    assert mark.attributes["href"] == f"/stories/{slug}/corrections#{one}-2"


def test_corrections_of_other_stories_are_not_listed(editor: Editor) -> None:
    slug, other = editor.story(), editor.story()
    entry = editor.post(other)["id"]
    editor.edit(other, entry, correction="Elsewhere.")
    assert corrections(editor, slug) == {"corrections": [], "next": None}


def test_many_corrections_are_listed_in_parts(editor: Editor) -> None:
    slug = editor.story()
    entries = [editor.post(slug)["id"] for _ in range(3)]
    notes = [f"Note {n}." for n in range(45)]
    for number, note in enumerate(notes):
        editor.edit(slug, entries[number % 3], correction=note)
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        part = corrections(editor, slug, **query)
        seen += [one["note"] for one in part["corrections"]]
        assert len(part["corrections"]) <= 20
        if part["next"] is None:
            break
        query = {"before": part["next"]}
    assert seen == notes[::-1]
    link = page(editor, f"/stories/{slug}/corrections").css_first("a.older")
    assert link is not None
    assert "Note 24." in editor.http.get(str(link.attributes["href"])).text


@pytest.mark.parametrize("before", ["", "x", "MjAyMi0wMS0wMVQwMDowMDowMCswMDowMHx4"])
def test_a_place_that_is_none_is_refused(editor: Editor, before: str) -> None:
    slug = editor.story()
    answer = editor.http.get(
        f"/stories/{slug}/corrections",
        params={"before": before},
        headers={"Accept": "application/json"},
    )
    check_problem(answer, 400, {"before": "not a cursor"})


def test_the_list_is_a_public_page_like_the_others(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    answer = editor.http.get(f"/stories/{slug}/corrections")
    same = editor.http.get(f"/stories/{slug}/entries/{entry}")
    for header in ("cache-control", "access-control-allow-origin", "content-security-policy"):
        assert answer.headers[header] == same.headers[header]
    assert answer.headers["vary"] == "Accept"
    assert "set-cookie" not in answer.headers
    unknown = editor.http.get("/stories/no-such-story/corrections")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"].startswith("text/html")
    asked = editor.http.get(
        "/stories/no-such-story/corrections", headers={"Accept": "application/json"}
    )
    check_problem(asked, 404, {})


def test_what_was_removed_says_no_more_than_its_note(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The old words.", headline="The headline")["id"]
    editor.edit(slug, entry, body="The new words.", correction="They were wrong.")
    editor.remove(slug, entry)
    (listed,) = corrections(editor, slug)["corrections"]
    assert (listed["note"], listed["removed"]) == ("They were wrong.", True)
    assert (listed["headline"], listed["excerpt"]) == (None, None)
    assert (listed["struck"], listed["inserted"]) == ([], [])
    text = editor.http.get(f"/stories/{slug}/corrections").text
    assert "The update was taken down." in text
    for gone in ("old", "new words", "The headline"):
        assert gone not in page(editor, f"/stories/{slug}/corrections").css_first("main").text()  # type: ignore[union-attr]


def test_a_purge_takes_corrections_and_trail_along(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(
        slug, f"It was {MARKER}.", verification={"status": "checking", "note": MARKER}
    )["id"]
    editor.edit(slug, entry, body=f"Not {MARKER}.", correction=f"{MARKER} is wrong.")
    editor.edit(slug, entry, verification="disputed")
    places = [
        f"/stories/{slug}",
        f"/stories/{slug}/corrections",
        f"/stories/{slug}/events?after=0",
        f"/stories/{slug}/entries/{entry}",
        f"/api/stories/{slug}/entries/{entry}",
        f"/api/stories/{slug}/entries/{entry}/history",
    ]
    for place in places:
        assert MARKER in editor.http.get(place).text, f"never was at {place}"
    editor.remove(slug, entry, purge=True)
    for place in places:
        assert MARKER not in editor.http.get(place).text, f"still at {place}"
    assert corrections(editor, slug)["corrections"] == []
    kept = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert (kept["verification"], kept["corrections"], kept["corrected_at"]) == (None, [], None)


@pytest.mark.parametrize("texts", [MARKUP, MARKDOWN, UNICODE], ids=["HTML", "Markdown", "Unicode"])
def test_hostile_notes_and_words_are_harmless(editor: Editor, texts: list[str]) -> None:
    slug = editor.story()
    for text in texts:
        entry = editor.post(slug, f"Before.\n\n{text}\n\nThe end.")["id"]
        body = f"After.\n\n{text} {text}\n\nThe end."
        editor.edit(slug, entry, body=body, headline=text[:300], correction=f"{text}.")
        for place in ("", "/corrections", f"/entries/{entry}"):
            check_isolated(check_harmless(editor.http.get(f"/stories/{slug}{place}").text))


# --- at the desk


def test_a_correction_is_written_at_the_desk(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    assert "correction" not in desk.open(f"/desk/stories/{slug}").composer.values
    draft = editor.post(slug, "A draft.", status="draft")["id"]
    assert "correction" not in desk.open(f"/desk/stories/{slug}?edit={draft}").composer.values
    entry = editor.post(slug, "Twelve were hurt.")["id"]
    form = desk.open(f"/desk/stories/{slug}?edit={entry}").composer
    assert form.values["correction"] == ""
    note = "We said twelve.\nIt was two."
    mistaken = desk.send(form, body="Two were hurt.", correction=note, topics="not one word")
    assert mistaken.status == 422
    assert mistaken.composer.values["correction"] == note
    assert desk.send(mistaken.composer, topics="").status == 200
    corrected = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert [one["note"] for one in corrected["corrections"]] == [note]
    long = desk.send(
        desk.open(f"/desk/stories/{slug}?edit={entry}").composer, correction="x" * 2001
    )
    assert (long.status, long.composer.values["correction"]) == (422, "x" * 2001)
    assert "Correction: must have at most 2000 characters" in long.alerts


def test_a_correction_is_an_action_of_its_own_that_asks_for_its_note(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Twelve were hurt.")["id"]
    page = desk.open(f"/desk/stories/{slug}")
    assert page.one(f'a[href="/desk/stories/{slug}?correct={entry}#composer"]').text() == "Correct"
    form = desk.open(f"/desk/stories/{slug}?correct={entry}").composer
    mistaken = desk.send(form, body="Two were hurt.")
    assert (mistaken.status, mistaken.composer.values["body"]) == (422, "Two were hurt.")
    assert "must say what was wrong" in mistaken.alerts
    assert desk.send(mistaken.composer, correction="It was two.").status == 200
    after = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert (after["body"], after["corrections"][0]["note"]) == ("Two were hurt.", "It was two.")


def test_a_conflict_keeps_the_note(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The text.")["id"]
    form = desk.open(f"/desk/stories/{slug}?edit={entry}").composer
    editor.edit(slug, entry, body="Their text.")
    page = desk.send(form, body="My text.", correction="Mine is right.")
    assert page.status == 412
    assert page.composer.values["correction"] == "Mine is right."
