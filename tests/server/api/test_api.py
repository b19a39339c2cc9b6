"""The editor API: stories and entries are made, read and listed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from bad_requests import check_problem
from desk_client import Editor, add_token
from processes import NO_TLS, PATIENCE, Server
from rows import change

WHOLE_ENTRY: dict[str, Any] = {
    "headline": "The line is holding",
    "body": "Forces are **holding the line**.",
    "key": True,
    "labels": ["breaking", "analysis"],
    "topics": ["Kharkiv", "Ukraine"],
    "dateline": "Kharkiv, city centre",
    "occurred_at": "2022-02-25T14:32:00+02:00",
    "credits": [
        {"role": "text", "name": "Fin", "handle": "@fin", "url": "https://example.org/fin"},
        {"role": "photo", "name": "Collin"},
    ],
    "sources": [
        {
            "kind": "official",
            "name": "The mayor",
            "url": "https://example.org/mayor",
            "retrieved_at": "2022-02-25T13:00:00Z",
            "quote": "  Stay\ninside. ",
        }
    ],
    "verification": {"status": "checking", "note": "We are asking others."},
}


def test_a_story_is_made_read_and_changed(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    story = editor.http.get(f"/api/stories/{slug}").json()
    assert story["slug"] == slug
    assert story["title"] == "A story"
    assert story["status"] == "live"
    assert story["head"] == 0
    assert story["epoch"]
    assert story["readers"] == 0
    assert story["url"] == f"{shared_server.url}/stories/{slug}"
    fields = {
        "title": "Another title",
        "summary": "What it is about.",
        "status": "ended",
        "category": "Ukraine",
        "topics": ["Kharkiv"],
        "place": "Kharkiv",
        "timezone": "Europe/Kyiv",
        "language": "uk",
    }
    changed = editor.http.patch(f"/api/stories/{slug}", json=fields).json()
    assert changed["head"] == 1
    assert changed["coverage_end"] is not None
    assert changed.items() >= fields.items()
    assert editor.http.get(f"/api/stories/{slug}").json() == changed
    assert slug in [one["slug"] for one in editor.http.get("/api/stories").json()["stories"]]


def test_a_new_story_answers_with_its_address(shared_server: Server, editor: Editor) -> None:
    made = editor.http.post("/api/stories", json={"slug": "its-address", "title": "Title"})
    assert made.status_code == 201
    assert made.headers["location"] == f"{shared_server.url}/stories/its-address"
    assert editor.http.get(made.headers["location"]).status_code == 200


def test_a_story_change_that_changes_nothing_is_no_event(editor: Editor) -> None:
    slug = editor.story(summary="The summary")
    answer = editor.http.patch(
        f"/api/stories/{slug}", json={"summary": "The summary", "status": "live"}
    )
    assert answer.status_code == 200
    assert editor.head(slug) == 0


def test_an_entry_is_given_back_as_it_was_sent(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    answer = editor.http.post(f"/api/stories/{slug}/entries", json=WHOLE_ENTRY)
    assert answer.status_code == 201
    made = answer.json()
    assert made["url"] == f"{shared_server.url}/stories/{slug}/entries/{made['id']}"
    assert answer.headers["location"] == made["url"]
    assert answer.headers["etag"] == '"1"'
    assert (made["seq"], made["rev"], made["status"]) == (1, 1, "published")
    for name in ("headline", "body", "key", "labels", "topics", "dateline"):
        assert made[name] == WHOLE_ENTRY[name]
    assert made["pinned"] is False
    assert made["occurred_at"] == "2022-02-25T12:32:00Z"
    assert made["credits"][0] == WHOLE_ENTRY["credits"][0]
    assert made["credits"][1] == {"role": "photo", "name": "Collin", "handle": None, "url": None}
    assert made["sources"] == WHOLE_ENTRY["sources"]
    assert made["verification"]["status"] == "checking"
    assert made["verification"]["note"] == "We are asking others."
    assert made["verification"]["settled_by"] is None
    assert datetime.fromisoformat(made["published_at"]) <= datetime.now(UTC)
    assert f'<article id="{made["id"]}"' in made["html"]
    assert "<strong>holding the line</strong>" in made["html"]
    read = editor.http.get(f"/api/stories/{slug}/entries/{made['id']}")
    assert read.json() == made
    assert read.headers["etag"] == '"1"'
    assert editor.http.get(made["url"]).status_code == 200
    page = editor.http.get(f"/stories/{slug}", headers={"Accept": "text/html"})
    assert made["html"] in page.text


def test_lists_go_from_the_newest_on_in_pages(editor: Editor) -> None:
    slug = editor.story()
    made = [editor.post(slug, f"Entry {n}.")["id"] for n in range(7)]
    first = listed(editor, slug, limit=3)
    assert ids(first) == made[:3:-1]
    second = listed(editor, slug, limit=3, before=first["next"])
    assert ids(second) == made[3:0:-1]
    third = listed(editor, slug, limit=3, before=second["next"])
    assert ids(third) == made[:1]
    assert third["next"] is None


def test_pages_neither_repeat_nor_skip_while_entries_arrive(editor: Editor) -> None:
    slug = editor.story()
    at_one_moment = "2024-05-01T10:00:00Z"
    before = [editor.post(slug, f"{n}", publish_at=at_one_moment)["id"] for n in range(4)]
    before += [editor.post(slug, f"{n}")["id"] for n in range(4)]
    seen: list[str] = []
    cursor = None
    for n in range(20):
        page = listed(editor, slug, limit=2, **({"before": cursor} if cursor else {}))
        seen += ids(page)
        cursor = page["next"]
        if cursor is None:
            break
        editor.post(slug, f"In between {n}.")
    assert seen == before[::-1]


def test_lists_are_narrowed_by_status_key_and_topic(editor: Editor) -> None:
    slug, other = editor.story(), editor.story()
    plain = editor.post(slug)["id"]
    key = editor.post(slug, key=True, topics=["Kharkiv"])["id"]
    draft = editor.post(slug, status="draft", topics=["kharkiv"])["id"]
    submitted = editor.post(slug, status="submitted", key=True)["id"]
    removed = editor.post(slug)["id"]
    editor.remove(slug, removed)
    editor.post(other, topics=["Kharkiv"], key=True)
    assert ids(listed(editor, slug)) == [key, plain]
    assert ids(listed(editor, slug, status="draft")) == [draft]
    assert ids(listed(editor, slug, status="removed")) == [removed]
    assert set(ids(listed(editor, slug, status=["draft", "submitted"]))) == {draft, submitted}
    assert ids(listed(editor, slug, key="true")) == [key]
    assert ids(listed(editor, slug, key="false")) == [plain]
    assert ids(listed(editor, slug, topic="KHARKIV")) == [key]
    assert ids(listed(editor, slug, topic="#kharkiv", status=["draft", "published"])) == [
        draft,
        key,
    ]
    assert ids(listed(editor, slug, topic="Kyiv")) == []


def test_a_repeated_idempotency_key_gives_the_first_entry(editor: Editor) -> None:
    slug = editor.story()
    path, key = f"/api/stories/{slug}/entries", {"Idempotency-Key": "the key"}
    first = editor.http.post(path, json={"body": "Once."}, headers=key)
    assert first.status_code == 201
    for same in ({"body": "Once."}, {"key": False, "body": "Once."}):
        again = editor.http.post(path, json=same, headers=key)
        assert again.status_code == 200
        assert again.json() == first.json()
    assert editor.head(slug) == 1
    assert len(listed(editor, slug)["entries"]) == 1


def test_a_key_that_comes_again_with_another_body_is_refused(editor: Editor) -> None:
    slug = editor.story()
    path, key = f"/api/stories/{slug}/entries", {"Idempotency-Key": "the key"}
    first = editor.http.post(path, json={"body": "Once."}, headers=key).json()
    for other in (
        {"body": "Twice."},
        {"body": "Once.", "key": True},
        {"body": "Once.", "status": "draft"},
    ):
        answer = editor.http.post(path, json=other, headers=key)
        check_problem(answer, 422, {"Idempotency-Key": "must be a new one"}, first["id"])
    assert editor.head(slug) == 1
    editor.remove(slug, first["id"])  # its text is still known, a purge forgets it: test_removal.py
    assert editor.http.post(path, json={"body": "Twice."}, headers=key).status_code == 422
    again = editor.http.post(path, json={"body": "Once."}, headers=key)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])


@pytest.fixture
async def same_key(shared_server: Server, shared_token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """An editor's client whose requests all have one idempotency key."""
    async with httpx2.AsyncClient(
        base_url=shared_server.url,
        headers={"Authorization": f"Bearer {shared_token}", "Idempotency-Key": "same"},
        timeout=PATIENCE,
        trust_env=False,
        verify=NO_TLS,
    ) as client:
        yield client


