"""What stands under a hashtag: of all stories, newest first, by any spelling, and page by page."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import time
import unicodedata
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from alembic import command
from desk_client import Editor
from hostile import MARKUP, UNICODE
from processes import PATIENCE, Server
from selectolax.lexbor import LexborHTMLParser
from served_html import check_harmless, check_isolated
from sqlalchemy import Connection

from liveblog.store import Database, schema

STALE = 1.2  # a second, and the time to read

pytestmark = pytest.mark.anyio


def unheard_of(word: str = "topic") -> str:
    return f"{word}_{secrets.token_hex(4)}"


def at(topic: str, **query: str) -> str:
    """The address of a topic."""
    return f"/topics/{quote(topic)}" + "".join(f"?{name}={value}" for name, value in query.items())


def page(editor: Editor, address: str) -> LexborHTMLParser:
    time.sleep(STALE)
    answer = editor.http.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200, address
    tree = check_harmless(answer.text)
    check_isolated(tree)
    return tree


def ids(tree: LexborHTMLParser) -> list[str]:
    return [str(article.id) for article in tree.css("article")]


def answered(editor: Editor, address: str) -> dict[str, Any]:
    answer = editor.http.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    content: dict[str, Any] = json.loads(answer.text)
    return content


def test_entries_of_all_stories_each_with_its_story_in_its_language(editor: Editor) -> None:
    topic = unheard_of("Харків")
    english = editor.story(title="Kharkiv", topics=[topic])
    arabic = editor.story(title="خاركيف", language="ar", timezone="Asia/Amman")
    first = editor.post(english, "One", topics=[topic.upper()], key=True)
    second = editor.post(arabic, "اثنان", topics=["other", topic], verification="confirmed")
    editor.post(arabic, "Of something else", topics=["other"])
    editor.post(english, "Not yet", topics=[topic], status="draft")
    gone = editor.post(english, "A mistake", topics=[topic])["id"]
    editor.remove(english, gone)
    changed = editor.post(english, "No longer of this", topics=[topic])["id"]
    editor.edit(english, changed, topics=[])

    tree = page(editor, at(topic))
    assert ids(tree) == [second["id"], first["id"]]
    blocks = tree.css(".of")
    assert [(b.attributes["lang"], b.attributes["dir"]) for b in blocks] == [
        ("ar", "rtl"),
        ("en", "ltr"),
    ]
    named = [(link.text(), link.attributes["href"]) for link in tree.css(".from a")]
    assert named == [("خاركيف", f"/stories/{arabic}"), ("Kharkiv", f"/stories/{english}")]
    for block, entry in zip(blocks, (second, first), strict=True):
        shown = block.css_first("article")
        assert shown is not None
        expected = LexborHTMLParser(entry["html"]).css_first("article")
        assert expected is not None
        assert shown.html == expected.html
    assert [line.attributes["href"] for line in tree.css(".about a")] == [f"/stories/{english}"]

    content = answered(editor, at(topic))
    assert [entry["id"] for entry in content["entries"]] == [second["id"], first["id"]]
    assert content["entries"][0]["story"]["url"].endswith(f"/stories/{arabic}")
    whole = content["entries"][0]["html"]
    assert whole.replace(f'="{str(editor.http.base_url).rstrip("/")}/', '="/') == second["html"]
    assert (content["topic"], content["next"]) == (topic, None)
    assert [story["slug"] for story in content["stories"]] == [english]


def test_any_spelling_leads_there(editor: Editor) -> None:
    slug = editor.story()
    mark = secrets.token_hex(4)
    for written, asked in (
        ("Київ", "КИЇВ"),
        ("Київ", unicodedata.normalize("NFD", "київ")),
        ("Straße", "STRASSE"),
        ("انتخابات", "#انتخابات"),
        ("東京", "東京"),
        ("हिन्दी", "हिन्दी"),
        ("İzmir", "İzmir"),
        ("İzmir", "İzmir".casefold()),
        ("ΐΰ", "ΐΰ".casefold()),
    ):
        entry = editor.post(slug, topics=[f"{written}{mark}"])["id"]
        found = answered(editor, at(f"{asked}{mark}"))
        assert found["entries"][0]["id"] == entry
        assert found["topic"].casefold() == f"{written}{mark}".casefold()
        shown = LexborHTMLParser(
            editor.http.get(f"/stories/{slug}", params={"topic": f"{asked}{mark}"}).text
        )
        assert ids(shown)[0] == entry
        (chosen,) = shown.css(".tools [aria-current] bdi")
        assert chosen.text().casefold() == f"#{found['topic']}".casefold()
        listed = editor.http.get(
            f"/api/stories/{slug}/entries", params={"topic": f"{asked}{mark}"}
        ).json()
        assert listed["entries"][0]["id"] == entry


def test_every_topic_that_is_shown_is_a_link_that_leads_somewhere(editor: Editor) -> None:
    names = [unheard_of(word) for word in ("AtlasNewsUpdateUkraine", "Харків", "انتخابات")]
    own = unheard_of("OfTheStory")
    slug = editor.story(topics=[own])
    entry = editor.post(slug, topics=names)["id"]
    for address in (
        f"/stories/{slug}",
        f"/stories/{slug}/embed",
        f"/stories/{slug}/entries/{entry}",
    ):
        tree = LexborHTMLParser(editor.http.get(address).text)
        links = tree.css("article .by a[href^='/topics/'], .topics a")
        head = [f"#{own}"] if "/entries/" not in address else []
        assert [link.text() for link in links] == head + [f"#{name}" for name in names]
        for link in links:
            assert link.attributes["href"]
            assert editor.http.get(link.attributes["href"]).status_code == 200
    pushed = json.loads(editor.http.get(f"/stories/{slug}/events?after=0").text)["events"][0]
    assert pushed["html"].count('href="/topics/') == 3

    # A topic that nothing carries any more is none.
    editor.change_story(slug, topics=[])
    time.sleep(STALE)
    assert editor.http.get(at(own)).status_code == 404


@pytest.mark.parametrize("topic", [*MARKUP, *UNICODE, "", "%00", "%ff%fe", "a%2Fb", "x" * 65,
    "' OR 1=1 --", "a b", "#", "%23%23", "\u200b", "ﷺ" * 64])  # fmt: skip
def test_what_is_no_topic_gets_a_friendly_page(editor: Editor, topic: str) -> None:
    path = topic if topic.startswith("%") or "%2F" in topic else quote(topic, safe="")
    answer = editor.http.get(f"/topics/{path}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    tree = check_harmless(answer.text)
    check_isolated(tree)
    assert tree.css("main a[href='/']")
    answer = editor.http.get(f"/topics/{path}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_cursor_that_is_none_is_refused(editor: Editor) -> None:
    topic = unheard_of()
    editor.post(editor.story(), topics=[topic])
    for before in ("", "x", "e30", "MjAyMi0wMi0yNVQxNDozMjowMCswMDowMHwx",
                   "MjAyMi0wMi0yNVQxNDozMjowMCswMDowMHwxLic"):  # fmt: skip
        assert editor.http.get(at(topic, before=before)).status_code == 400


async def test_pages_neither_repeat_nor_skip_while_entries_arrive(editor: Editor) -> None:
    topic = unheard_of()
    slugs = [editor.story() for _ in range(3)]
    # Three have the same time and number, so that pages of 50 end among them.
    moments = [f"2022-02-25T14:{n // 30:02}:00Z" for n in range(120)]
    known = [
        editor.post(slugs[n % 3], f"Number {n}", topics=[topic], publish_at=moment)["id"]
        for n, moment in enumerate(moments)
    ]
    stop = asyncio.Event()

    async def pour() -> int:
        poured = 0
        while not stop.is_set():
            await asyncio.to_thread(editor.post, slugs[poured % 3], "Pouring in", topics=[topic])
            poured += 1
        return poured

    pouring = asyncio.create_task(pour())
    try:
        for kind in ("application/json", "text/html"):
            seen: list[str] = []
            address: str | None = at(topic)
            while address:
                answer = await asyncio.to_thread(editor.http.get, address, headers={"Accept": kind})
                assert answer.status_code == 200
                if kind == "text/html":
                    tree = LexborHTMLParser(answer.text)
                    found, older = ids(tree), tree.css_first(".older")
                    address = older.attributes["href"] if older else None
                else:
                    content = answer.json()
                    found = [entry["id"] for entry in content["entries"]]
                    address = content["next"] and at(topic, before=content["next"])
                assert len(found) == 50 or not address
                seen += found
            assert len(seen) == len(set(seen))
            assert sorted(entry for entry in seen if entry in known) == sorted(known)
            times = [moments[known.index(entry)] for entry in seen if entry in known]
            assert times == sorted(times, reverse=True)
    finally:
        stop.set()
        assert await pouring > 0


def test_a_page_that_is_there_already_is_not_sent_again(editor: Editor) -> None:
    topic = unheard_of()
    slug = editor.story()
    editor.post(slug, topics=[topic])
    first = editor.http.get(at(topic))
    assert {"Accept", "Accept-Language"} <= set(first.headers["vary"].split(", "))
    tag = {"If-None-Match": first.headers["etag"]}
    assert editor.http.get(at(topic), headers=tag).status_code == 304
    entry = editor.post(slug, topics=[topic])["id"]
    time.sleep(STALE)
    answer = editor.http.get(at(topic), headers=tag)
    assert answer.status_code == 200
    assert entry in answer.text


async def test_stories_from_before_are_found_by_their_topics(tmp_path: Path) -> None:
    """The migration indexes what was there."""
    file = tmp_path / "liveblog.sqlite3"
    database = Database(f"sqlite:///{file}")

    def to_the_one_before(connection: Connection) -> None:
        config = schema._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")

    try:
        async with database.write() as connection:
            await connection.run_sync(to_the_one_before)
        values: dict[str, str | int] = {
            "slug": "old", "title": "Old", "summary": "", "status": "ended", "timezone": "UTC",
            "language": "en", "created_at": "2022-02-25", "updated_at": "2022-02-25", "epoch": "e",
            "head": 0, "topics": json.dumps(["Харків", "Kyiv"]),
        }  # fmt: skip
        with closing(sqlite3.connect(file)) as old, old:
            marks = ", ".join(f":{name}" for name in values)
            old.execute(f"INSERT INTO stories ({', '.join(values)}) VALUES ({marks})", values)
        await schema.migrate(database)
    finally:
        await database.close()
    with closing(sqlite3.connect(file)) as new:
        assert {row[0] for row in new.execute("SELECT topic FROM story_topics")} == {
            "харків",
            "kyiv",
        }
        assert new.execute("SELECT related, sponsors FROM stories").fetchall() == [("[]", "[]")]


def test_topics_are_public(shared_server: Server, editor: Editor) -> None:
    topic = unheard_of()
    editor.post(editor.story(), topics=[topic])
    answer = httpx2.get(shared_server.url + at(topic), trust_env=False, timeout=PATIENCE)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
