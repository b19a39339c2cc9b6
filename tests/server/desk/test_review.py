"""The way of an entry through the newsroom: handed in, returned, held, published, taken back."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from commands import run
from desk_client import Editor
from desk_forms import Desk, Page
from members import member
from processes import Server
from readers import Reader
from rows import everything_in, in_database
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.store.tables import entries

pytestmark = pytest.mark.anyio


def entry_of(client: Editor, slug: str, entry: str) -> dict[str, Any]:
    content: dict[str, Any] = client.http.get(f"/api/stories/{slug}/entries/{entry}").json()
    return content


def call(client: Editor, slug: str, entry: str, verb: str, **fields: Any) -> httpx2.Response:
    return client.http.post(f"/api/stories/{slug}/entries/{entry}/{verb}", json=fields)


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def test_however_many_drafts_there_are_what_waits_longest_is_shown(
    shared_server: Server, desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug, "Waits longest", status="submitted")
    entry = editor.post(slug, "A draft", status="draft")["id"]
    salt = secrets.token_hex(4)

    async def copy(connection: AsyncConnection) -> None:
        found = await connection.execute(select(entries).where(entries.c.id == entry))
        draft = dict(found.mappings().one())
        copies = [draft | {"id": f"e{salt}{number:08x}"} for number in range(310)]
        await connection.execute(insert(entries), copies)

    in_database(shared_server, copy)
    page = desk.open(f"/desk/stories/{slug}")
    assert page.one("#contributions .n").text() == "1 waiting"
    assert page.one("#drafts .n").text() == "100+"


def test_what_is_returned_comes_back_better(
    editor: Editor, contributor: Editor, shared_server: Server
) -> None:
    slug = editor.story()
    entry = contributor.post(slug, "From the street.", status="submitted")["id"]
    other = editor.post(slug, "An editor's.", status="draft")["id"]
    assert call(contributor, slug, entry, "return", note="Mine.").status_code == 403
    assert call(editor, slug, entry, "return", note=" ").status_code == 422
    returned = call(editor, slug, entry, "return", note="Who says so?\nName them.").json()
    assert returned["status"] == "draft"
    assert returned["returned_at"]
    assert call(editor, slug, entry, "return", note="Again.").status_code == 409

    told = contributor.http.get(f"/api/stories/{slug}/entries/{entry}/notes").json()["notes"]
    assert [(note["kind"], note["text"]) for note in told] == [
        ("returned", "Who says so?\nName them.")
    ]
    assert call(contributor, slug, entry, "notes", text="The guards do.").status_code == 201
    for status in (
        contributor.http.get(f"/api/stories/{slug}/entries/{other}/notes").status_code,
        call(contributor, slug, other, "notes", text="Hm.").status_code,
    ):
        assert status == 403
    again = contributor.edit(slug, entry, body="From the street, say guards.", status="submitted")
    assert (again["status"], again["returned_at"]) == ("submitted", None)
    editor.edit(slug, entry, status="published")

    public = [f"/stories/{slug}", f"/stories/{slug}/entries/{entry}", f"/stories/{slug}/events"]
    for path in [*public, f"/stories/{slug}/entries"]:
        for accept in ("text/html", "application/json"):
            shown = editor.http.get(path, headers={"Accept": accept}).text
            assert "Name them" not in shown, path
            assert "guards do" not in shown, path
            assert "returned" not in shown, path
    editor.remove(slug, entry, purge=True)
    assert call(editor, slug, entry, "restore").status_code == 409
    assert editor.http.get(f"/api/stories/{slug}/entries/{entry}/notes").json() == {"notes": []}
    assert b"Name them" not in everything_in(shared_server)


def test_the_desk_shows_a_contributor_what_became_of_theirs(
    desk: Desk, contributors_desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    contributors_desk.write(slug, body="From the street.")
    page = desk.open(here)
    [card] = page.tree.css(".waiting .card")
    assert card.attributes["data-status"] == "submitted"
    entry = str(card.attributes["data-entry"])
    form = page.form(f"{here}/entries/{entry}/return")
    refused = desk.send(form, note="")
    assert (refused.status, "Not done." in refused.alerts) == (422, True)
    assert "Returned" in desk.send(form, note="Where was it?").one("[role=status]").text()

    page = contributors_desk.open(here)
    [card] = page.tree.css(".waiting .card")
    assert "Where was it?" in card.text()
    assert card.attributes["data-status"] == "draft"
    page = contributors_desk.open(f"{here}?edit={entry}")
    assert "Where was it?" in page.one("#composer .said").text(), "it is not seen while mending"
    contributors_desk.send(page.composer, body="From the street by the river.")
    assert entry_of(editor, slug, entry)["status"] == "submitted"
    notes = desk.open(f"{here}/entries/{entry}/notes")
    assert "Where was it?" in notes.one("main").text()
    assert contributors_desk.http.get(f"{here}/figures").status_code == 403
    desk.send(desk.open(f"{here}?edit={entry}").composer)
    assert entry_of(editor, slug, entry)["status"] == "published"


def test_an_embargo_holds_unless_it_is_broken(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    held = {"embargo_until": in_hours(2)}
    early: list[dict[str, Any]] = [{}, {"publish_at": in_hours(1)}]
    for more in early:
        answer = editor.http.post(
            f"/api/stories/{slug}/entries", json={"body": "Held.", **held, **more}
        )
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["field"] == "embargo_until"
    entry = editor.post(slug, "Held.", **held, publish_at=in_hours(3))["id"]
    assert (
        editor.http.patch(
            f"/api/stories/{slug}/entries/{entry}", json={"publish_at": in_hours(1)}
        ).status_code
        == 409
    )
    assert editor.head(slug) == 0

    page = desk.open(here)
    refused = desk.send(page.form(f"{here}/entries/{entry}/unschedule"))
    assert refused.status == 200
    assert entry_of(editor, slug, entry)["status"] == "draft"
    publish = desk.open(here).form(f"{here}/entries/{entry}/publish")
    assert desk.send(publish).status == 409
    assert "embargoed until" in desk.send(publish).alerts
    assert editor.head(slug) == 0
    assert desk.send(publish, break_embargo="1").status == 200
    assert entry_of(editor, slug, entry)["status"] == "published"
    notes = editor.http.get(f"/api/stories/{slug}/entries/{entry}/notes").json()["notes"]
    assert [note["kind"] for note in notes] == ["embargo"]

    lifted = editor.post(slug, "Held.", **held, status="draft")["id"]
    editor.edit(slug, lifted, embargo_until=in_hours(3))
    editor.edit(slug, lifted, embargo_until=in_hours(1))
    edited = editor.edit(slug, lifted, embargo_until=None)
    assert call(editor, slug, lifted, "undo", rev=edited["rev"]).status_code == 200
    form = desk.open(here).form(f"{here}/entries/{lifted}/schedule")
    assert desk.send(form, embargo_until="").status == 200
    told = editor.http.get(f"/api/stories/{slug}/entries/{lifted}/notes").json()["notes"]
    assert [note["text"].split(" (UTC) was ")[1][:6] for note in told] == [
        "put ea",
        "lifted",
        "lifted",
    ]


def test_publishing_at_once_says_that_there_is_an_embargo(
    shared_server: Server, editor: Editor, desk: Desk
) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    user, writer = member(shared_server, "contributor")
    assert (
        run("user", "protect", user.email, "--delay", "30", env=shared_server.env).returncode == 0
    )
    sent = {"body": "From the street.", "status": "submitted"}
    entry = writer.http.post(f"/api/stories/{slug}/entries", json=sent).json()["id"]
    writer.close()
    hours = {"publish_at": in_hours(2), "embargo_until": in_hours(1)}
    editor.edit(slug, entry, status="scheduled", **hours)
    at_once = f"{here}/entries/{entry}/at-once"
    refused = desk.send(desk.open(here).form(at_once))
    assert (refused.status, "embargoed until" in refused.alerts) == (409, True)
    assert desk.send(refused.form(at_once), break_embargo="1").status == 200
    assert entry_of(editor, slug, entry)["status"] == "published"


def test_an_embargo_comes_with_a_new_update(
    editor: Editor, desk: Desk, contributors_desk: Desk
) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    here = f"/desk/stories/{slug}"
    wrong = desk.write(slug, body="Held.", embargo_until="tomorrow")
    assert (wrong.status, wrong.composer.values["embargo_until"]) == (422, "tomorrow")
    page = desk.send(wrong.composer, embargo_until="2120-02-25T14:00")
    assert page.status == 409
    assert page.one("#f-embargo_until").attributes["aria-invalid"] == "true"
    assert "until 2120-02-25 14:00 (UTC+2)" in page.one("#f-embargo_until-error").text()
    typed = {name: page.composer.values[name] for name in ("body", "embargo_until")}
    assert typed == {"body": "Held.", "embargo_until": "2120-02-25T14:00"}
    # The button is the way out; publishing all the same is asked for by another one.
    assert page.one("#composer .main").text() == "Schedule for 25 February 2120, 14:00 (UTC+2)"
    assert page.one("#composer button[value=break]").text() == "Break the embargo"
    assert desk.send(page.composer, publish_at="2120-02-25T13:59").status == 409
    assert desk.send(page.composer, publish_at="2120-02-25T14:00").status == 200
    [entry] = editor.http.get(f"/api/stories/{slug}/entries?status=scheduled").json()["entries"]
    assert entry["embargo_until"] == "2120-02-25T12:00:00Z"
    form = desk.open(f"{here}?edit={entry['id']}").composer
    assert form.values["embargo_until"] == "2120-02-25T14:00"
    assert desk.send(form, body="Held, and mended.").status == 200
    mended = entry_of(editor, slug, entry["id"])
    assert (mended["body"], mended["embargo_until"]) == (
        "Held, and mended.",
        entry["embargo_until"],
    )

    contributors_desk.write(slug, body="Sent in.", embargo_until="2120-02-25T14:00")
    [sent] = editor.http.get(f"/api/stories/{slug}/entries?status=submitted").json()["entries"]
    assert desk.send(desk.open(f"{here}?edit={sent['id']}").composer).status == 409
    assert editor.head(slug) == 0


def test_an_hour_is_set_changed_and_taken_away_at_the_desk(editor: Editor, desk: Desk) -> None:
    slug = editor.story(timezone="Europe/Kyiv")
    here = f"/desk/stories/{slug}"
    entry = editor.post(slug, "Later.", status="draft")["id"]
    form = desk.open(here).form(f"{here}/entries/{entry}/schedule")
    past = desk.send(form, publish_at="2022-02-25T15:00")
    assert past.status == 422
    assert past.form(f"{here}/entries/{entry}/schedule").values["publish_at"] == "2022-02-25T15:00"
    desk.send(form, publish_at="2120-02-25T15:00", embargo_until="2120-02-25T14:00")
    scheduled = entry_of(editor, slug, entry)
    assert (scheduled["status"], scheduled["published_at"]) == (
        "scheduled",
        "2120-02-25T13:00:00.000000Z",
    )
    assert scheduled["embargo_until"] == "2120-02-25T12:00:00Z"
    form = desk.open(here).form(f"{here}/entries/{entry}/schedule")
    assert form.values["publish_at"] == "2120-02-25T15:00"
    desk.send(form, publish_at="2120-02-25T16:30")
    assert entry_of(editor, slug, entry)["published_at"].startswith("2120-02-25T14:30")


async def test_taking_back_reaches_readers(editor: Editor, shared_server: Server) -> None:
    """A removal, an edit and a publication; corrections stay."""
    slug = editor.story()
    entry = editor.post(slug, "As it was.", pinned=True)
    edited = editor.edit(slug, entry["id"], body="As it should not be.", labels=["breaking"])
    assert call(editor, slug, entry["id"], "undo", rev=1).status_code == 412
    back = call(editor, slug, entry["id"], "undo", rev=edited["rev"]).json()
    assert (back["body"], back["labels"], back["rev"]) == ("As it was.", [], 3)
    assert back["edited_at"]

    editor.remove(slug, entry["id"])
    restored = call(editor, slug, entry["id"], "restore").json()
    assert restored["status"] == "published"
    assert restored["published_at"] == entry["published_at"]
    assert restored["pinned"] is True
    removed = editor.remove(slug, entry["id"])["seq"]
    assert call(editor, slug, entry["id"], "undo", rev=restored["rev"] + 1).json()["seq"] == 7
    async with Reader(shared_server.ws, slug, after=0) as reader:
        await reader.until(7)
    kinds = [event["kind"].removeprefix("entry.") for event in reader.events]
    assert kinds == [
        "published",
        "updated",
        "updated",
        "removed",
        "published",
        "removed",
        "published",
    ]
    assert removed == 6
    page = editor.http.get(f"/stories/{slug}/entries/{entry['id']}")
    assert page.status_code == 200

    second = editor.post(slug, "Too early.")
    draft = call(editor, slug, second["id"], "undo", rev=1).json()
    # Published again it is of then: what it was dated by mistake is nobody's choice.
    assert (draft["status"], draft["published_at"]) == ("draft", None)
    dated = editor.post(slug, "Of then.", publish_at=in_hours(-2))
    draft = call(editor, slug, dated["id"], "undo", rev=1).json()
    assert draft["published_at"] == dated["published_at"]
    assert editor.http.get(f"/stories/{slug}/entries/{second['id']}").status_code == 410
    assert "Too early." not in editor.http.get(f"/stories/{slug}").text
    editor.edit(slug, second["id"], body="In time.", status="published")
    assert "In time." in editor.http.get(f"/stories/{slug}").text
    corrected = editor.edit(slug, second["id"], correction="It was early.")
    assert call(editor, slug, second["id"], "undo", rev=corrected["rev"]).status_code == 409


def test_what_was_removed_comes_back_to_where_it_stood(
    editor: Editor, contributor: Editor, contributors_desk: Desk
) -> None:
    """And readers hear nothing of what they do not see."""
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    hour = {"publish_at": in_hours(2)}
    later = editor.post(slug, "Later.", **hour)
    own = contributor.post(slug, "Mine.", status="submitted")
    editor.edit(slug, own["id"], status="scheduled", **hour)
    submitted = contributor.post(slug, "Waiting.", status="submitted")
    editor.edit(slug, submitted["id"], pinned=True)
    for removed in (later, own, submitted):
        editor.remove(slug, removed["id"])
    back = call(editor, slug, later["id"], "restore").json()
    assert (back["status"], back["published_at"]) == ("scheduled", later["published_at"])
    # Removed by an editor, so that it takes one to publish it.
    assert call(contributor, slug, own["id"], "restore").json()["status"] == "submitted"
    back = call(editor, slug, submitted["id"], "undo", rev=3).json()
    assert (back["status"], back["pinned"]) == ("submitted", True)

    shown = editor.post(slug, "Too early.")
    call(editor, slug, shown["id"], "undo", rev=1)
    assert editor.head(slug) == 2
    editor.remove(slug, shown["id"])
    assert editor.head(slug) == 2, "it was gone for readers already"
    assert call(editor, slug, shown["id"], "restore").json()["status"] == "draft"
    editor.remove(slug, shown["id"], purge=True)
    assert editor.head(slug) == 3, "who has it still must let go of it"

    contributors_desk.write(slug, body="By mistake.")
    [card] = contributors_desk.open(here).tree.css(".waiting .card")
    entry = str(card.attributes["data-entry"])
    page = contributors_desk.open(here)
    assert "can put it back" in page.one(f'form[action="{here}/entries/{entry}/remove"]').text()
    page = contributors_desk.send(page.form(f"{here}/entries/{entry}/remove"))
    notice = page.form(f"{here}/entries/{entry}/restore")
    assert contributors_desk.open(f"{here}?status=removed").tree.css_first(
        f'.row form[action^="{here}/entries/{entry}/restore"]'
    )
    assert "Put back" in contributors_desk.send(notice).one("[role=status]").text()
    assert entry_of(editor, slug, entry)["status"] == "submitted"
    # What readers have seen is the editors', though it waits again.
    public = editor.edit(slug, entry, status="published")
    call(editor, slug, entry, "undo", rev=public["rev"])
    page = contributors_desk.open(here)
    assert page.one(f"#row-{entry}").attributes["data-status"] == "submitted"
    assert not page.tree.css(f'form[action="{here}/entries/{entry}/remove"]')


def test_several_at_once_each_with_its_answer(
    editor: Editor, contributor: Editor, desk: Desk
) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    one, two = (editor.post(slug, f"Number {n}.")["id"] for n in (1, 2))
    waiting = contributor.post(slug, "Waiting.", status="submitted")["id"]

    def many(client: Editor, action: str, *ids: str, **more: Any) -> httpx2.Response:
        sent = {"action": action, "entries": list(ids), **more}
        return client.http.post(f"/api/stories/{slug}/bulk", json=sent)

    assert many(contributor, "publish", waiting).status_code == 403
    assert many(editor, "label", one).status_code == 422
    many(editor, "label", one, two, label="analysis")
    many(editor, "verify", one, two, verification="confirmed")
    many(editor, "key", two)
    shown = entry_of(editor, slug, two)
    assert (shown["labels"], shown["key"]) == (["analysis"], True)
    assert shown["verification"]["status"] == "confirmed"
    results = many(editor, "publish", waiting, "e0000000000000000").json()["results"]
    assert results[0]["status"] == "published"
    assert results[1]["error"]["status"] == 404

    nothing = desk.http.post(f"{here}/bulk", data={"action": "remove"})
    assert nothing.status_code == 422
    assert "Select updates first" in nothing.text
    page = desk.http.post(f"{here}/bulk", data={"action": "remove", "entry": [one, two]})
    assert page.text.count('data-done="true"') == 2
    assert entry_of(editor, slug, one)["status"] == "removed"
    listed = desk.open(f"{here}?status=removed")
    assert len(listed.tree.css(".row")) == 2
    assert "Put back" in desk.send(listed.form(f"{here}/entries/{one}/restore")).tree.html  # type: ignore[operator]
    assert entry_of(editor, slug, one)["status"] == "published"


def test_what_waits_is_selected_published_and_taken_back_together(
    editor: Editor, contributor: Editor, desk: Desk
) -> None:
    """By plain forms: the boxes of a list are ticked by its address."""
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    assert "hidden" in desk.open(here).one("#bulk").attributes  # there is nothing to select
    hour = "2199-01-01T12:00:00Z"
    draft = editor.post(slug, "A draft.", status="draft")["id"]
    later = editor.post(slug, "Later.", status="scheduled", publish_at=hour)["id"]
    waiting = [
        contributor.post(slug, f"From the street {n}.", status="submitted", labels=["Fire"])["id"]
        for n in (1, 2)
    ]
    held = contributor.post(slug, "Held.", status="submitted", embargo_until=hour)["id"]

    def found(query: str) -> set[str]:
        cards = desk.open(f"{here}?{query}").tree.css("#queue .card")
        return {str(card.attributes["data-entry"]) for card in cards}

    assert found("q=street") == set(waiting)
    assert found("label=fire") == set(waiting)
    assert found("status=submitted") == {*waiting, held}
    assert found("status=scheduled") == {later}
    assert found("status=draft") == {draft}
    assert found("status=published") == found("status=removed") == set()
    page = desk.open(f"{here}?status=submitted")
    assert "see Contributions" in page.one(".nothing").text()
    assert page.one("#drafts .n").text() == "hidden by the filter"
    assert page.one("#contributions .n").text() == "3 found"

    def selected(page: Page) -> list[str]:
        boxes = page.tree.css("input[name=entry][form=bulk][checked]")
        return [str(box.attributes["value"]) for box in boxes]

    page = desk.open(f"{here}?label=fire")
    assert selected(page) == []
    ticked = desk.open(str(page.one("#contributions + .pick-all a").attributes["href"]))
    assert selected(ticked) == [f"{entry}@1" for entry in waiting]
    sent = {"action": "publish", "entry": [*selected(ticked), held]}
    told = Page(desk.http.post(f"{here}/bulk", data=sent))
    assert [done.attributes["data-done"] for done in told.tree.css(".results li")] == [
        "true", "true", "false",
    ]  # fmt: skip
    assert "embargo" in told.one("[data-done=false]").text()
    offer = told.one(".undo")
    assert "You published 2 updates" in offer.text()
    # What changes nothing has nothing to take back, least of all what was done before.
    again = Page(desk.http.post(f"{here}/bulk", data={"action": "publish", "entry": waiting}))
    assert not again.tree.css(".undo")
    back = {
        name: [box.attributes["value"] for box in offer.css(f"[name={name}]")]
        for name in ("entry", "rev")
    }
    editor.edit(slug, waiting[0], headline="Edited meanwhile")
    told = Page(desk.http.post(f"{here}/undo", data=back))
    assert "taken back" in told.one("[data-done=true]").text()
    assert "it was changed meanwhile" in told.one("[data-done=false]").text()
    assert [entry_of(editor, slug, one)["status"] for one in waiting] == ["published", "submitted"]
    assert desk.http.post(f"{here}/undo", data={"entry": waiting}).status_code == 422
    gone = {"action": "remove", "entry": [waiting[0], draft]}
    assert "You removed 2 updates" in desk.http.post(f"{here}/bulk", data=gone).text
    desk.http.post(f"{here}/bulk", data=gone | {"action": "restore"})
    statuses = [entry_of(editor, slug, one)["status"] for one in (waiting[0], draft)]
    assert statuses == ["published", "draft"]


def test_only_what_was_seen_goes_out(editor: Editor, contributor: Editor, desk: Desk) -> None:
    """A contributor may still change what an editor looks at."""
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    hour = "2199-01-01T12:00:00Z"
    waiting = contributor.post(slug, "As it was read.", status="submitted")["id"]
    held = contributor.post(slug, "Held.", status="submitted", embargo_until=hour)["id"]
    later = editor.post(slug, "Later.", status="scheduled", publish_at=hour)["id"]
    page = desk.open(here)
    [box] = page.tree.css(f"#queue input[value^='{waiting}@']")
    for entry in (waiting, held, later):
        editor.edit(slug, entry, body="Changed since.")

    picked = {"action": "publish", "entry": str(box.attributes["value"])}
    told = Page(desk.http.post(f"{here}/bulk", data=picked))
    assert "changed meanwhile" in told.one("[data-done=false]").text()
    sent = {"action": "publish", "entries": [waiting], "revs": {waiting: 1}}
    [result] = editor.http.post(f"/api/stories/{slug}/bulk", json=sent).json()["results"]
    assert result["error"]["status"] == 412
    for entry, form, more in (
        (later, "publish", {}),
        (held, "publish", {"break_embargo": "1"}),
        (held, "schedule", {"publish_at": "2199-02-01T12:00"}),
        (waiting, "schedule", {"publish_at": "2199-02-01T12:00"}),
    ):
        fields = page.form(f"{here}/entries/{entry}/{form}").values | more
        refused = desk.http.post(f"{here}/entries/{entry}/{form}", data=fields)
        assert refused.status_code == 412, (entry, form)
        assert "changed meanwhile" in refused.text
    statuses = [entry_of(editor, slug, one)["status"] for one in (waiting, held, later)]
    assert statuses == ["submitted", "submitted", "scheduled"]

    # What a colleague has published is no change; what somebody said by hand is no revision.
    out = contributor.post(slug, "Out.", status="submitted")["id"]
    editor.edit(slug, out, status="published")
    told = Page(desk.http.post(f"{here}/bulk", data={"action": "publish", "entry": f"{out}@1"}))
    told.one("[data-done=true]")
    for rev in ("x", "9" * 30):
        refused = desk.http.post(f"{here}/entries/{later}/publish", data={"rev": rev})
        assert refused.status_code == 422
        assert "the number of a revision" in refused.text

    # What is on the page now is what goes out.
    now = desk.open(here)
    [box] = now.tree.css(f"#queue input[value^='{waiting}@']")
    desk.http.post(f"{here}/bulk", data=picked | {"entry": str(box.attributes["value"])})
    desk.send(now.form(f"{here}/entries/{later}/publish"))
    assert [entry_of(editor, slug, one)["status"] for one in (waiting, later)] == ["published"] * 2
    junk = desk.http.post(f"{here}/bulk", data=picked | {"entry": f"{waiting}@x"})
    assert junk.status_code == 422


def test_the_hour_of_an_embargo_is_told_in_the_time_of_the_story(
    desk: Desk, editor: Editor
) -> None:
    """In which whoever reads it types another."""
    slug = editor.story(timezone="Asia/Tokyo")
    held = {"status": "draft", "embargo_until": "2120-01-01T00:00:00Z"}
    entry = editor.post(slug, "Later.", **held)["id"]
    here = f"/desk/stories/{slug}"
    page = desk.send(desk.open(here).form(f"{here}/entries/{entry}/publish"))
    assert "embargoed until 2120-01-01 09:00 (UTC+9)" in page.alerts
    broken = editor.edit(slug, entry, status="published", break_embargo=True)
    assert broken["embargo_until"] is None
    assert (
        "until 2120-01-01 09:00 (UTC+9) was broken"
        in desk.open(f"{here}/entries/{entry}/notes").tree.text()
    )


def test_taking_back_a_publication_that_broke_an_embargo_brings_the_embargo_back(
    editor: Editor, contributor: Editor, desk: Desk
) -> None:
    slug = editor.story()
    hour = "2199-01-01T12:00:00Z"
    entry = contributor.post(slug, "Held.", status="submitted", embargo_until=hour)["id"]
    broken = editor.edit(slug, entry, status="published", break_embargo=True)
    call(editor, slug, entry, "undo", rev=broken["rev"])
    back = entry_of(editor, slug, entry)
    assert (back["status"], back["embargo_until"]) == ("submitted", hour)
    picked = {"action": "publish", "entry": f"{entry}@{back['rev']}"}
    told = Page(desk.http.post(f"/desk/stories/{slug}/bulk", data=picked))
    assert "embargo" in told.one("[data-done=false]").text()


def test_the_list_of_stories_says_what_waits(
    editor: Editor, desk: Desk, contributors_desk: Desk
) -> None:
    slug = editor.story()

    def said(somebody: Desk) -> str:
        return " ".join(
            link.text()
            for link in somebody.open("/desk").tree.css(
                f'.stories a[href^="/desk/stories/{slug}#"]'
            )
        )

    for number in (1, 2):
        contributors_desk.write(slug, body=f"Number {number}.")
    assert (said(desk), said(contributors_desk)) == ("2 contributions wait", "")
    [card, _] = desk.open(f"/desk/stories/{slug}").tree.css("#queue .card")
    entry = card.attributes["data-entry"]
    call(editor, slug, str(entry), "return", note="Who says so?")
    assert (said(desk), said(contributors_desk)) == ("1 contribution waits", "1 returned to you")


def test_rows_are_found_by_what_they_say_and_are(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"
    fin = [{"role": "text", "name": "Фін", "handle": "@Fin"}]
    first = editor.post(slug, "Місто Львів дихає.", credits=fin, key=True)["id"]
    second = editor.post(slug, "100 % of it_stays.", verification="disputed")["id"]
    found = {
        "q=львів": first,
        "q=%D0%9B%D0%AC%D0%92%D0%86%D0%92+дихає": first,
        "q=фін": first,
        "q=100+%25": second,
        "q=it_s": second,
        "key=1": first,
        "sure=disputed": second,
        "author=%40FIN": first,
    }
    for query, wanted in found.items():
        rows = desk.open(f"{here}?{query}").tree.css(".row")
        assert [row.attributes["data-entry"] for row in rows] == [wanted], query
    assert not desk.open(f"{here}?q=x_s").tree.css(".row")
    assert not desk.open(f"{here}?mine=1").tree.css(".row")
    for number in range(50):
        editor.post(slug, f"Number {number}.")
    page = desk.open(f"{here}?q=number")
    assert len(page.tree.css(".row")) == 50
    page = desk.open(here)
    older = page.one("[data-older]").attributes["href"]
    rest = [row.attributes["data-entry"] for row in desk.open(str(older)).tree.css(".row")]
    assert rest == [second, first]


def test_the_directory_fills_itself_and_is_kept_by_editors(
    editor: Editor, contributor: Editor, desk: Desk
) -> None:
    slug = editor.story()
    names = {"text": "Ґанна Тест", "photo": "Колін"}
    credit = {"role": "text", "name": names["text"], "handle": "@Hanna", "url": "https://a.example"}
    hotel = {"kind": "witness", "name": "Персонал готелю"}
    draft = editor.post(slug, status="draft", credits=[{"role": "photo", "name": names["photo"]}])

    def known(client: Editor, book: str, text: str) -> list[dict[str, Any]]:
        answer = client.http.get(f"/api/{book}", params={"q": text})
        assert answer.status_code == 200
        listed: list[dict[str, Any]] = answer.json()[book]
        return listed

    entry = editor.post(slug, credits=[credit], sources=[hotel])["id"]
    assert known(contributor, "contributors", "колін") == [], "drafts are their writers'"
    [hanna] = known(contributor, "contributors", "hANNA")
    assert hanna == credit | {"note": None}
    [source] = known(contributor, "sources", "готел")
    assert source == {**hotel, "url": None, "note": None}
    assert contributor.http.get("/desk/book").status_code == 303, "tokens are for the API"

    page = desk.open("/desk/book?q=hanna")
    row = str(page.one("form[action='/desk/book/contributors'] [name=id]").attributes["value"])
    line = credit | {"id": row, "note": "Only by Signal."}
    wrong = desk.http.post("/desk/book/contributors", data=line | {"url": "nowhere"})
    assert (wrong.status_code, "Only by Signal." in wrong.text) == (422, True)
    desk.http.post("/desk/book/contributors", data=line)
    [hanna] = known(editor, "contributors", "Hanna")
    assert hanna["note"] == "Only by Signal."
    assert known(contributor, "contributors", "Hanna")[0]["note"] is None
    editor.remove(slug, entry, purge=True)
    assert known(editor, "sources", "готел") == [], "known from what was purged alone"
    wire = {"kind": "outlet", "name": "Wire €X"}
    first = editor.post(slug, sources=[wire | {"url": "https://only-here.example"}])["id"]
    editor.post(slug, sources=[{"kind": "outlet", "name": "wire €x"}])
    editor.post(slug, sources=[{"kind": "outlet", "name": "Wire €X Sport"}])
    editor.remove(slug, first, purge=True)
    [left] = [one for one in known(editor, "sources", "wire €x") if "Sport" not in one["name"]]
    assert (left["name"], left["url"]) == ("wire €x", None), "as the other entry has it"
    assert known(editor, "contributors", "Hanna"), "an editor wrote it down"
    desk.http.post("/desk/book/contributors", data={"id": row, "strike": "1"})
    assert known(editor, "contributors", "Hanna") == []
    assert draft["status"] == "draft"


def test_the_settings_of_a_story_and_a_form_that_is_too_large(editor: Editor, desk: Desk) -> None:
    slug = editor.story(language="ar", timezone="Europe/Kyiv")
    here = f"/desk/stories/{slug}"
    form = desk.open(here).form(here)
    before = editor.http.get(f"/api/stories/{slug}").json()
    desk.send(form)
    assert editor.head(slug) == 0, "what the form shows is what there is"
    desk.send(
        form, category="World", place="Kharkiv", language="uk", coverage_start="2022-02-25T05:00"
    )
    after = editor.http.get(f"/api/stories/{slug}").json()
    assert (after["category"], after["place"], after["language"]) == ("World", "Kharkiv", "uk")
    assert after["coverage_start"] == "2022-02-25T03:00:00Z"
    assert after["timezone"] == before["timezone"]
    wrong = desk.send(desk.open(here).form(here), timezone="Kyiv", title="Kept")
    assert wrong.status == 422
    assert wrong.form(here).values["title"] == "Kept"
    huge = desk.http.post(here, data={"summary": "x" * (4 * 2**20 + 1)})
    assert huge.status_code == 400, "it may hold a file, but no such field"
    assert "1024KB" in huge.text
    huge = desk.http.post("/desk/stories", data={"summary": "x" * (4 * 2**20 + 1)})
    assert huge.status_code == 413
    assert "4 MiB" in huge.text
    assert huge.headers["content-type"].startswith("text/html")


def test_what_is_not_published_yet_is_saved_without_being_published(
    editor: Editor, desk: Desk, contributors_desk: Desk
) -> None:
    slug = editor.story()
    here = f"/desk/stories/{slug}"

    def kept(status: str) -> list[dict[str, Any]]:
        answer = editor.http.get(f"/api/stories/{slug}/entries?status={status}").json()
        return [{name: one[name] for name in ("id", "body", "status")} for one in answer["entries"]]

    for somebody in (desk, contributors_desk):
        page = somebody.write(slug, body="Half of it.", action="draft")
        assert "Saved as a draft." in page.one("[role=status]").text()
        [draft] = kept("draft")
        form = somebody.open(f"{here}?edit={draft['id']}").composer
        page = somebody.send(form, body="More of it.", action="save")
        assert page.one(f"#row-{draft['id']} [role=status]").text() == "Saved."
        assert kept("draft") == [draft | {"body": "More of it."}]
        editor.remove(slug, draft["id"])
    contributors_desk.write(slug, body="Sent in.")
    [sent] = kept("submitted")
    form = desk.open(f"{here}?edit={sent['id']}").composer
    desk.send(form, body="Sent in, and mended.", action="save")
    assert kept("submitted") == [sent | {"body": "Sent in, and mended."}]
    outbox = f"{here}/outbox/{sent['id']}"
    saved = {"body": "Once more.", "rev": "2", "action": "save"}
    answer = desk.http.post(outbox, data=saved, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (200, "submitted")
    # The form of a contributor shows no pin: an editor's stays.
    editor.edit(slug, sent["id"], pinned=True)
    assert call(editor, slug, sent["id"], "return", note="Where?").status_code == 200
    form = contributors_desk.open(f"{here}?edit={sent['id']}").composer
    assert contributors_desk.send(form, body="By the river.", action="save").status == 200
    assert kept("draft") == [sent | {"body": "By the river.", "status": "draft"}]
    form = contributors_desk.open(f"{here}?edit={sent['id']}").composer
    again = form.values | {"body": "By the river, twice.", "action": "save"}
    for _ in ("the answer is lost", "and it is sent again"):
        answer = contributors_desk.http.post(
            outbox, data=again, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, answer.json()["form"]["pinned"]) == (200, "1")
    assert editor.head(slug) == 0
