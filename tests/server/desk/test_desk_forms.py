"""The desk's plain forms, as a browser without JavaScript sends them."""

from __future__ import annotations

import pytest
from commands import run
from desk_client import Editor
from desk_forms import WHOLE_FORM, Desk, Page
from processes import Server
from readers import Reader

from liveblog.models.entry_fields import TYPED, Typed


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", "the wrong password"),
        ("nobody@example.org", "a long enough password"),
        ("command-line@localhost", "!"),
        ("", ""),
        ("\0", "\0" * 20_000),
    ],
)
def test_a_failed_sign_in_never_says_whether_there_is_such_an_account(
    shared_server: Server, editor_email: str, email: str, password: str
) -> None:
    if email == "command-line@localhost":  # its account is made when it first does something
        assert run("story", "add", "x", "--title", "X", env=shared_server.env).returncode == 0
    browser = Desk(shared_server.url)
    answer = browser.sign_in(email or editor_email, password)
    browser.close()
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    page = Page(answer)
    assert page.alerts == "The address or the password is not right."
    form = page.form("/desk/login")
    assert "password" not in form.values or not form.values["password"]


def test_what_is_published_at_the_desk_reaches_readers(
    shared_server: Server, desk: Desk, editor: Editor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    page = desk.write(slug, **WHOLE_FORM)
    assert page.status == 200
    assert "Published" in page.one("[role=status]").text()
    entry = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"][0]
    assert entry["body"] == WHOLE_FORM["body"]
    assert entry["headline"] == "The line is holding"
    assert entry["dateline"] == "Kharkiv, city centre"
    assert (entry["key"], entry["pinned"]) == (True, True)
    assert entry["labels"] == ["breaking", "quote"]
    assert entry["topics"] == ["Kharkiv", "Ukraine"]
    assert entry["verification"]["status"] == "checking"
    assert entry["occurred_at"] == "2022-02-25T12:32:00Z"
    assert [(c["role"], c["name"], c["handle"], c["url"]) for c in entry["credits"]] == [
        ("text", "Fin", "@fin", "https://example.org/fin"),
        ("photo", "Collin", None, None),
    ]
    assert [(s["kind"], s["name"], s["url"], s["quote"]) for s in entry["sources"]] == [
        ("official", "The mayor", "https://example.org/m", "Stay | inside."),
        ("witness", "A guest", None, None),
    ]
    assert entry["id"] in editor.http.get(f"{shared_server.url}/stories/{slug}").text
    assert not desk.open(f"/desk/stories/{slug}").composer.values["body"]


def test_an_edit_begins_with_what_stands_there_and_changes_only_what_was_changed(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    desk.write(slug, **WHOLE_FORM)
    before = editor.http.get(f"/api/stories/{slug}/entries").json()["entries"][0]
    form = desk.open(f"/desk/stories/{slug}?edit={before['id']}").composer
    shown = {name: form.values.get(name, "") for name in WHOLE_FORM}
    assert shown == WHOLE_FORM | {"topics": "Kharkiv, Ukraine"}
    desk.send(form)
    assert editor.head(slug) == 1, "sending it as it was changes nothing"
    page = desk.send(form, headline="The line has moved")
    assert "Saved" in page.one("[role=status]").text()
    after = editor.http.get(f"/api/stories/{slug}/entries/{before['id']}").json()
    assert after["headline"] == "The line has moved"
    different = {name for name in after if after[name] != before[name]}
    assert different == {"headline", "html", "rev", "edited_at"}


def test_a_line_that_is_added_leaves_the_others_as_they_are(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    credit = {"role": "text", "name": "Ann | Bob", "handle": None, "url": None}
    source = {"kind": "outlet", "name": "BBC | World", "url": None, "quote": "One line.\nAnother."}
    source["retrieved_at"] = "2022-02-25T12:00:00Z"
    entry = editor.post(slug, credits=[credit], sources=[source])["id"]
    form = desk.open(f"/desk/stories/{slug}?edit={entry}").composer
    added = {name: form.values[name] for name in ("credits", "sources")}
    added["credits"] += "\nphoto | Collin"
    added["sources"] = "witness | A guest\n" + added["sources"]
    assert desk.send(form, added).status == 200
    after = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert after["credits"][0] == credit
    assert after["sources"][1] == source
    assert [len(after[name]) for name in added] == [2, 2]


def test_a_conflict_shows_both_and_loses_neither(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The text.\n\nThe end.", headline="Headline")["id"]
    form = desk.open(f"/desk/stories/{slug}?edit={entry}").composer
    newer = {"headline": "Their headline", "labels": ["Breaking"]}
    editor.edit(slug, entry, body="Their text.\n\nTheir end.", **newer)
    page = desk.send(form, body="My text.\n\nThe end.")
    assert page.status == 412
    assert page.composer.values["headline"] == "Their headline"
    assert "Somebody else changed" in page.alerts
    assert "Their text." in page.one(".theirs").text()
    assert page.composer.values["body"] == "My text.\n\nTheir end."
    assert editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()["rev"] == 2
    assert desk.send(page.composer).status == 200
    found = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    assert (found["body"], found["headline"]) == ("My text.\n\nTheir end.", "Their headline")
    assert found["labels"] == ["Breaking"]


def test_a_conflict_is_not_lost_over_a_mistake_in_between(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The text.")["id"]
    form = desk.open(f"/desk/stories/{slug}?edit={entry}").composer
    editor.edit(slug, entry, body="Their text.")
    mistaken = desk.send(form, body="My text.", topics="not one word")
    assert mistaken.status == 422
    page = desk.send(mistaken.composer, topics="")
    assert page.status == 412
    assert editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()["body"] == "Their text."


def test_an_entry_is_pinned_unpinned_verified_and_removed(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The text.")["id"]
    settling = editor.post(slug, "Another.")["id"]
    here = f"/desk/stories/{slug}"

    def now() -> dict[str, object]:
        answer: dict[str, object] = editor.http.get(f"/api/stories/{slug}/entries/{entry}").json()
        return answer

    desk.send(desk.open(here).form(f"{here}/entries/{entry}/pin"), pinned="1")
    assert now()["pinned"] is True
    desk.send(desk.open(here).form(f"{here}/entries/{entry}/pin"), pinned="0")
    assert now()["pinned"] is False
    form = desk.open(here).form(f"{here}/entries/{entry}/verify")
    desk.send(form, status="disputed", note="Others say no.", settled_by=settling)
    sure = now()["verification"]
    assert isinstance(sure, dict)
    assert (sure["status"], sure["note"]) == ("disputed", "Others say no.")
    assert sure["settled_by"] == settling
    page = desk.send(desk.open(here).form(f"{here}/entries/{entry}/remove"), reason="Not true.")
    assert "Removed" in page.one("[role=status]").text()
    assert now()["status"] == "removed"
    assert editor.http.get(f"/stories/{slug}/entries/{entry}").status_code == 410


def test_a_purge_at_the_desk_deletes_the_text(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "The purged text.")["id"]
    here = f"/desk/stories/{slug}"
    page = desk.send(desk.open(here).form(f"{here}/entries/{entry}/remove"), purge="1")
    assert "purged text" not in page.tree.html  # type: ignore[operator]
    history = editor.http.get(f"/api/stories/{slug}/entries/{entry}/history").text
    assert "purged text" not in history


async def test_a_story_begins_at_the_desk_and_its_status_is_changed_there(
    shared_server: Server, desk: Desk, editor: Editor
) -> None:
    form = desk.open("/desk").form("/desk/stories")
    page = desk.send(form, title="From the desk", slug="from-the-desk", summary="About it.")
    assert page.status == 200
    assert page.one("h1").text() == "From the desk"
    async with Reader(shared_server.ws, "from-the-desk", after=0) as reader:
        settings = page.form("/desk/stories/from-the-desk")
        saved = desk.send(settings, status="paused", title="A new title")
        assert "saved" in saved.one("[role=status]").text()
        await reader.until(1)
        assert (reader.events[0]["status"], reader.events[0]["title"]) == ("paused", "A new title")
    story = editor.http.get("/api/stories/from-the-desk").json()
    assert (story["status"], story["summary"]) == ("paused", "About it.")


def test_the_desk_gives_up_nothing_to_those_who_are_not_signed_in(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug, "A draft.", status="draft")
    browser = Desk(shared_server.url)
    for path in ("/desk", f"/desk/stories/{slug}", "/desk/stories/unknown"):
        answer = browser.http.get(path)
        assert answer.url.path == "/desk/login"
        assert "A draft." not in answer.text
    browser.close()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/desk/stories//evil.example",
        "/desk/stories/\\evil.example",
        "javascript:alert(1)",
        "/desk/stories/../../../stories/x\r\nSet-Cookie: a=b",
        "/api/stories",
        "\t//evil.example",
        "https:evil.example",
        "///evil.example",
        "/desk//evil.example",
        "/desk/..//evil.example",
        "%2F%2Fevil.example",
        "/desk/%2f%2fevil.example",
        "/desk@evil.example",
        "/desk?next=//evil.example",
    ],
)
def test_signing_in_leads_nowhere_but_to_the_desk(
    shared_server: Server, editor_email: str, target: str
) -> None:
    browser = Desk(shared_server.url)
    answer = browser.sign_in(editor_email, target=target)
    browser.close()
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location == "/desk" or location.startswith("/desk/stories/")
    assert "//" not in location
    assert "\\" not in location
    assert "\n" not in location


def test_signing_in_leads_back_to_where_one_wanted_to_go(
    shared_server: Server, editor: Editor, editor_email: str
) -> None:
    slug = editor.story()
    browser = Desk(shared_server.url)
    form = browser.open(f"/desk/stories/{slug}").form("/desk/login")
    answer = browser.sign_in(editor_email, target=form.values["next"])
    browser.close()
    assert answer.headers["location"] == f"/desk/stories/{slug}"


def test_the_composer_has_every_typed_field_with_its_label(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    waiting = editor.post(slug, "Waits.", status="draft")["id"]
    page = desk.open(f"/desk/stories/{slug}?edit={waiting}").tree
    for name, field in TYPED.items():
        if field.typed is Typed.FLAG:
            (label,) = page.css(f"#composer label:has([name={name}])")
        elif field.typed is Typed.MEDIA:
            (label,) = page.css(f"#f-{name} legend")
        else:
            (label,) = page.css(f"#composer label[for=f-{name}]")
            assert page.css(f"#f-{name}[name={name}]")
        assert label.text().strip() == field.label
        if field.typed is Typed.TIME:
            assert page.css(f"#composer [name={name}_offset]")
