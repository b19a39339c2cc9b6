"""Drafts on the server are their writer's alone, and the composer's script gets what the form gets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk_client import Editor, add_user
from desk_forms import Desk
from paper import Paper
from processes import Server
from stories import new_story

from liveblog.errors import OutOfReach
from liveblog.models.members import Role
from liveblog.newsroom.entries import edit
from liveblog.newsroom.entries.removal import remove
from liveblog.newsroom.forms import NewEntry, Removal
from liveblog.newsroom.validation import parse
from liveblog.store import Draft, Store
from liveblog.store.transaction.drafts import TxDrafts

JSON = {"Accept": "application/json"}


def put(desk: Desk, url: str, fields: Any, on: Any = 0) -> httpx2.Response:
    return desk.http.put(url, json={"fields": fields, "on": on}, headers=JSON)


def kept(desk: Desk, slug: str) -> list[dict[str, Any]]:
    answer = desk.http.get(f"/desk/stories/{slug}/drafts", headers=JSON)
    assert answer.status_code == 200, answer.text
    drafts: list[dict[str, Any]] = answer.json()["drafts"]
    return drafts


def test_a_draft_is_its_writers_alone_and_a_newer_one_is_not_written_over(
    desk: Desk, contributors_desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    url = f"/desk/stories/{slug}/drafts/new.a1"
    fields = {"body": "Half a sent\0\U0001f600", "pictures": [{"alt": "x"}]}
    assert put(desk, url, fields).json()["version"] == 1
    assert put(desk, url, fields | {"body": "More"}, on=1).json()["version"] == 2
    late = put(desk, url, {"body": "Late"}, on=1)
    assert late.status_code == 409
    assert late.json()["draft"]["fields"]["body"] == "More"
    assert [draft["fields"] for draft in kept(desk, slug)] == [fields | {"body": "More"}]
    assert kept(contributors_desk, slug) == []
    assert put(contributors_desk, url, {"body": "Mine"}).json()["version"] == 1
    assert desk.http.delete(url).status_code == 204
    assert kept(desk, slug) == []
    assert len(kept(contributors_desk, slug)) == 1
    assert contributors_desk.http.delete(url).status_code == 204


@pytest.mark.anyio
async def test_of_two_that_save_at_once_one_is_told_of_the_other(either_store: Store) -> None:
    store = either_store
    user = await store.accounts.add("ann@example.org", "Ann", Role.EDITOR, "!")
    story = await new_story(store, "a")
    for number in range(10):
        key = f"new.{number}"
        for on in range(2):
            both = await asyncio.gather(
                *(store.drafts.keep(user.id, story.id, key, None, text, on) for text in ("1", "2"))
            )
            assert [kept for _, kept in both].count(True) == 1
            assert {draft.content for draft, _ in both} == {both[0][0].content}
            assert {draft.version for draft, _ in both} == {on + 1}
    assert len(await store.drafts.of(user.id, story.id)) == 10


@pytest.mark.anyio
async def test_what_is_dropped_stays_away_and_what_is_newer_stays(
    either_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = either_store.drafts
    user = await either_store.accounts.add("ann@example.org", "Ann", Role.EDITOR, "!")
    story = await new_story(either_store, "a")
    for on in range(2):
        await drafts.keep(user.id, story.id, "new.a", None, str(on), on)
    newer = await drafts.drop(user.id, story.id, "new.a", 1)
    assert newer is not None
    assert (newer.version, newer.content) == (2, "1")
    assert await drafts.of(user.id, story.id) == [newer]
    assert await drafts.drop(user.id, story.id, "new.a", 2) is None
    assert await drafts.drop(user.id, story.id, "new.b", 0) is None
    assert await drafts.drop(user.id, story.id, "new.b") is None
    assert await drafts.of(user.id, story.id) == []
    for key in ("new.a", "new.b"):  # a saving that was on its way
        for on in range(3):
            with pytest.raises(OutOfReach):
                await drafts.keep(user.id, story.id, key, None, "late", on)
    monkeypatch.setattr("liveblog.store.stories.drafts.REMEMBERED", timedelta())
    await drafts.drop(user.id, story.id, "new.c")  # takes the memory of the others with it
    assert (await drafts.keep(user.id, story.id, "new.a", None, "another", 0))[1]


def test_of_a_post_and_another_device_the_newer_text_stays(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    url = f"/desk/stories/{slug}"

    def post(body: str, **draft: Any) -> None:
        sent = {"body": body, "draft": "new.a", "idempotency_key": body} | draft
        answer = desk.http.post(f"{url}/outbox", data=sent, headers=JSON)
        assert answer.status_code == 201, answer.text

    put(desk, f"{url}/drafts/new.a", {"body": "One", "writer": "phone"})
    put(desk, f"{url}/drafts/new.a", {"body": "One two", "writer": "laptop"}, on=1)
    post("One", draft_on=1, draft_writer="phone")
    stale = desk.http.delete(f"{url}/drafts/new.a?on=1&writer=phone", headers=JSON)
    assert (stale.status_code, stale.json()["draft"]["version"]) == (409, 2)
    assert [draft["fields"]["body"] for draft in kept(desk, slug)] == ["One two"]
    # Its own, of which the answer was lost, goes; so does one that is on its way.
    post("One two three", draft_on=1, draft_writer="laptop")
    assert kept(desk, slug) == []
    post("Quick", draft="new.b", draft_on=0, draft_writer="phone")
    for key in ("new.a", "new.b"):
        assert put(desk, f"{url}/drafts/{key}", {"body": "Late"}).status_code == 410
    assert kept(desk, slug) == []


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("new", '{"fields": {}, "on": 0}', 404),
        ("new.a.b", '{"fields": {}, "on": 0}', 404),
        ("new.a", '{"fields": {}, "on": 0', 400),
        ("new.a", "[]", 422),
        ("new.a", '{"fields": {"x": NaN}, "on": 0}', 400),
        ("new.a", '{"fields": {}, "on": true}', 422),
        ("new.a", '{"fields": {}, "on": 2147483648}', 422),
        ("new.a", '{"fields": {"x": "%s"}, "on": 0}' % ("x" * 600_000), 413),
        ("new.a", '{"fields": ' + "[" * 5_000 + "]" * 5_000 + ', "on": 0}', 400),
    ],
)
def test_what_is_no_draft_is_refused(
    desk: Desk, editor: Editor, key: str, body: str, status: int
) -> None:
    url = f"/desk/stories/{editor.story()}/drafts/{key}"
    answer = desk.http.put(url, content=body, headers=JSON)
    assert answer.status_code == status, answer.text


def test_what_was_sent_or_purged_is_no_draft_any_more(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug, "A secret")["id"]
    put(desk, f"/desk/stories/{slug}/drafts/new.a", {"body": "New"})
    put(desk, f"/desk/stories/{slug}/drafts/{entry}.b", {"body": "A secret, better"})
    sent = {"body": "New", "draft": "new.a", "idempotency_key": "once"}
    for status in (201, 200):
        answer = desk.http.post(f"/desk/stories/{slug}/outbox", data=sent, headers=JSON)
        assert answer.status_code == status, answer.text
    assert [draft["key"] for draft in kept(desk, slug)] == [f"{entry}.b"]
    editor.remove(slug, entry, purge=True)
    # A late saving brings nothing back, of this device or of another.
    for key, on in (("new.a", 1), (f"{entry}.b", 1), (f"{entry}.c", 0)):
        late = put(desk, f"/desk/stories/{slug}/drafts/{key}", {"body": "A secret, late"}, on=on)
        assert late.status_code == 410, late.text
    assert kept(desk, slug) == []
    assert editor.head(slug) == 3


@pytest.mark.anyio
async def test_what_is_saved_during_a_purge_waits_for_it_and_is_refused(
    either_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = Paper(either_store, tmp_path)
    await paper.open()
    form = parse(NewEntry, {"body": "A secret"})
    entry = (await edit.publish(paper.newsroom, paper.editor, "s", form)).entry
    drafts = either_store.drafts

    def save(key: str, on: int) -> Coroutine[None, None, tuple[Draft, bool]]:
        text = '{"body": "A secret, better"}'
        return drafts.keep(paper.editor.id, entry.story_id, key, entry.id, text, on)

    await save(f"{entry.id}.known", 0)
    late: list[asyncio.Task[tuple[Draft, bool]]] = []
    scrub_drafts = TxDrafts.scrub

    async def while_others_save(tx_drafts: TxDrafts, entry_id: str) -> int:
        count = await scrub_drafts(tx_drafts, entry_id)
        late.extend(
            asyncio.create_task(save(f"{entry.id}.{key}", on))
            for key, on in (("known", 1), ("new", 0))
        )
        await asyncio.wait(late, timeout=0.5)  # they wait, so that there is nothing to wait for
        return count

    monkeypatch.setattr(TxDrafts, "scrub", while_others_save)
    done = await remove(paper.newsroom, paper.editor, "s", entry.id, Removal(purge=True))
    saved = await asyncio.gather(*late, return_exceptions=True)
    assert [type(error) for error in saved] == [OutOfReach, OutOfReach]
    assert await drafts.of(paper.editor.id, entry.story_id) == []
    assert done.report is not None
    assert done.report.scrubbed["drafts"] == 1


def test_the_preview_is_what_readers_get(desk: Desk, editor: Editor) -> None:
    slug = editor.story()
    form = {
        "headline": "A <b>headline</b>",
        "body": "Some **news**\n\n> quoted",
        "key": "1",
        "labels": "breaking",
        "topics": "kharkiv",
        "dateline": "Kharkiv",
        "credits": "text | Fin | @fin",
        "sources": "witness | Staff | https://example.org | what was said",
        "verification": "checking",
        "occurred_at": "2022-02-25T14:30",
    }
    url = f"/desk/stories/{slug}"
    shown = desk.http.post(f"{url}/preview", data=form, headers=JSON).json()["html"]
    assert editor.head(slug) == 0
    entry = desk.http.post(f"{url}/outbox", data=form, headers=JSON).json()
    as_published = entry["html"].replace(entry["id"], "preview")

    def timeless(html: str) -> str:
        # A minute may pass between the two.
        words = re.sub(r"\b\d\d:\d\d\b", "00:00", html.replace('data-seq="1"', 'data-seq="0"'))
        return "".join(
            part.partition(">")[2] for part in words.split("<") if "time" not in part[:5]
        )

    assert timeless(shown) == timeless(as_published)
    wrong = desk.http.post(f"{url}/preview", data=form | {"sources": "x | y"}, headers=JSON)
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.json()["errors"]] == ["sources"]


def test_an_edit_by_script_gets_the_newer_entry_and_a_lost_answer_is_no_conflict(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    entry = editor.post(slug, "One")["id"]
    url = f"/desk/stories/{slug}/outbox/{entry}"
    first = desk.http.post(url, data={"body": "Two", "rev": "1"}, headers=JSON)
    assert (first.status_code, first.json()["rev"]) == (200, 2)
    again = desk.http.post(url, data={"body": "Two", "rev": "1"}, headers=JSON)
    assert (again.status_code, again.json()["rev"]) == (200, 2)
    corrected = {"body": "Three", "rev": "2", "correction": "It was three."}
    for _ in range(2):
        answer = desk.http.post(url, data=corrected, headers=JSON)
        assert (answer.status_code, answer.json()["rev"]) == (200, 3), answer.text
    other = desk.http.post(url, data={"body": "Four", "rev": "1"}, headers=JSON)
    assert other.status_code == 412
    theirs = other.json()["entry"]
    assert (theirs["rev"], theirs["form"]["body"]) == (3, "Three")
    assert (theirs["base"]["body"], theirs["media"]) == ("One", [])
    assert "<p>Three</p>" in theirs["html"]


def test_a_script_whose_user_has_left_is_told_so(
    shared_server: Server, desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    url = f"/desk/stories/{slug}"
    put(desk, f"{url}/drafts/new.a", {"body": "Mine"})
    stale = desk.http.get(f"{url}/drafts", headers=JSON | {"X-Desk-User": "0"})
    assert stale.status_code == 401
    nobody = Desk(shared_server.url)
    for method, path in [
        ("GET", "drafts"),
        ("PUT", "drafts/new.a"),
        ("DELETE", "drafts/new.a"),
        ("POST", "preview"),
        ("POST", "outbox"),
        ("POST", "outbox/x"),
    ]:
        answer = nobody.http.request(method, f"{url}/{path}", headers=JSON)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
    elsewhere = desk.http.put(
        f"{url}/drafts/new.a",
        json={"fields": {}, "on": 1},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert elsewhere.status_code == 403
    nobody.close()


def test_signing_in_by_script(shared_server: Server, desk: Desk) -> None:
    add_user(shared_server.env, "script@example.org", "contributor")
    answers = [
        desk.http.post(
            "/desk/login", data={"email": "script@example.org", "password": word}, headers=JSON
        ).status_code
        for word in ("wrong", "a long enough password")
    ]
    assert answers == [403, 204]
