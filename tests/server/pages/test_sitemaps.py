"""The sitemaps: every public story, the news of two days, and where crawlers find both."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_client import Editor, add_token
from lxml import etree
from processes import Server, until

from liveblog.models.content import Story
from liveblog.store import Begun, Listed, Store
from liveblog.web.feeds import news_sitemap, sitemap

pytestmark = pytest.mark.anyio

NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}
NOW = datetime(2022, 2, 25, 12, tzinfo=UTC)


def read(document: bytes | str, path: str) -> list[str]:
    root = etree.fromstring(document.encode() if isinstance(document, str) else document)
    return [found.text for found in root.findall(path, NAMES)]


def locations(editor: Editor, address: str) -> list[str]:
    answer = editor.http.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    return read(answer.content, ".//s:loc")


async def test_the_sitemap_has_every_story(editor: Editor) -> None:
    site = str(editor.http.base_url).rstrip("/")
    slug = editor.story(status="upcoming")
    await until(lambda: f"{site}/stories/{slug}" in locations(editor, "/sitemap.xml"))
    found = editor.http.get("/sitemap.xml")
    assert len(read(found.content, ".//s:lastmod")) == len(read(found.content, ".//s:loc"))
    again = editor.http.get("/sitemap.xml", headers={"If-None-Match": found.headers["etag"]})
    assert again.status_code == 304
    assert locations(editor, "/sitemap.xml?page=1") == locations(editor, "/sitemap.xml")
    assert editor.http.get("/sitemap.xml?page=999999").status_code == 404
    for wrong in ("0", "-1", "x", "1000000", ""):
        answer = editor.http.get(f"/sitemap.xml?page={wrong}")
        assert answer.status_code == 400
        assert answer.json()["detail"] == "page: must be the number of a sitemap, from 1"


async def test_news_are_the_stories_that_began_in_the_last_two_days(editor: Editor) -> None:
    site = str(editor.http.base_url).rstrip("/")
    mark = secrets.token_hex(4)
    news = editor.story(title=f"News & more {mark}", language="uk-UA")
    empty, old = editor.story(), editor.story()
    begun = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    first = editor.post(news, "It began.", publish_at=begun)
    editor.post(news, "It goes on.")
    editor.post(old, "Long ago.", publish_at="2020-01-01T00:00:00Z")
    editor.post(old, "It still goes on.")
    await until(lambda: f"{site}/stories/{news}" in locations(editor, "/sitemap-news.xml"))
    found = locations(editor, "/sitemap-news.xml")
    assert f"{site}/stories/{empty}" not in found
    assert f"{site}/stories/{old}" not in found
    root = etree.fromstring(editor.http.get("/sitemap-news.xml").content)
    (one,) = [
        url
        for url in root.findall("s:url", NAMES)
        if url.findtext("s:loc", namespaces=NAMES) == f"{site}/stories/{news}"
    ]
    told = {
        name: one.findtext(f".//n:{name}", namespaces=NAMES)
        for name in ("name", "language", "publication_date", "title")
    }
    assert told == {
        "name": "Liveblog",
        "language": "uk",
        "publication_date": first["published_at"],
        "title": f"News & more {mark}",
    }
    editor.remove(news, first["id"])
    await until(lambda: first["published_at"] not in editor.http.get("/sitemap-news.xml").text)


def test_robots_txt_names_both_with_absolute_addresses(tmp_path: Path, editor: Editor) -> None:
    answer = editor.http.get("/robots.txt")
    site = str(editor.http.base_url).rstrip("/")
    assert f"Sitemap: {site}/sitemap.xml\n" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    with Server(tmp_path, BASE_URL="https://news.example/live") as server:
        there = Editor(server.url, add_token(server.env))
        answer = there.http.get("/robots.txt")
        assert "Sitemap: https://news.example/live/sitemap.xml\n" in answer.text
        assert "Sitemap: https://news.example/live/sitemap-news.xml\n" in answer.text
        assert "Disallow: /desk\n" in answer.text
        assert answer.headers["cache-control"] == "public, max-age=86400"
        slug = there.story()
        entry = there.post(slug)["id"]
        for address in (f"/stories/{slug}/feed.json", "/feed.json"):
            feed = there.http.get(address, headers={"Host": "evil.example"})
            assert feed.headers["cache-control"] == "public, no-cache"
            page = f"https://news.example/live/stories/{slug}"
            assert feed.json()["items"][0]["id"] == f"{page}/entries/{entry}"
            assert "evil" not in feed.text
        there.close()


async def test_many_stories_are_an_index_of_sitemaps(store: Store) -> None:
    values = {
        "title": "A story", "summary": "", "status": "live", "topics": [], "timezone": "UTC", "language": "en",
        "created_at": NOW, "updated_at": NOW, "epoch": "e", "head": 0,
    }  # fmt: skip
    for number in range(5):
        await store.stories.create(values | {"slug": f"story-{number}"})
    assert await store.newest.count() == 5
    pages = [await store.newest.listed(offset, 2) for offset in (0, 2, 4, 6)]
    assert [[one.slug for one in page] for page in pages] == [
        ["story-0", "story-1"], ["story-2", "story-3"], ["story-4"], [],
    ]  # fmt: skip
    index = sitemap.index("https://a.example", 3)
    assert read(index, "s:sitemap/s:loc") == [
        f"https://a.example/sitemap.xml?page={number}" for number in (1, 2, 3)
    ]
    assert sitemap.STORIES <= 50_000
    full = sitemap.render("https://a.example", [Listed("x" * 80, NOW)] * sitemap.STORIES)
    assert len(full) < 50 * 2**20


def story(**fields: Any) -> Story:
    given = {"id": 1, "slug": "s", "title": "T", "created_at": NOW, "updated_at": NOW}
    return Story.model_validate(given | {"epoch": "e", "head": 0} | fields)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("pt-BR", "pt"),
        ("ckb", "ckb"),
        ("zh", "zh-cn"),
        ("zh-Hans-SG", "zh-cn"),
        ("zh-TW", "zh-tw"),
        ("zh-Hant", "zh-tw"),
    ],
)
def test_news_have_the_codes_of_languages_that_google_takes(tag: str, code: str) -> None:
    begun = [Begun(story(language=tag), NOW)]
    assert read(news_sitemap.render("https://a.example", "A", begun), ".//n:language") == [code]


def test_hostile_titles_break_no_news_sitemap() -> None:
    title = "<b>&\x01\x1f\ufffe\uffff\ud800]]>\"'"
    document = news_sitemap.render("https://a.example", title, [Begun(story(title=title), NOW)])
    shown = "<b>&\ufffd\ufffd\ufffd\ufffd\ufffd]]>\"'"
    assert read(document, ".//n:title") == [shown]
    assert read(document, ".//n:name") == [shown]