async def test_of_two_bodies_at_the_same_time_one_is_told(
    same_key: httpx2.AsyncClient, editor: Editor
) -> None:
    slug = editor.story()
    path = f"/api/stories/{slug}/entries"
    sent = [{"body": body} for body in ("One.", "Two.") * 4]
    answers = await asyncio.gather(*(same_key.post(path, json=one) for one in sent))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201] + [422] * 4
    assert editor.head(slug) == 1


def test_what_an_earlier_version_noted_cannot_be_told_from_another(
    shared_server: Server, editor: Editor
) -> None:
    """Then a repeat is answered as ever."""
    slug, key = editor.story(), secrets.token_hex(8)
    path = f"/api/stories/{slug}/entries"
    made = editor.http.post(path, json={"body": "Once."}, headers={"Idempotency-Key": key}).json()
    changed = "UPDATE idempotency_keys SET digest = :digest WHERE key = :key"
    change(shared_server, changed, digest=sha256(b"another form").hexdigest(), key=key)
    again = editor.http.post(path, json={"body": "Once."}, headers={"Idempotency-Key": key})
    assert (again.status_code, again.json()["id"]) == (200, made["id"])


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("", "page=2", {"page": "is not a known parameter; accepted: none"}),
        ("/{slug}", "limit=2", {"limit": "accepted: none"}),
        ("/{slug}/entries", "limit=2&offset=3&Status=draft", {"offset": "", "Status": "accepted: before, limit, status, key, topic"}),
        ("/{slug}/entries", "limit=2&limit=3", {"limit": "must be given once"}),
        ("/{slug}/entries", "&".join(f"x{n}=" for n in range(99)), {"x0": "", "x19": ""}),
    ],
)  # fmt: skip
def test_parameters_that_a_call_does_not_know_are_refused_by_name(
    editor: Editor, path: str, query: str, wrong: dict[str, str]
) -> None:
    slug = editor.story()
    address = f"/api/stories{path.format(slug=slug)}?{query}"
    answer = editor.http.get(address)
    assert answer.status_code == 422
    told = {one["field"]: one["message"] for one in answer.json()["errors"]}
    for name, message in wrong.items():
        assert message in told[name]
    assert "limit" in wrong or "limit" not in told
    nobody = httpx2.get(
        f"{editor.http.base_url}{address}".replace("//api", "/api"), trust_env=False, verify=NO_TLS
    )
    assert nobody.status_code == 401


