"""The front page: what is live first, filtered by category, cheap under load, and never stale by more than a second."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from desk_client import Editor, add_token
from photos import jpeg, photo
from processes import NO_TLS, PATIENCE, Server
from selectolax.lexbor import LexborHTMLParser, LexborNode
from served_html import check_harmless, check_isolated
from uploads import uploaded

STALE = 1.2  # a second, and the time to read

pytestmark = pytest.mark.anyio


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Server]:
    """A server whose front holds what the test puts there."""
    with Server(tmp_path) as server:
        yield server
        assert "Traceback" not in server.said()


@pytest.fixture
def writer(alone: Server) -> Iterator[Editor]:
    client = Editor(alone.url, add_token(alone.env))
    yield client
    client.close()


def got(server: Server, path: str = "/", **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(
        server.url + path, headers=named, timeout=PATIENCE, trust_env=False, verify=NO_TLS
    )


def shown(server: Server, path: str = "/", **headers: str) -> LexborHTMLParser:
    """The front as it is, a second after the last change."""
    time.sleep(STALE)
    answer = got(server, path, **headers)
    assert answer.status_code == 200
    tree = check_harmless(answer.text)
    check_isolated(tree)
    return tree


def titles(tree: LexborHTMLParser, section: str) -> list[str]:
    return [node.text() for node in tree.css(f"section.{section} h3")]


def only(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    (node,) = tree.css(selector)
    return node


def rendered(server: Server) -> float:
    found = re.search(
        r"^liveblog_overviews_rendered_total (.+)$", got(server, "/metrics").text, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


def test_an_empty_front_says_so(alone: Server) -> None:
    tree = shown(alone)
    assert only(tree, ".empty-front").text() == "No live coverage yet."
    assert not tree.css("section, nav")


def test_each_state_has_its_place_and_what_moved_last_comes_first(
    alone: Server, writer: Editor
) -> None:
    for status in ("upcoming", "live", "paused", "ended"):
        for n in (1, 2):
            writer.story(f"{status}-{n}", title=f"{status} {n}", status=status, summary="In short")
    writer.post("live-1", "Before **it**.", key=True, verification="confirmed")
    later = writer.post("live-1", "The **turn**.", key=True, verification="disputed")
    taken_down = writer.post("live-1", "A mistake.", key=True)
    writer.remove("live-1", taken_down["id"])
    writer.post("live-1", "Not a key event.")
    writer.post("ended-1", "The end.")
    writer.change_story("upcoming-2", coverage_start="2030-01-01T09:00:00+01:00")
    # Changing a story is no update of it.
    writer.change_story("live-2", sponsors=[{"name": "A", "text": "B", "url": "https://a.example"}])

    tree = shown(alone)
    assert titles(tree, "live") == ["live 1", "live 2"]
    assert titles(tree, "paused") == ["paused 2", "paused 1"]
    assert titles(tree, "upcoming") == ["upcoming 2", "upcoming 1"]
    assert titles(tree, "ended") == ["ended 1", "ended 2"]
    sections = [node.attributes["class"] for node in tree.css(".columns section")]
    assert sections == ["live", "paused", "upcoming", "ended"]

    first, second = tree.css("section.live .card")
    assert only(first, ".badge").text() == "Live"
    newest, before = first.css(".points li")
    assert only(newest, ".title").text() == "The turn."
    assert only(newest, "a").attributes["href"] == f"/stories/live-1/entries/{later['id']}"
    assert only(newest, ".sure").text() == "Disputed"
    assert only(before, ".title").text() == "Before it."
    assert only(first, ".updated time").attributes["datetime"]
    assert not first.css(".latest"), "the lead has its points instead"
    assert only(second, ".updated").text() == "No updates yet."
    assert "1 January 2030" in only(tree, "section.upcoming .updated").text()
    assert {node.text() for node in tree.css(".badge")} == {"Live", "Paused", "Upcoming", "Ended"}


def read_for(server: Server, **seconds: int) -> None:
    """Stores how long stories were read today."""
    file = next((server.folder / "data").glob("*.sqlite3"))
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection, connection:
        for slug, number in seconds.items():
            connection.execute(
                "INSERT OR REPLACE INTO audience (story_id, day, seconds)"
                " SELECT id, ?, ? FROM stories WHERE slug = ?",
                (datetime.now(UTC).date().isoformat(), number, slug),
            )


def test_the_most_read_live_story_leads_in_steps_and_an_empty_one_never(
    alone: Server, writer: Editor
) -> None:
    for slug in ("a", "b", "empty"):
        writer.story(slug, title=slug)
    writer.post("a")
    writer.post("b")
    assert titles(shown(alone), "live") == ["b", "a", "empty"]
    read_for(alone, a=4000, b=900, empty=10**9)
    tree = shown(alone)
    assert titles(tree, "live") == ["a", "b", "empty"], "read four times as long"
    assert only(tree, ".lead h3").text() == "a"
    before = rendered(alone)
    read_for(alone, a=4060, b=1000)
    assert titles(shown(alone), "live") == ["a", "b", "empty"]
    assert rendered(alone) == before, "a minute of reading changes nothing"
    # What was read all day gives way to what is new.
    late = (datetime.now(UTC) - timedelta(hours=20)).replace(tzinfo=None).isoformat(sep=" ")
    file = next((alone.folder / "data").glob("*.sqlite3"))
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection, connection:
        connection.execute(
            "UPDATE entries SET published_at = ? WHERE story_id ="
            " (SELECT id FROM stories WHERE slug = 'a')",
            (late,),
        )
    assert titles(shown(alone), "live") == ["b", "a", "empty"]
    writer.change_story("b", status="ended")
    writer.change_story("a", status="ended")
    tree = shown(alone)
    assert titles(tree, "live") == ["empty"]
    assert not tree.css(".lead"), "an empty story never leads"


def pictured(server: Server) -> LexborHTMLParser:
    """The front with its pictures, a second after the last change."""
    time.sleep(STALE)
    return LexborHTMLParser(got(server).text)


def test_a_story_has_its_cover_or_a_picture_of_its_newest_key_event(
    alone: Server, writer: Editor
) -> None:
    cover = uploaded(writer, jpeg(photo(1600, 900)), alt='A "burning" street', credit="Ann <b>")
    other = uploaded(writer, jpeg(photo(600, 900)), alt="A witness")
    writer.story("plain", title="Plain")
    writer.post("plain")
    writer.story("seen", title="Seen")
    key = writer.post("seen", key=True, media=[{"id": other["id"]}])
    writer.story("covered", title="Covered", cover=cover["id"])
    writer.post("covered")
    tree = pictured(alone)
    first, second = tree.css(".card .cover")
    image = only(first, "img").attributes
    assert image["alt"] == 'A "burning" street'
    assert (image["width"], image["height"]) == (str(cover["width"]), str(cover["height"]))
    assert image.get("fetchpriority") == "high"
    assert "loading" not in image
    assert only(first, "figcaption").text() == "Photo: Ann <b>"
    files = only(first, 'source[type="image/webp"]').attributes["srcset"] or ""
    widths = [part.split()[-1] for part in files.split(", ")]
    assert widths == sorted(widths, key=lambda width: int(width[:-1]))
    assert widths[-1] == f"{cover['width']}w", "none is larger than the picture"
    late = only(second, "img").attributes
    assert (late["loading"], late["alt"]) == ("lazy", "A witness")
    writer.edit("seen", key["id"], verification="retracted")
    assert len(pictured(alone).css(".card .cover")) == 1, "no picture of what is retracted"
    writer.remove("seen", key["id"], purge=True)
    assert "A witness" not in pictured(alone).html  # type: ignore[operator]


def test_categories_filter_and_are_those_that_stories_have(alone: Server, writer: Editor) -> None:
    hostile = '"><b>&?#/ Харків'
    writer.story("a", title="A", category="World")
    writer.story("b", title="B", category="World", status="ended")
    writer.story("c", title="C", category=hostile)
    writer.story("d", title="D")
    tree = shown(alone)
    assert titles(tree, "live") == ["D", "C", "A"]
    links = tree.css(".categories a")
    assert [link.text() for link in links] == ["All", hostile, "World"]
    assert links[0].attributes["aria-current"] == "page"

    for link, live, ended in ((links[1], ["C"], []), (links[2], ["A"], ["B"])):
        address = link.attributes["href"]
        assert address
        page = shown(alone, address)
        assert only(page, "h1").text() == link.text()
        assert (titles(page, "live"), titles(page, "ended")) == (live, ended)
        assert only(page, ".categories [aria-current]").text() == link.text()
    for nothing in ("Nowhere", "world", "%ff", "x" * 5000, "' OR 1=1 --"):
        answer = got(alone, f"/?category={nothing}")
        assert answer.status_code == 404
        check_harmless(answer.text)
    assert got(alone, "/?category=").status_code == 200


def test_many_stories_that_come_up_do_not_push_out_a_live_one(
    alone: Server, writer: Editor
) -> None:
    writer.story("quiet", title="Quiet")
    for n in range(41):
        writer.story(f"upcoming-{n}", title=f"Upcoming {n}", status="upcoming")
    page = shown(alone)
    assert titles(page, "live") == ["Quiet"]
    assert len(titles(page, "upcoming")) == 40


def test_the_front_is_cheap_and_never_older_than_a_second(alone: Server, writer: Editor) -> None:
    writer.story("a", title="The first")
    shown(alone)
    before = rendered(alone)
    until = time.monotonic() + 3
    with (
        ThreadPoolExecutor(8) as pool,
        httpx2.Client(base_url=alone.url, trust_env=False, verify=NO_TLS, timeout=PATIENCE) as http,
    ):
        asked = 0
        while time.monotonic() < until or asked <= 100:
            assert {a.status_code for a in pool.map(lambda _: http.get("/"), range(16))} == {200}
            asked += 16
    assert rendered(alone) == before, "nothing had changed"
    for n in range(3):
        writer.change_story("a", title=f"Renamed {n}")
        acknowledged = asked_at = time.monotonic()
        while f"Renamed {n}" not in got(alone).text:
            assert asked_at - acknowledged < STALE
            asked_at = time.monotonic()
    assert rendered(alone) == before + 3, "once a change"


def test_who_has_the_front_already_is_told_so(alone: Server, writer: Editor) -> None:
    writer.story("a", title="A")
    time.sleep(STALE)
    english, german = got(alone), got(alone, accept_language="de")
    assert english.headers["etag"] != german.headers["etag"]
    assert 'lang="de"' in german.text
    for answer in (english, german):
        assert "Accept-Language" in answer.headers["vary"]
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers["cache-control"] == "public, no-cache"
        assert "set-cookie" not in answer.headers
    time.sleep(STALE)
    again = got(alone, if_none_match=english.headers["etag"])
    assert (again.status_code, again.text) == (304, "")
    assert got(alone, accept_language="de", if_none_match=english.headers["etag"]).is_success
    writer.post("a")
    time.sleep(STALE)
    assert got(alone, if_none_match=english.headers["etag"]).status_code == 200
    head = httpx2.head(alone.url, timeout=PATIENCE, trust_env=False, verify=NO_TLS)
    assert (head.status_code, head.text) == (200, "")


def test_a_database_that_is_away_comes_back(alone: Server, writer: Editor) -> None:
    """A reading that failed is not kept."""
    writer.story("a", title="A")
    assert titles(shown(alone), "live") == ["A"]
    file = next((alone.folder / "data").glob("*.sqlite3"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE audience RENAME TO elsewhere")
        time.sleep(STALE)
        assert got(alone).status_code == 503
        connection.execute("ALTER TABLE elsewhere RENAME TO audience")
    assert titles(shown(alone), "live") == ["A"]
