"""Fields with values that are not accepted: each is named with what is accepted; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bad_requests import (
    CHANGE,
    EDIT,
    NEW,
    NOT_A_TIME,
    OUT_OF_RANGE,
    REMOVE,
    Bad,
    Place,
    a_place,
    check_problem,
    edit,
    new,
    story,
)
from desk_client import Editor
from processes import Server


def wrong_types() -> list[Bad]:
    """Every field of an entry with every type that it does not take."""
    text, flag, several, whole = (
        "must be a text",
        "must be true or false",
        "must be a list",
        "must be an object",
    )
    takes = {
        "body": text,
        "headline": text,
        "key": flag,
        "pinned": flag,
        "labels": several,
        "topics": several,
        "dateline": text,
        "occurred_at": NOT_A_TIME,
        "publish_at": NOT_A_TIME,
        "status": "must be 'draft'",
        "credits": several,
        "sources": several,
        "verification": whole,
        "media": several,
    }
    values = {
        "a number": 7,
        "a list": ["x"],
        "an object": {"x": 1},
        "true": True,
        "a fraction": 1.5,
    }
    found = []
    for field, message in takes.items():
        for kind, value in values.items():
            if (kind, message) in {("a list", several), ("true", flag), ("an object", whole)}:
                continue
            found.append(new(f"{field} as {kind}", {field: value}, {field: message}))
    found += [
        new(f"{field} as null", {field: None}, {field: takes[field]})
        for field in ("body", "key", "pinned", "labels", "topics", "status", "credits", "sources")
    ]
    return found


def times() -> list[Bad]:
    impossible = {
        "30 February": "2026-02-30T10:00:00Z",
        "no offset": "2026-02-20T10:00:00",
        "hour 25": "2026-02-20T25:00:00Z",
        "minute 60": "2026-02-20T10:60:00Z",
        "offset of 99 hours": "2026-02-20T10:00:00+99:00",
        "only a date": "2026-02-20",
        "words": "yesterday at noon",
        "seconds since 1970, as text": "1645798320",
        "nothing": "",
        "a zone's name": "2026-02-20T10:00:00 Europe/Kyiv",
        "digits of another script": "٢٠٢٦-02-20T10:00:00Z",
    }
    unheard_of = {
        "year 1": "0001-01-01T00:00:00Z",
        "year 1, before all times": "0001-01-01T00:00:00+14:00",
        "year 9999": "9999-12-31T23:59:59Z",
        "year 9999, after all times": "9999-12-31T23:59:59-14:00",
    }
    found = []
    for field in ("occurred_at", "publish_at"):
        for name, value in impossible.items():
            found.append(new(f"{field}: {name}", {field: value}, {field: NOT_A_TIME}))
        for name, value in unheard_of.items():
            found.append(new(f"{field}: {name}", {field: value}, {field: OUT_OF_RANGE}))
    future = {"occurred_at": "2199-01-01T00:00:00Z"}
    found.append(new("occurred in the future", future, {"occurred_at": "lies in the future"}))
    return found


FIELDS = [
    new("empty body", {"body": ""}, {"body": "must not be empty"}),
    new("blank body", {"body": " \n\t\u00a0\u2003"}, {"body": "must not be empty"}),
    new("a body that shows nothing", {"body": "[](/x)"}, {"body": "shows nothing"}),
    new("unknown field", {"boddy": "x"}, {"boddy": "is not a known field"}),
    new("unknown, oddly named", {"a[0]": 1, "str": 2}, {"a[0]": "is not a", "str": "is not a"}),
    new("unknown in a credit", {"credits": [{"role": "text", "name": "A", "x": 1}]}, {"credits.0.x": "is not a known"}),
    new("unknown in a source", {"sources": [{"kind": "poll", "name": "A", "x": 1}]}, {"sources.0.x": "is not a known"}),
    new("unknown in a verification", {"verification": {"status": "confirmed", "x": 1}}, {"verification.x": "is not a known"}),
    new("fields that the server sets", {"id": "e1", "seq": 1, "html": "<b>"}, {"id": "is not", "seq": "is not", "html": "is not"}),
    new("long headline", {"headline": "x" * 301}, {"headline": "at most 300 characters"}),
    new("long dateline", {"dateline": "x" * 201}, {"dateline": "at most 200 characters"}),
    new("long label", {"labels": ["ok", "x" * 33]}, {"labels.1": "at most 32 characters"}),
    new("many labels", {"labels": [str(n) for n in range(11)]}, {"labels": "at most 10 items"}),
    new("long topic", {"topics": ["x" * 65]}, {"topics.0": "must be a hashtag"}),
    new("topic of two words", {"topics": ["two words"]}, {"topics.0": "must be a hashtag"}),
    new("many topics", {"topics": [f"t{n}" for n in range(21)]}, {"topics": "at most 20 items"}),
    new("label that is no text", {"labels": [1]}, {"labels.0": "must be a text"}),
    new("credit that is no object", {"credits": ["Fin"]}, {"credits.0": "must be an object"}),
    new("credit with nothing", {"credits": [{}]}, {"credits.0.role": "is missing", "credits.0.name": "is missing"}),
    new("credit of an unknown role", {"credits": [{"role": "cook", "name": "A"}]}, {"credits.0.role": "must be 'text'"}),
    new("credit without a name", {"credits": [{"role": "text", "name": " "}]}, {"credits.0.name": "must not be empty"}),
    new("many credits", {"credits": [{"role": "text", "name": "A"}] * 51}, {"credits": "at most 50 items"}),
    new("source of an unknown kind", {"sources": [{"kind": "rumour", "name": "A"}]}, {"sources.0.kind": "must be 'correspondent'"}),
    new("long quote", {"sources": [{"kind": "poll", "name": "A", "quote": "x" * 5001}]}, {"sources.0.quote": "at most 5000 characters"}),
    new("source retrieved never", {"sources": [{"kind": "poll", "name": "A", "retrieved_at": "x"}]}, {"sources.0.retrieved_at": NOT_A_TIME}),
    new("long address", {"sources": [{"kind": "poll", "name": "A", "url": "https://x.org/" + "x" * 2048}]}, {"sources.0.url": "at most 2048 characters"}),
    new("unknown verification", {"verification": "certain"}, {"verification.status": "must be 'unverified'"}),
    new("settled by nothing", {"verification": {"status": "confirmed", "settled_by": "e0"}}, {"verification.settled_by": "must be a published entry of this story"}),
    new("unknown status", {"status": "live"}, {"status": "must be 'draft'"}),
    new("removed from the start", {"status": "removed"}, {"status": "DELETE removes"}),
    new("scheduled without a time", {"status": "scheduled"}, {"publish_at": "must lie in the future"}),
    new("scheduled in the past", {"status": "scheduled", "publish_at": "2022-01-01T00:00:00Z"}, {"publish_at": "must lie in the future"}),
    new("everything at once", {"body": "", "key": 1, "labels": [""]}, {"body": "must not be empty", "key": "must be true", "labels.0": "must not be empty"}),
    Bad("new entry: no body", 422, NEW, {}, {"body": "is missing"}),
    edit("empty body", {"body": " "}, {"body": "must not be empty"}),
    edit("unknown field", {"rev": 3}, {"rev": "is not a known field"}),
    edit("published in the future", {"publish_at": "2199-01-01T00:00:00Z"}, {"publish_at": "lies in the future"}),
    edit("wrong type", {"pinned": "yes"}, {"pinned": "must be true or false"}),
    Bad("edit: back to a draft", 409, EDIT, {"status": "draft"}, {}, "can only be removed"),
    Bad("edit: to removed", 422, EDIT, {"status": "removed"}, {"status": "DELETE removes"}),
    Bad("removal: wrong types", 422, REMOVE, {"reason": 1, "purge": "yes"}, {"reason": "must be a text", "purge": "must be true"}),
    Bad("removal: unknown field", 422, REMOVE, {"force": True}, {"force": "is not a known field"}),
    Bad("removal: long reason", 422, REMOVE, {"reason": "x" * 2001}, {"reason": "at most 2000"}),
    story("nothing", {"slug": "", "title": ""}, {"slug": "must be small letters", "title": "must not be empty"}),
    story("long", {"slug": "x" * 81, "title": "x" * 301, "summary": "x" * 5001}, {"slug": "at most 80", "title": "at most 300", "summary": "at most 5000"}),
    story("wrong types", {"slug": 1, "title": None, "summary": [], "topics": "x"}, {"slug": "must be a text", "title": "must be a text", "summary": "must be a text", "topics": "must be a list"}),
    story("unknown zone", {"timezone": "Europe/Atlantis"}, {"timezone": "IANA time zone"}),
    story("a path for a zone", {"timezone": "../../etc/passwd"}, {"timezone": "IANA time zone"}),
    story("no language", {"language": "english please"}, {"language": "must be a language tag"}),
    story("unknown status", {"status": "over"}, {"status": "must be 'upcoming'"}),
    story("ends before it starts", {"coverage_start": "2026-02-02T00:00:00Z", "coverage_end": "2026-02-01T00:00:00Z"}, {"coverage_end": "must not lie before"}),
    story("unknown field", {"head": 7}, {"head": "is not a known field"}),
    *[story(f"slug {slug!r}", {"slug": slug}, {"slug": "must be small letters"}) for slug in ("A", "a b", "-a", "a--b", "a/b", "..", "ä", "a\n", "a_b", "%2e")],
    Bad("story: changed slug", 422, CHANGE, {"slug": "other"}, {"slug": "is not a known field"}),
    Bad("story: no title", 422, CHANGE, {"title": "  "}, {"title": "must not be empty"}),
    Bad("story: ends before it started", 422, CHANGE, {"coverage_end": "1999-01-01T00:00:00Z"}, {"coverage_end": "must not lie before"}),
]  # fmt: skip

ALL = wrong_types() + times() + FIELDS


@pytest.fixture(scope="module")
def place(shared_server: Server, shared_token: str) -> Iterator[Place]:
    with a_place(shared_server.url, shared_token) as made:
        yield made


@pytest.mark.parametrize("bad", ALL, ids=[bad.name for bad in ALL])
def test_a_wrong_field_is_named_and_nothing_is_stored(place: Place, bad: Bad) -> None:
    place.refuses(bad)


def test_a_taken_slug_is_refused_and_the_story_stays(editor: Editor) -> None:
    slug = editor.story(title="The first")
    answer = editor.http.post("/api/stories", json={"slug": slug, "title": "The second"})
    check_problem(answer, 409, {"slug": "is taken"})
    assert editor.http.get(f"/api/stories/{slug}").json()["title"] == "The first"
