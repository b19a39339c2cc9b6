"""The formats of feeds by themselves: pure functions from a record to a text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from feeds import atom_schema, check_rss, json_schema
from lxml import etree
from starlette.routing import Route

from liveblog.content.templates import Templates
from liveblog.models.content import Credit, Entry, EntryStatus, Story
from liveblog.settings import Settings
from liveblog.web import routes
from liveblog.web.feeds import atom, json_feed, rss
from liveblog.web.feeds.content import sendable, titled
from liveblog.web.feeds.endpoints import Format
from liveblog.web.record import Record, item, story_record

NOW = datetime(2022, 2, 25, 12, tzinfo=UTC)
OWN = "https://a.example/feed"
# Every character that XML 1.0 forbids, and those beside them that it allows.
FORBIDDEN = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xD800, 0xDFFF, 0xFFFE, 0xFFFF]))
ALLOWED = "\t\n\r \x7f\x85\x9f\ud7ff\ue000\ufffd\U00010000\U0001ffff\U0010ffff"


def record(text: str, **fields: object) -> Record:
    values = {"id": 1, "slug": "s", "created_at": NOW, "updated_at": NOW, "epoch": "e", "head": 1}
    story = Story.model_validate(
        values | {"title": text, "summary": text, "category": text} | fields
    )
    entry = Entry(
        id="e0123456789abcdef",
        story_id=1,
        status=EntryStatus.PUBLISHED,
        headline=text,
        body="",
        body_html="<p>Text</p>",
        labels=(text,),
        topics=("topic",),
        dateline=text,
        credits=(Credit(role="text", name=text, url="https://a.example/?a=1&b=2"),),
        published_at=NOW,
        created_at=NOW,
    )
    templates = Templates({"name": "A", "base_url": "", "signs_on": False})
    made = item(templates, "https://a.example", story, entry)
    found = story_record(templates, "https://a.example", story, (), text)
    return found._replace(items=(made,))


@pytest.mark.parametrize("text", [FORBIDDEN, f"]]>&<{FORBIDDEN}>\"'"])
def test_no_character_breaks_a_feed(text: str) -> None:
    shown = record(text)
    written = atom.render(shown, OWN).encode()
    assert atom_schema().validate(etree.fromstring(written)), atom_schema().error_log
    check_rss(etree.fromstring(rss.render(shown, OWN).encode()))
    content = json.loads(json_feed.render(shown, OWN).encode())
    assert list(json_schema().iter_errors(content)) == []


def test_what_xml_allows_stays() -> None:
    assert sendable(ALLOWED) == ALLOWED
    assert sendable(FORBIDDEN) == "\ufffd" * len(FORBIDDEN)


@pytest.mark.parametrize("text", ["", "A"])
def test_a_story_without_entries_has_valid_feeds(text: str) -> None:
    shown = record("A")._replace(items=(), summary=text)
    document = etree.fromstring(atom.render(shown, OWN).encode())
    assert atom_schema().validate(document), atom_schema().error_log
    check_rss(etree.fromstring(rss.render(shown, OWN).encode()))
    content = json.loads(json_feed.render(shown, OWN))
    assert list(json_schema().iter_errors(content)) == []
    assert content["items"] == []


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("Hello", "ltr", "Hello"),
        ("مرحبا", "rtl", "مرحبا"),
        ("مرحبا", "ltr", "مرحبا"),
        ("NATO تقول إن المدينة هادئة", "rtl", "\u200fNATO تقول إن المدينة هادئة"),
        ("123", "rtl", "123"),
        ("a\u202eb\u2067c", "ltr", "a\u202eb\u2067c\u202c\u2069"),
        ("a\u202eb\u202c", "ltr", "a\u202eb\u202c"),
    ],
)
def test_titles_have_a_direction_and_end_it(text: str, language: str, shown: str) -> None:
    assert titled(text, language) == shown


def test_a_format_is_one_line_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    another = Format(
        "txt", "text/plain; charset=utf-8", lambda record, own: f"{record.title} {own}"
    )
    before = {route.path for route in routes.routes(Settings()) if isinstance(route, Route)}
    monkeypatch.setattr(routes, "FORMATS", (*routes.FORMATS, another))
    after = {route.path for route in routes.routes(Settings()) if isinstance(route, Route)}
    assert after - before == {
        "/stories/{slug}/feed.txt",
        "/topics/{topic}/feed.txt",
        "/feed.txt",
    }
