"""Mistakes at the desk: what was typed is never lost, and nothing is done twice."""

from __future__ import annotations

import pytest
from desk_client import PASSWORD, Editor
from desk_forms import WHOLE_FORM, Desk
from processes import Server

TOO_LONG = "ж" * (32 * 1024 + 1)  # two bytes each


@pytest.mark.parametrize(
    ("field", "wrong", "status"),
    [
        ("body", "   \n", 422),
        ("body", "[](https://example.org)", 422),
        ("body", TOO_LONG, 413),
        ("headline", "x" * 301, 422),
        ("dateline", "x" * 201, 422),
        ("labels", "x" * 33, 422),
        ("labels", ", ".join(f"label {n}" for n in range(11)), 422),
        ("topics", "two words", 422),
        ("verification", "certain", 422),
        ("credits", "text", 422),
        ("credits", "text | Fin\npainting | Ann", 422),
        ("credits", "text | Fin | @fin | javascript:alert(1)", 422),
        ("sources", "rumour | Somebody", 422),
        ("sources", "witness | " + "x" * 301, 422),
        ("occurred_at", "2022-02-30T10:00", 422),
        ("occurred_at", "2190-01-01T10:00", 422),
        ("occurred_at", "0001-01-01T00:00", 422),
        ("occurred_at", "yesterday", 422),
    ],
)
@pytest.mark.parametrize("doing", ["writing", "editing"])
def test_a_mistake_is_named_and_everything_typed_is_kept(
    desk: Desk, editor: Editor, doing: str, field: str, wrong: str, status: int
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    entry = editor.post(slug, "Stands.")["id"]
    place = f"/desk/stories/{slug}" + (f"?edit={entry}" if doing == "editing" else "")
    page = desk.send(desk.open(place).composer, WHOLE_FORM | {field: wrong})
    assert page.status == status
    assert page.alerts.startswith("Not saved.")
    marked = page.tree.css(".composer [aria-invalid]")
    assert [node.attributes["name"] for node in marked] == [field]
    kept = page.composer.values
    if field == "verification":
        kept["verification"] = wrong  # a choice that is not on the list cannot be shown
    assert {name: kept.get(name, "") for name in WHOLE_FORM} == WHOLE_FORM | {field: wrong}
    assert editor.head(slug) == 1
    stands = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert stands["body"] == "Stands."
    assert desk.send(page.composer, {field: WHOLE_FORM[field]}).status == 200
    assert editor.head(slug) > 1


def test_of_somebody_unknown_no_file_is_taken(shared_server: Server, editor: Editor) -> None:
    nobody = Desk(shared_server.url)
    url, headers = (
        f"/desk/stories/{editor.story()}/entries",
        {"Content-Type": "multipart/form-data"},
    )
    large = nobody.http.post(url, content=b"x" * (4 * 1024**2 + 1), headers=headers)
    assert large.status_code == 413
    assert "Sign in in another tab" in large.text
    unsaid = nobody.http.post(url, content=iter([b"x"]), headers=headers)
    assert unsaid.status_code == 413
    nobody.close()


def test_all_mistakes_are_named_at_once(desk: Desk, editor: Editor) -> None:
    page = desk.write(editor.story(), body="", headline="x" * 301, topics="two words")
    marked = page.tree.css(".composer [aria-invalid]")
    assert {node.attributes["name"] for node in marked} == {"headline", "body", "topics"}


def test_more_media_than_an_update_takes_are_refused_and_none_is_dropped(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    media = {
        f"media-{number}-{name}": value
        for number in range(21)
        for name, value in {"id": f"m{number:032x}", "alt": "Dot", "keep": "1"}.items()
    }
    answer = desk.http.post(
        f"/desk/stories/{slug}/outbox",
        data={"body": "With many", **media},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422
    assert "at most 20" in answer.json()["detail"]
    assert editor.head(slug) == 0


def test_a_mistake_in_a_story_is_named_and_everything_typed_is_kept(
    desk: Desk, editor: Editor
) -> None:
    editor.story("taken-slug")
    form = desk.open("/desk").form("/desk/stories")
    typed = {"title": "A title", "slug": "taken-slug", "summary": "Two\nlines"}
    page = desk.send(form, typed)
    assert page.status == 409
    assert "taken" in page.alerts
    assert page.form("/desk/stories").values == typed
    bad = desk.send(form, typed | {"slug": "Not A Slug", "title": ""})
    assert bad.status == 422
    assert bad.form("/desk/stories").values == typed | {"slug": "Not A Slug", "title": ""}
    story = desk.open("/desk/stories/taken-slug").form("/desk/stories/taken-slug")
    mistaken = desk.send(story, title=" ", summary="Long work.")
    assert mistaken.status == 422
    kept = mistaken.form("/desk/stories/taken-slug").values
    assert (kept["title"], kept["summary"]) == (" ", "Long work.")
    assert editor.head("taken-slug") == 0


def test_a_mistake_in_a_verification_is_named(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    here = f"/desk/stories/{slug}"
    form = desk.open(here).form(f"{here}/entries/{entry}/verify")
    page = desk.send(form, status="confirmed", settled_by="e0000000000000000")
    assert page.status == 422
    assert "Settled by: must be a published entry of this story" in page.alerts
    assert editor.head(slug) == 1


def test_what_settled_an_entry_may_be_told_by_its_words(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "Shots at the bridge.")["id"]
    settling = editor.post(slug, "Fireworks, the police say, at the bridge.", headline="No shots")
    editor.post(slug, "The bridge is open.")
    editor.post(slug, "Fireworks, as a draft.", status="draft")
    here = f"/desk/stories/{slug}"
    form = desk.open(here).form(f"{here}/entries/{entry}/verify")
    for words, why in (
        ("the bridge", "several updates have these words: choose one"),
        ("the airport", "no published update has these words"),
        ("x" * 301, "at most 300 characters"),
    ):
        page = desk.send(form, status="disputed", settled_by=words)
        assert page.status == 422
        assert "Settled by: " in page.alerts
        assert why in page.alerts
        assert page.form(form.action).values["settled_by"] == words
    for words in ("FIREWORKS", "no shots"):
        assert desk.send(form, status="disputed", settled_by=words).status == 200
        made = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
        assert made["verification"]["settled_by"] == settling["id"]

    # Whoever takes it down is told what hangs on it; and of what it settled the rest can be changed still.
    removed = desk.send(desk.open(here).form(f"{here}/entries/{settling['id']}/remove"))
    assert "Shots at the bridge." in removed.one(f'.report [href="#row-{entry}"]').text()
    page = desk.send(desk.open(here).form(f"{here}/entries/{entry}/verify"), note="They say so.")
    assert page.status == 200
    made = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()["verification"]
    assert (made["note"], made["settled_by"]) == ("They say so.", settling["id"])


def test_one_form_sent_twice_makes_one_entry(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    form = desk.open(f"/desk/stories/{slug}").composer
    first = desk.send(form, body="Once.")
    second = desk.send(form, body="Once.")
    assert first.status == second.status == 200
    assert editor.head(slug) == 1
    assert desk.open(f"/desk/stories/{slug}").composer.values["idempotency_key"] not in {
        form.values["idempotency_key"],
        "",
    }


def test_an_old_form_with_another_text_does_not_lose_it(desk: Desk, editor: Editor) -> None:
    """Who goes back in the browser and writes on has the old form in hand."""
    slug = editor.story()
    form = desk.open(f"/desk/stories/{slug}").composer
    desk.send(form, body="The first update.")
    page = desk.send(form, body="Another update.")
    assert page.status == 409
    assert page.composer.values["body"] == "Another update."
    assert editor.head(slug) == 1
    assert desk.send(page.composer).status == 200
    assert editor.head(slug) == 2


@pytest.mark.parametrize("key", ["x" * 201, "a\0b"])
def test_a_key_that_cannot_be_kept_is_refused_and_the_text_is_not_lost(
    desk: Desk, editor: Editor, key: str
) -> None:
    slug = editor.story()
    page = desk.write(slug, body="An update.", idempotency_key=key)
    assert page.status == 400
    assert "Idempotency-Key" in page.alerts
    assert page.composer.values["body"] == "An update."
    assert desk.send(page.composer).status == 200
    assert editor.head(slug) == 1


def test_a_form_whose_update_was_purged_publishes_nothing_again(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    form = desk.open(f"/desk/stories/{slug}").composer
    desk.send(form, body="A name.")
    (entry,) = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    editor.remove(slug, entry["id"], purge=True)
    assert desk.send(form, body="A name.").status == 409
    assert editor.head(slug) == 2


def test_signed_out_in_the_middle_nothing_is_lost(
    shared_server: Server, editor: Editor, editor_email: str
) -> None:
    """The form is kept beside the question for the password, and is sent with the answer."""
    slug = editor.story()
    browser = Desk(shared_server.url)
    browser.sign_in(editor_email)
    form = browser.open(f"/desk/stories/{slug}").composer
    browser.http.cookies.clear()
    page = browser.send(form, body="Written with care:\n\n> two lines", headline="<b>&quot;")
    assert page.status == 403
    assert "What you typed is kept" in page.alerts
    asked = page.form(f"/desk/stories/{slug}/entries")
    wrong = browser.send(asked, sign_in_email=editor_email, sign_in_password="not this one")
    assert wrong.status == 403
    assert editor.head(slug) == 0
    asked = wrong.form(f"/desk/stories/{slug}/entries")
    assert "sign_in_password" not in asked.values or not asked.values["sign_in_password"]
    sent = browser.send(asked, sign_in_email=editor_email, sign_in_password=PASSWORD)
    assert sent.status == 200
    assert "Published" in sent.one("[role=status]").text()
    (entry,) = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert entry["body"] == "Written with care:\n\n> two lines"
    assert entry["headline"] == "<b>&quot;"
    assert browser.open(f"/desk/stories/{slug}").status == 200
    browser.close()


def test_a_script_whose_session_has_ended_signs_in_and_goes_on(
    shared_server: Server, editor: Editor, editor_email: str
) -> None:
    slug = editor.story()
    browser = Desk(shared_server.url)
    accepts = {"Accept": "application/json"}
    path, login = f"/desk/stories/{slug}/entries", "/desk/login"
    ended = browser.http.post(path, data={"body": "Kept by the script."}, headers=accepts)
    assert ended.status_code == 401
    assert ended.headers["content-type"] == "application/problem+json"
    wrong = browser.http.post(login, data={"email": editor_email, "password": "x"}, headers=accepts)
    assert wrong.status_code == 403
    assert wrong.json()["detail"] == "The address or the password is not right."
    right = {"email": editor_email, "password": PASSWORD}
    assert browser.http.post(login, data=right, headers=accepts).status_code == 204
    sent = browser.http.post(path, data={"body": "Kept by the script."}, headers=accepts)
    browser.close()
    assert sent.status_code == 200
    assert editor.head(slug) == 1


def test_an_entry_that_was_removed_meanwhile_is_said_and_the_text_kept(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    form = desk.open(f"/desk/stories/{slug}?edit={entry}").composer
    editor.remove(slug, entry)
    page = desk.send(form, body="Too late.")
    assert page.status == 409
    assert "removed" in page.alerts
    assert page.composer.values["body"] == "Too late."
    assert "as a new update" in page.alerts
    assert desk.send(page.composer).status == 200
    assert "The update has been removed" in desk.open(f"/desk/stories/{slug}?edit={entry}").alerts
    [found] = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert found["body"] == "Too late."


def test_a_contributor_submits_and_has_no_buttons_for_more(
    contributors_desk: Desk, desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    published = editor.post(slug, "Published before.")["id"]
    here = f"/desk/stories/{slug}"
    page = contributors_desk.open(here)
    assert page.one("#composer button.main").text().strip() == "Submit"
    actions = {str(form.attributes["action"]) for form in page.tree.css("form[method=post]")}
    assert actions == {"/desk/logout", f"{here}/entries"}
    pinned = contributors_desk.write(slug, body="From the street.", pinned="1")
    assert (pinned.status, "pinned: is for editors" in pinned.alerts.lower()) == (403, True)
    assert pinned.composer.values["body"] == "From the street."
    submitted = contributors_desk.write(slug, body="From the street.")
    assert "Submitted" in submitted.one("[role=status]").text()
    assert editor.head(slug) == 1
    waiting = editor.http.get(f"/api/stories/{slug}/entries", params={"status": "submitted"})
    entry = waiting.json()["entries"][0]["id"]
    editor.edit(slug, entry, pinned=True)
    corrected = contributors_desk.send(
        contributors_desk.open(f"{here}?edit={entry}").composer, body="From the street, corrected."
    )
    assert corrected.status == 200
    for path, fields in (
        (f"{here}/entries/{published}", {"body": "Mine."}),
        (f"{here}/entries/{published}/pin", {"pinned": "1"}),
        (f"{here}/entries/{published}/verify", {"status": "confirmed"}),
        (f"{here}/entries/{published}/remove", {"purge": "1"}),
        (here, {"status": "ended"}),
        ("/desk/stories", {"slug": "mine", "title": "Mine"}),
    ):
        assert contributors_desk.http.post(path, data=fields).status_code == 403, path
    assert contributors_desk.http.get(f"{here}?edit={published}").status_code == 403
    assert editor.head(slug) == 1
    desk.send(desk.open(f"{here}?edit={entry}").composer)
    assert editor.head(slug) == 2
    assert "From the street, corrected." in editor.http.get(f"/stories/{slug}").text
    assert editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()["pinned"] is True


@pytest.mark.parametrize("path", ["/desk/nowhere", "/desk/stories/{slug}?edit=unknown"])
def test_what_is_not_there_is_said_in_a_page(desk: Desk, editor: Editor, path: str) -> None:
    page = desk.open(path.format(slug=editor.story()))
    assert page.status == 404
    assert page.one("h1").text() == "Not found"
    assert page.one('main a[href="/desk"]').text() == "Go to the desk"
    desk.http.cookies.clear()
    assert not desk.open("/desk/nowhere").tree.css('main a[href="/desk"]')
