"""What stands beside a story: related stories, the week's top stories, and sponsors, who wait their turn."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from desk_client import Editor
from desk_forms import Desk
from hostile import ADDRESSES
from stories import SPONSOR

pytestmark = pytest.mark.anyio


def told(editor: Editor, slug: str) -> dict[str, Any]:
    story: dict[str, Any] = editor.http.get(f"/api/stories/{slug}").json()
    return story


def test_related_stories_are_set_and_are_others_that_there_are(editor: Editor) -> None:
    others = [editor.story() for _ in range(11)]
    slug = editor.story(related=others[:2])
    assert told(editor, slug)["related"] == others[:2]
    changed = editor.change_story(slug, related=[others[3], others[1], others[3]])
    assert changed["related"] == [others[3], others[1]], "in their order, each once"
    head = changed["head"]
    editor.change_story(slug, related=[others[3], others[1]])
    assert editor.head(slug) == head, "nothing had changed"

    for wrong, field in (
        ([slug], "related"),
        (["nowhere-at-all"], "related"),
        ([others[0], "nowhere-at-all"], "related"),
        (others, "related"),
        (["Not A Slug"], "related.0"),
        (others[0], "related"),
        ([7], "related.0"),
    ):
        answer = editor.http.patch(f"/api/stories/{slug}", json={"related": wrong})
        assert answer.status_code == 422, wrong
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert told(editor, slug)["related"] == [others[3], others[1]]
    name = f"story-{secrets.token_hex(4)}"
    itself = {"slug": name, "title": "T", "related": [name]}
    assert editor.http.post("/api/stories", json=itself).status_code == 422
    assert editor.http.get(f"/api/stories/{name}").status_code == 404
    assert editor.change_story(slug, related=[])["related"] == []


def test_sponsors_are_off_until_they_are_set_and_whole(editor: Editor) -> None:
    slug = editor.story()
    assert told(editor, slug)["sponsors"] == []
    assert editor.change_story(slug, sponsors=[SPONSOR])["sponsors"] == [SPONSOR]
    head = editor.head(slug)
    editor.change_story(slug, sponsors=[SPONSOR], title="A story")
    assert editor.head(slug) == head
    for wrong, field in (
        ([SPONSOR] * 4, "sponsors"),
        ([{"name": "A", "text": "B"}], "sponsors.0.url"),
        ([SPONSOR | {"image": "https://a.example/i.png"}], "sponsors.0.image"),
        ([SPONSOR | {"name": " "}], "sponsors.0.name"),
        ([SPONSOR | {"text": "x" * 301}], "sponsors.0.text"),
        *(([SPONSOR | {"url": address}], "sponsors.0.url") for address in ADDRESSES),
    ):
        answer = editor.http.patch(f"/api/stories/{slug}", json={"sponsors": wrong})
        assert answer.status_code == 422, wrong
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert told(editor, slug)["sponsors"] == [SPONSOR]
    assert editor.change_story(slug, sponsors=[])["sponsors"] == []


def test_both_are_set_at_the_desk(editor: Editor, desk: Desk) -> None:
    other, another = editor.story(), editor.story()
    slug = editor.story(title="As it was")
    here = f"/desk/stories/{slug}"
    line = "Harbour & Sons | Ropes since 1902. | https://example.org/r?a=1"
    desk.send(desk.open(here).form(here), related=f"{other}, {another}", sponsors=line)
    story = told(editor, slug)
    assert (story["related"], story["sponsors"]) == ([other, another], [SPONSOR])
    form = desk.open(here).form(here)
    assert form.values["related"] == f"{other}, {another}"
    assert form.values["sponsors"].strip() == line
    head = editor.head(slug)
    desk.send(form)
    assert editor.head(slug) == head, "sending it as it was changes nothing"

    for field, typed, message in (
        ("related", "nowhere-at-all", "nowhere-at-all"),
        ("sponsors", "Only | two", "name | text | url"),
        ("sponsors", "A | B | javascript:alert(1)", "http://"),
    ):
        page = desk.send(form, {field: typed, "title": "As it was typed"})
        assert page.status == 422
        assert message in page.one(f"#f-story-{field}-error").text()
        kept = page.form(here).values
        assert (kept[field].strip(), kept["title"]) == (typed, "As it was typed")
    assert told(editor, slug)["title"] == "As it was"
    desk.send(form, related="", sponsors="")
    story = told(editor, slug)
    assert (story["related"], story["sponsors"]) == ([], [])
