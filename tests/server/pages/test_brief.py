"""The Brief of a story: what editors may write, and what becomes of a point whose entry changes. Each change tells
readers in its own event, and a page loaded afterwards says the same."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from typing import Any

import pytest
from desk_client import Editor
from desk_forms import Desk
from processes import Server
from readers import Reader
from selectolax.lexbor import LexborHTMLParser, LexborNode

pytestmark = pytest.mark.anyio


def page_of(editor: Editor, slug: str, more: str = "") -> LexborHTMLParser:
    answer = editor.http.get(f"/stories/{slug}{more}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def only(tree: LexborHTMLParser, selector: str) -> LexborNode:
    node = tree.css_first(selector)
    assert node is not None, selector
    return node


def brief_of(html: str) -> LexborHTMLParser:
    """A Brief, with the digits of the counter left out: events have them beside it."""
    counter = r'(class="brief-since"[^>]*?)(?: hidden(?:="")?)?>[^<]*</a>'
    return LexborHTMLParser(re.sub(counter, r"\1></a>", html))


def on_page(editor: Editor, slug: str) -> str:
    node = page_of(editor, slug).css_first(".brief")
    assert node is not None
    return brief_of(node.html or "").html or ""


def events(editor: Editor, slug: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        editor.http.get(f"/stories/{slug}/events?after=0").text
    )["events"]
    return found


def told(editor: Editor, slug: str) -> str:
    """The Brief of the newest event, which must be that of the page."""
    html = events(editor, slug)[-1]["brief_html"]
    assert brief_of(html).html == brief_of(on_page(editor, slug)).html
    return str(html)


def points(html: str) -> list[str]:
    return [node.text(separator=" ", strip=True) for node in LexborHTMLParser(html).css(".points > li")]  # fmt: skip


def refused(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


async def test_a_point_is_as_sure_as_its_entry_in_the_event_of_each_change(editor: Editor) -> None:
    slug = editor.story(summary="What editors wrote first.")
    entry = editor.post(slug, "A video.", verification={"status": "unverified"})["id"]
    written = [{"text": "Tanks are cheered", "entry": entry}, {"text": "No news of the north"}]
    story = editor.change_story(slug, points=written)
    assert story["points"] == [written[0], written[1] | {"entry": None}]
    assert editor.change_story(slug, points=story["points"])["rev"] == story["rev"], "as it was"
    assert events(editor, slug)[-1]["kind"] == "story.updated"
    assert "What editors wrote first." in told(editor, slug)

    for status, word in (("confirmed", "Confirmed"), ("disputed", "Disputed"), ("retracted", "Retracted")):  # fmt: skip
        editor.edit(slug, entry, verification={"status": status})
        html = told(editor, slug)
        assert points(html)[0].startswith(word)
        assert f'data-verification="{status}"' in html
        brief = editor.http.get(f"/api/stories/{slug}").json()["brief"]
        assert brief["points"][0]["status"] == status
        assert brief["points"][0]["url"].endswith(f"/stories/{slug}/entries/{entry}")
    editor.edit(slug, entry, verification={"status": "confirmed"})
    editor.edit(slug, entry, body="A video of the outskirts.", correction="It was not the centre.")
    assert "Corrected" in points(told(editor, slug))[0]

    editor.remove(slug, entry)
    html = told(editor, slug)
    assert points(html)[0] == "The update behind this point was taken down."
    assert "Tanks are cheered" not in html
    editor.http.post(f"/api/stories/{slug}/entries/{entry}/restore").raise_for_status()
    assert "Tanks are cheered" in told(editor, slug)

    # An edit of another entry does not send the Brief again.
    editor.post(slug, "Something else.")
    last = events(editor, slug)[-1]
    assert "brief_html" not in last
    assert last["brief_since"] == 1
    assert only(page_of(editor, slug), ".brief-since").text() == "1 update since"


async def test_without_points_the_newest_key_events_are_the_brief(editor: Editor) -> None:
    slug = editor.story()
    assert "hidden" in only(page_of(editor, slug), ".brief").attributes
    ids = [editor.post(slug, f"Event {n}.", key=True)["id"] for n in range(9)]
    html = told(editor, slug)
    assert [re.search(r"Event \d", point)[0] for point in points(html)] == [  # type: ignore[index]  # each has one
        f"Event {n}" for n in range(8, 1, -1)
    ]
    more = only(LexborHTMLParser(html), ".more-keys")
    assert more.text() == "2 more key events"
    assert more.attributes["href"] == f"/stories/{slug}?show=key"
    assert len(page_of(editor, slug, "?show=key").css("article")) == 9
    for n in range(3):
        editor.post(slug, f"Plain {n}.")
    assert [event["brief_since"] for event in events(editor, slug)][-4:] == [0, 1, 2, 3]

    editor.edit(slug, ids[8], key=False)
    assert "Event 1" in told(editor, slug)
    editor.remove(slug, ids[7])
    assert "Event 0" in told(editor, slug)
    assert LexborHTMLParser(told(editor, slug)).css_first(".more-keys") is None
    editor.edit(slug, ids[0], headline="Event 0, with a headline")
    assert "Event 0, with a headline" in told(editor, slug)


def test_a_point_rests_on_a_published_entry_of_its_story(editor: Editor) -> None:
    slug = editor.story()
    elsewhere = editor.post(editor.story(), "Elsewhere.")["id"]
    draft = editor.post(slug, "Not yet.", status="draft")["id"]
    later = editor.post(slug, "Later.", publish_at="2099-01-01T00:00:00Z")["id"]
    good = editor.post(slug)["id"]
    for wrong in (elsewhere, draft, later, "e0000000000000000", "x"):
        sent = [{"text": "a"}, {"text": "b", "entry": good}, {"text": "c", "entry": wrong}]
        answer = editor.http.patch(f"/api/stories/{slug}", json={"points": sent})
        assert refused(answer) == {"points.2.entry": "must be the id of a published entry of this story"}  # fmt: skip
    long = [{"text": "a" * 301}, {"text": "  "}, {"text": "a", "sure": 1}]
    answer = editor.http.patch(f"/api/stories/{slug}", json={"points": long})
    assert refused(answer) == {
        "points.0.text": "must have at most 300 characters",
        "points.1.text": "must not be empty",
        "points.2.sure": "is not a known field",
    }
    eight = editor.http.patch(f"/api/stories/{slug}", json={"points": [{"text": "a"}] * 8})
    assert refused(eight) == {"points": "must have at most 7 items"}
    assert editor.http.get(f"/api/stories/{slug}").json()["points"] == []
    answer = editor.http.post("/api/stories", json={"slug": f"s-{secrets.token_hex(4)}", "title": "T",
                                                    "points": [{"text": "a", "entry": good}]})  # fmt: skip
    assert list(refused(answer)) == ["points.0.entry"]
    new = editor.story(points=[{"text": "What we know"}])
    assert points(on_page(editor, new))[0].endswith("What we know")
    # A point that stays as it is may rest on an entry that is gone since.
    kept = [{"text": "Kept", "entry": good}]
    editor.change_story(slug, points=kept)
    editor.remove(slug, good)
    editor.change_story(slug, points=[*kept, {"text": "Another"}])


def test_two_editors_do_not_overwrite_each_other(editor: Editor) -> None:
    slug = editor.story()
    read = editor.http.get(f"/api/stories/{slug}")
    tag = read.headers["etag"]
    assert tag == f'"{read.json()["rev"]}"'

    def write(text: str, on: str) -> Any:
        return editor.http.patch(
            f"/api/stories/{slug}", json={"points": [{"text": text}]}, headers={"If-Match": on}
        )

    first = write("Mine", tag)
    assert first.status_code == 200
    late = write("Yours", tag)
    assert late.status_code == 412
    assert late.json()["story"]["points"] == [{"text": "Mine", "entry": None}]
    assert late.headers["etag"] == first.headers["etag"]
    editor.post(slug)  # an entry is no change of the story's own fields
    assert write("Ours", late.headers["etag"]).status_code == 200


async def test_a_purge_takes_its_points_from_everything(
    shared_server: Server, editor: Editor
) -> None:
    secret, own, other = (f"secret{secrets.token_hex(5)}" for _ in range(3))
    slug = editor.story()
    entry = editor.post(slug, f"It was {secret}.", headline=secret, key=True)["id"]
    editor.post(slug, "Another key event.", key=True)  # its event has both in the Brief
    kept = editor.post(slug, "Kept.")["id"]
    editor.change_story(
        slug, points=[{"text": own, "entry": entry}, {"text": other, "entry": kept}]
    )
    editor.edit(slug, kept, verification={"status": "confirmed"})
    async with Reader(shared_server.ws, slug, after=0) as reader:
        await reader.until(5)
        assert secret in str(reader.frames)
        assert own in str(reader.frames)
        report = await asyncio.to_thread(editor.remove, slug, entry, purge=True)
        await reader.until(6, within=2)
        assert own not in reader.events[-1]["brief_html"]
        assert other in reader.events[-1]["brief_html"]
    assert report["report"]["scrubbed"]["points of the Brief"] == 1
    assert report["report"]["scrubbed"]["events"] == 4  # its own, and three with the Brief
    async with Reader(shared_server.ws, slug, after=0) as late:
        await late.until(6)
        assert late.log == [1, 2, 3, 4, 5, 6]
        texts = [str(late.frames), json.dumps(events(editor, slug)), on_page(editor, slug)]
    texts += [editor.http.get(f"/api/stories/{slug}").text]
    texts += [editor.http.get(f"/stories/{slug}/{place}").text for place in ("embed", "element", "feed.json", "feed.atom")]  # fmt: skip
    assert [text for text in texts if secret in text or own in text] == []
    assert other in texts[0]
    told(editor, slug)
    # Restarted processes read the log: it has nothing either.
    found = editor.http.get(f"/desk/stories/{slug}").text
    assert own not in found


def test_a_purge_reaches_the_briefs_of_before_the_entry_was_withdrawn(editor: Editor) -> None:
    """It has another sequence number since it was published again: the first one counts."""
    secret, own = (f"secret{secrets.token_hex(5)}" for _ in range(2))
    slug = editor.story()
    at = f"/api/stories/{slug}/entries"
    entry = editor.post(slug, f"It was {secret}.", headline=secret, key=True)["id"]
    editor.post(slug, "Another key event.", key=True)  # its event has both in the Brief
    editor.change_story(slug, points=[{"text": own, "entry": entry}])
    withdrawn = editor.http.post(f"{at}/{entry}/undo", json={"rev": 1})
    assert withdrawn.json()["status"] == "draft"
    again = editor.edit(slug, entry, status="published")
    assert again["seq"] == 5
    assert [secret in str(event) for event in events(editor, slug)[:2]] == [True, True]
    assert own in str(events(editor, slug)[2])
    report = editor.remove(slug, entry, purge=True)["report"]
    assert secret not in str(events(editor, slug))
    assert own not in str(events(editor, slug))
    assert report["scrubbed"]["events"] == 5  # its own three, and two with the Brief
    told(editor, slug)


def test_the_desk_is_told_of_a_point_that_fell(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    first, second = (editor.post(slug, f"Update {n}.")["id"] for n in (1, 2))
    editor.change_story(
        slug, points=[{"text": "One", "entry": first}, {"text": "Two", "entry": second}]
    )
    queue = f"/desk/stories/{slug}/queue"
    assert "Point" not in desk.http.get(queue).text
    editor.edit(slug, second, verification={"status": "retracted"})
    assert "<b>Point 2</b> rests on a retracted update." in desk.http.get(queue).text
    editor.remove(slug, first)
    assert "<b>Point 1</b> rests on an update that was taken down" in desk.http.get(queue).text


def test_the_form_of_the_desk_keeps_what_both_editors_wrote(editor: Editor, desk: Desk) -> None:
    slug = editor.story()
    entry = editor.post(slug, "An update.", headline="A headline to rest on")["id"]
    address = f"/desk/stories/{slug}"
    page = LexborHTMLParser(desk.http.get(address).text)
    seen = only(page, '#brief [name="points_at"]').attributes["value"] or ""
    assert "A headline to rest on" in only(page, "#f-brief-entry-1").text()
    mine = {"points_at": seen, "text-1": "Second", "place-1": "2", "text-4": "First",
            "entry-4": entry, "place-4": "1"}  # fmt: skip
    editor.change_story(slug, status="paused")  # something else of the story
    assert "The Brief is saved" in desk.http.post(f"{address}/brief", data=mine).text
    stored = editor.http.get(f"/api/stories/{slug}").json()["points"]
    assert stored == [{"text": "First", "entry": entry}, {"text": "Second", "entry": None}]

    late = desk.http.post(f"{address}/brief", data={"points_at": seen, "text-1": "Mine, typed late"})  # fmt: skip
    assert late.status_code == 412
    assert "Mine, typed late" in late.text
    assert "First" in only(LexborHTMLParser(late.text), "#brief .notice").text()
    again = only(LexborHTMLParser(late.text), '#brief [name="points_at"]').attributes["value"]
    done = desk.http.post(f"{address}/brief", data={"points_at": again, "text-1": "Mine, typed late"})  # fmt: skip
    assert "The Brief is saved" in done.text

    now = only(LexborHTMLParser(desk.http.get(address).text), '[name="points_at"]')
    long = {"points_at": now.attributes["value"], "text-2": "x" * 301, "text-3": "Fine"}
    wrong = desk.http.post(f"{address}/brief", data=long)
    assert wrong.status_code == 422
    assert "Point 2: its text must have at most 300 characters" in wrong.text
    assert "x" * 301 in wrong.text
    assert editor.http.get(f"/api/stories/{slug}").json()["points"][0]["text"] == "Mine, typed late"


def test_what_is_retracted_says_so_where_it_cannot_be_struck(editor: Editor) -> None:
    slug = editor.story(points=[{"text": "Right to left: \u202e and <b>"}])
    editor.post(slug, "It was.", headline="A claim", verification={"status": "retracted"})
    assert "Retracted: A claim" in editor.http.get(f"/stories/{slug}/feed.atom").text
    assert "&lt;b&gt;" in on_page(editor, slug)