def test_parameters_are_refused_before_anything_is_done(editor: Editor) -> None:
    slug = editor.story()
    path = f"/api/stories/{slug}/entries?dry_run=1"
    check_problem(editor.http.post(path, json={"body": "x"}), 422, {"dry_run": "not a known"})
    assert editor.head(slug) == 0


def test_an_idempotency_key_is_its_users_and_its_storys(
    shared_server: Server, editor: Editor
) -> None:
    slug, other_story = editor.story(), editor.story()
    other = Editor(shared_server.url, add_token(shared_server.env))
    made = [
        client.http.post(
            f"/api/stories/{story}/entries",
            json={"body": "Mine."},
            headers={"Idempotency-Key": "1"},
        ).status_code
        for client, story in ((editor, slug), (other, slug), (editor, other_story))
    ]
    other.close()
    assert made == [201, 201, 201]


async def test_repeats_at_the_same_time_make_one_entry(
    same_key: httpx2.AsyncClient, editor: Editor
) -> None:
    slug = editor.story()
    path = f"/api/stories/{slug}/entries"
    answers = await asyncio.gather(*(same_key.post(path, json={"body": "Hi"}) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert editor.head(slug) == 1


@pytest.mark.parametrize("path", ["/api/nothing", "/api/stories/its/own/ways"])
def test_an_unknown_address_is_a_problem_in_json(editor: Editor, path: str) -> None:
    answer = editor.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_a_method_that_is_not_taken_is_a_problem_in_json(editor: Editor) -> None:
    answer = editor.http.put(f"/api/stories/{editor.story()}", json={})
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def listed(editor: Editor, slug: str, **query: Any) -> dict[str, Any]:
    answer = editor.http.get(f"/api/stories/{slug}/entries", params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def ids(page: dict[str, Any]) -> list[str]:
    return [entry["id"] for entry in page["entries"]]
