"""What Superdesk's Live Blog answers, in both versions of its API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from import_desk import ImportDesk, import_desk

from liveblog.archive import superdesk
from liveblog.archive.incoming import Incoming, Report
from liveblog.store import Store

pytestmark = pytest.mark.anyio


def post(name: str, minute: int, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A post of version 1."""
    refs = [{"residRef": "i", "item": item} for item in items or ({"item_type": "text", "text": f"<p>Said by {name}.</p>"},)]  # fmt: skip
    return {
        "_id": name,
        "post_status": "open",
        "published_date": f"2021-04-28T12:{minute:02}:00+00:00",
        "sticky": False,
        "lb_highlight": False,
        "deleted": False,
        "groups": [{"id": "root", "refs": [{"idRef": "main"}]}, {"id": "main", "refs": refs}],
    } | more


def read(*posts: dict[str, Any], site: str = "", **blog: Any) -> tuple[Incoming, list[str]]:
    report = Report()
    documents = [{"_items": list(posts)}, *([blog] if blog else [])]
    content = "\n".join(json.dumps(one) for one in documents)
    return superdesk.read(content.encode(), site, report), list(report.lines(ids=True))


def test_posts_of_the_second_version_of_the_api() -> None:
    """They have their items and the publisher themselves (`convert_posts`)."""
    renditions = {"original": {"href": "https://pictures.example.org/a.jpg"}}
    answer = {
        "_id": "urn:1", "_created": "2021-04-28T12:49:40+00:00", "blog": "5ea8", "lb_highlight": True, "sticky": True,
        "deleted": False, "post_status": "open", "published_date": "2021-04-28T12:49:43+00:00", "unpublished_date": None,
        "items": [
            {"_id": "i1", "item_type": "text", "text": "<p>It <b>begins</b>.</p>"},
            {"_id": "i2", "item_type": "image", "text": "<figure></figure>", "meta": {"caption": "The hall", "credit": "Ana"},
             "renditions": renditions},
        ],
        "publisher": {"display_name": "Mika Korrespondent", "picture_url": ""},
    }  # fmt: skip
    found, lost = read(answer)
    (entry,) = found.entries
    assert (entry.values["body"], entry.values["key"], entry.values["pinned"]) == (
        "It **begins**.",
        True,
        True,
    )
    assert entry.values["credits"] == [{"role": "text", "name": "Mika Korrespondent"}]
    assert [(one.address, one.caption, one.credit) for one in entry.media] == [
        ("https://pictures.example.org/a.jpg", "The hall", "Ana")
    ]
    assert lost == []


@pytest.mark.parametrize("deleted", [True, "true", 1, {"by": "someone"}])
def test_a_deleted_post_is_left_out_however_that_is_written(deleted: Any) -> None:
    found, lost = read(post("a", 1, deleted=deleted), post("b", 2))
    assert [entry.id for entry in found.entries] == ["b"]
    assert lost == ["not carried: 1 posts that were deleted", "  a"]


def test_a_post_that_stands_on_two_pages_is_one_and_its_pin_is_not_reported() -> None:
    found, lost = read(post("a", 1, sticky=True), post("b", 2), post("a", 1, sticky=True))
    assert [(entry.id, entry.values["pinned"]) for entry in found.entries] == [
        ("a", True),
        ("b", False),
    ]
    assert lost == []


def test_a_place_that_an_editor_chose_is_reported() -> None:
    found, lost = read(post("a", 1, order=3.0), post("b", 2, order=1.0), post("c", 3, order=4.0))
    assert [entry.id for entry in found.entries] == ["a", "b", "c"]
    assert lost == [
        "not carried: 1 places of posts that were moved by hand: entries stand by their time", "  b",
    ]  # fmt: skip


def test_a_scorecard_without_a_goal_and_with_the_note_on_the_match() -> None:
    score = {
        "home": {"name": "Rot", "score": 0, "scorers": [{"name": "", "time": ""}]},
        "away": {"name": "Blau", "score": "0"},
        "match": {"quaters": "(0:0)", "info": "Waldstadion, 51,000"},
    }
    found, _ = read(post("a", 1, {"item_type": "Scorecard", "text": "", "meta": {"data": score}}))
    assert (
        found.entries[0].values["body"]
        == "**Rot 0\N{EN DASH}0 Blau**\n\n(0:0)\n\nWaldstadion, 51,000"
    )


@pytest.fixture
async def desk(tmp_path: Path, store: Store) -> AsyncIterator[ImportDesk]:
    async with import_desk(tmp_path, store) as made:
        yield made


async def test_the_picture_of_the_blog_is_the_cover(desk: ImportDesk) -> None:
    blog = {
        "_id": "5ea8", "title": "Cup final", "blog_status": "open", "picture_url": "/thumb.jpg",
        "picture_renditions": {"original": {"href": "/a.jpg"}, "thumbnail": {"href": "/thumb.jpg"}},
    }  # fmt: skip
    found, _ = read(post("a", 1), site="https://pictures.example.org", **blog)
    assert found.cover is not None
    assert found.cover.address == "https://pictures.example.org/a.jpg"
    blog["picture_renditions"] = {"original": {"href": "https://pictures.example.org/a.jpg"}}
    file = desk.folder / "posts.jsonl"
    file.write_text(f"{json.dumps(blog)}\n{json.dumps({'_items': [post('a', 1)]})}\n")
    assert (await desk.load("final", file, "superdesk"))[1] == []
    story = await desk.store.stories.get("final")
    assert story.cover is not None
    assert story.cover.width == 600


async def test_a_post_that_is_still_to_come_is_refused(desk: ImportDesk) -> None:
    later = post("b", 2, published_date="2199-01-01T00:00:00+00:00")
    blog = {"_id": "5ea8", "title": "Cup final", "blog_status": "open"}
    file = desk.folder / "posts.jsonl"
    file.write_text(f"{json.dumps(blog)}\n{json.dumps({'_items': [post('a', 1), later]})}\n")
    done, lost = await desk.load("final", file, "superdesk")
    assert (done.added, done.refused) == (1, 1)
    assert [entry.body for entry in await desk.entries("final")] == ["Said by a."]
    assert "b: publish_at: lies in the future" in lost[1]
