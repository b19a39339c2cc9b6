"""Feeds as programs read them: valid, complete, in the right language, and the same as the story after each change."""

# ruff: noqa: RUF001 - words in other alphabets

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx2
import pytest
from desk_client import Editor
from feeds import FORMATS, TYPES, check, contents, titles
from hostile import ADDRESSES, MARKDOWN, MARKUP, UNICODE, naughty_strings
from lxml import etree
from metrics import metric
from photos import jpeg, photo
from processes import Server, until
from public_pages import ARABIC, ENGLISH, full_story
from selectolax.lexbor import LexborHTMLParser

from liveblog.web.cache.feeds import UNUSUAL

pytestmark = pytest.mark.anyio

RENDERED = "liveblog_pages_rendered_total"
XML = {"atom": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TAKEN_BACK = "It was the mayor's brother."


def feed(editor: Editor, address: str, **headers: str) -> Any:
    return check(editor.http.get(address, headers=headers))


@pytest.mark.parametrize("words", [ENGLISH, ARABIC], ids=["English", "Arabic"])
def test_a_full_story_is_valid_in_every_format(editor: Editor, words: dict[str, str]) -> None:
    topic = f"{words['topic']}{secrets.token_hex(3)}"
    story = full_story(editor, words | {"topic": topic})
    for place in (f"/stories/{story.slug}/feed", f"/topics/{topic}/feed", "/feed"):
        for name in FORMATS:
            found = feed(editor, f"{place}.{name}")
            assert titles(found), f"{place}.{name} has no entries"
            for markup in contents(found):
                wrapper = LexborHTMLParser(markup).css_first("body > div")
                assert wrapper is not None
                assert wrapper.attributes["lang"]
                assert wrapper.attributes["dir"] in {"ltr", "rtl"}
    feed(editor, f"/stories/{story.slug}/corrections.atom")


def test_an_entry_says_everything_that_its_page_says(editor: Editor) -> None:
    files = {"file": ("a.jpg", jpeg(photo(600, 400)), "image/jpeg")}
    upload = editor.http.post("/api/media", files=files, data={"alt": "The square", "credit": "K."})
    medium = upload.json()
    slug = editor.story(title="Kharkiv", category="War", language="uk", summary="What we know.")
    site = str(editor.http.base_url).rstrip("/")
    entry = editor.post(
        slug,
        "The **square** is quiet.",
        headline="Quiet",
        topics=["Kharkiv"],
        labels=["breaking"],
        verification={"status": "unverified"},
        media=[{"id": medium["id"], "caption": "At noon"}],
        credits=[
            {"role": "text", "name": "Fin", "url": "https://example.org/fin"},
            {"role": "photo", "name": "Ola"},
        ],
    )
    address = f"{site}/stories/{slug}/entries/{entry['id']}"
    picture = f"{site}/media/{medium['id']}/"

    atom = feed(editor, f"/stories/{slug}/feed.atom")
    assert atom.feed.title == "Kharkiv"
    assert atom.feed.subtitle == "What we know."
    assert atom.feed.language == "uk"
    assert atom.feed.id == f"{site}/stories/{slug}/feed.atom"
    links = {link.rel: link.href for link in atom.feed.links}
    assert links == {"self": atom.feed.id, "alternate": f"{site}/stories/{slug}"}
    (one,) = atom.entries
    assert one.id == one.link == address
    assert one.title == "Не підтверджено: Quiet"
    assert one.published.startswith(entry["published_at"][:19])
    assert [(author.name, author.href) for author in one.authors] == [
        ("Fin", "https://example.org/fin")
    ]
    assert [person.name for person in one.contributors] == ["Ola"]
    assert [tag.term for tag in one.tags] == ["Kharkiv", "breaking", "War"]
    (enclosure,) = one.enclosures
    assert enclosure.href.startswith(picture)
    assert enclosure.type == "image/jpeg"
    assert enclosure.title == "At noon"

    rss = feed(editor, f"/stories/{slug}/feed.rss")
    (two,) = rss.entries
    assert (two.id, two.link, two.title) == (one.id, one.link, one.title)
    assert two.content[0].value == one.content[0].value
    assert [author.name for author in two.authors] == ["Fin"]
    assert [tag.term for tag in two.tags] == ["Kharkiv", "breaking", "War"]
    assert two.enclosures[0].href == two.media_content[0]["url"] == enclosure.href
    assert two.media_content[0]["width"] == "600"
    assert two.published_parsed == one.published_parsed
    assert two.updated_parsed == one.updated_parsed

    content = feed(editor, f"/stories/{slug}/feed.json")
    assert content["feed_url"] == f"{site}/stories/{slug}/feed.json"
    assert content["home_page_url"] == f"{site}/stories/{slug}"
    assert content["language"] == "uk"
    assert "expired" not in content
    (three,) = content["items"]
    assert (three["id"], three["url"], three["title"]) == (address, address, one.title)
    assert three["authors"] == [{"name": "Fin", "url": "https://example.org/fin"}]
    assert three["image"] == enclosure.href
    assert three["attachments"] == [
        {"url": enclosure.href, "mime_type": "image/jpeg", "title": "At noon"}
    ]
    html = three["content_html"]
    assert "<strong>square</strong>" in html
    assert f'src="{picture}' in html
    assert 'src="/' not in html


async def test_a_feed_follows_the_story(editor: Editor) -> None:
    slug = editor.story(title="A story", topics=[topic := f"t{secrets.token_hex(4)}"])
    first = editor.post(slug, "The bridge is open.", headline="Bridge", topics=[topic])
    second = editor.post(slug, TAKEN_BACK, topics=[topic], key=True)
    places = [f"/stories/{slug}/feed", f"/topics/{topic}/feed"]

    def everywhere(of: Any) -> list[Any]:
        return [of(feed(editor, f"{place}.{name}")) for place in places for name in FORMATS]

    await until(lambda: everywhere(titles) == [[TAKEN_BACK, "Bridge"]] * 6)
    for place in places:
        assert titles(feed(editor, f"{place}.json?show=key")) == [TAKEN_BACK]
        assert titles(feed(editor, f"{place}.atom?limit=1&utm_source=x")) == [TAKEN_BACK]

    editor.edit(slug, first["id"], body="The bridge is closed.", correction="It is not open.")
    # The data of topics and of the site is at most a second old.
    await until(lambda: everywhere(titles) == [[TAKEN_BACK, "Corrected: Bridge"]] * 6)
    for found in everywhere(lambda found: found):
        assert "closed" in contents(found)[1]
        assert "It is not open." in contents(found)[1]
        if "items" in found and "version" in found and "entries" not in found:
            one = found["items"][1]
            assert one["date_modified"] > one["date_published"]
        else:
            assert found.entries[1].updated_parsed >= found.entries[1].published_parsed
            assert found.entries[1].id.endswith(first["id"])

    corrections = feed(editor, f"/stories/{slug}/corrections.atom")
    assert corrections.feed.title == "Corrections: A story"
    (correction,) = corrections.entries
    assert correction.title == "Correction: Bridge"
    assert "It is not open." in correction.content[0].value
    page = corrections.feed.link
    assert page.endswith(f"/stories/{slug}/corrections")
    assert correction.link == f"{page}#{first['id']}-2"

    editor.remove(slug, second["id"])
    await until(lambda: everywhere(titles) == [["Corrected: Bridge"]] * 6)
    editor.remove(slug, first["id"])
    assert feed(editor, f"/stories/{slug}/corrections.atom").entries == []
    assert titles(feed(editor, f"/stories/{slug}/feed.atom")) == []


def test_the_json_feed_of_an_ended_story_is_expired(editor: Editor) -> None:
    slug = editor.story()
    editor.post(slug)
    address = f"/stories/{slug}/feed.json"
    assert "expired" not in feed(editor, address)
    editor.change_story(slug, status="ended")
    assert feed(editor, address)["expired"] is True
    editor.change_story(slug, status="live")
    assert "expired" not in feed(editor, address)
    assert "expired" not in feed(editor, "/feed.json")


def test_the_json_feed_says_the_state_of_the_coverage(editor: Editor) -> None:
    slug, back = editor.story(), "2190-01-01T09:00:00+02:00"
    address = f"/stories/{slug}/feed.json"
    assert feed(editor, address)["_coverage"].keys() == {"status", "start"}
    editor.change_story(slug, status="paused", paused_until=back)
    told = feed(editor, address)["_coverage"]
    assert (told["status"], told["paused_until"]) == ("paused", "2190-01-01T07:00:00.000000Z")
    assert "_coverage" not in feed(editor, "/feed.json")


def test_drafts_and_what_waits_are_in_no_feed(editor: Editor) -> None:
    topic = f"t{secrets.token_hex(4)}"
    slug = editor.story(topics=[topic])
    for status in ("draft", "submitted"):
        editor.post(slug, f"A word {status}.", status=status, topics=[topic])
    editor.post(slug, "A word later.", publish_at="2100-01-01T00:00:00Z", topics=[topic])
    for place in (f"/stories/{slug}/feed", f"/topics/{topic}/feed"):
        for name in FORMATS:
            assert titles(feed(editor, f"{place}.{name}")) == []
    assert "A word" not in editor.http.get("/feed.json?limit=100").text


@pytest.mark.parametrize("name", FORMATS)
def test_titles_have_the_direction_of_their_words(editor: Editor, name: str) -> None:
    arabic, english = editor.story(language="ar", title="خاركيف"), editor.story(title="Kharkiv")
    editor.post(arabic, "x", headline="BBC تقول إن المدينة هادئة")
    editor.post(english, "x", headline="هدوء is what they call it there now")
    editor.post(english, "x", headline="safe \u202egnp.exe")
    assert titles(feed(editor, f"/stories/{arabic}/feed.{name}")) == [
        "\u200fBBC تقول إن المدينة هادئة"
    ]
    assert titles(feed(editor, f"/stories/{english}/feed.{name}")) == [
        "safe \u202egnp.exe\u202c",
        "\u200eهدوء is what they call it there now",
    ]


def test_languages_are_those_of_each_entry(editor: Editor) -> None:
    topic = f"t{secrets.token_hex(4)}"
    for language in ("ar", "de"):
        editor.post(editor.story(language=language), "x", topics=[topic])
    content = feed(editor, f"/topics/{topic}/feed.json")
    assert [item["language"] for item in content["items"]] == ["de", "ar"]
    assert "language" not in content
    atom = etree.fromstring(editor.http.get(f"/topics/{topic}/feed.atom").content)
    assert [entry.get(LANG) for entry in atom.findall("atom:entry", XML)] == ["de", "ar"]
    assert atom.get(LANG) is None
    rss = etree.fromstring(editor.http.get(f"/topics/{topic}/feed.rss").content)
    assert [one.text for one in rss.findall(".//dc:language", XML)] == ["de", "ar"]


@pytest.mark.parametrize(
    "texts",
    [MARKUP, MARKDOWN, UNICODE, ADDRESSES],
    ids=["HTML", "Markdown", "Unicode", "addresses"],
)
def test_hostile_text_breaks_no_feed(editor: Editor, texts: list[str]) -> None:
    slug = editor.story(title=texts[0][:100], summary=texts[-1], category=texts[0][:90])
    for text in texts:
        editor.post(slug, f"{text}\n\nThe end.", **hostile(text))
    check_everywhere(editor, slug, len(texts))


def test_naughty_strings_break_no_feed(editor: Editor) -> None:
    slug = editor.story()
    strings = naughty_strings()[::5]
    for text in strings:
        editor.post(slug, f"{text}\n\nThe end.", **hostile(text))
    check_everywhere(editor, slug, len(strings))


def hostile(text: str) -> dict[str, Any]:
    words = " ".join(text.replace("\0", "").replace("\ufeff", "").split())
    named = [{"role": "text", "name": text[:200]}, {"role": "photo", "name": text[:200]}]
    return {
        "headline": text[:300],
        "dateline": text[:200],
        "labels": [words[:32].strip()] if words else [],
        "credits": named if words else [],
        "verification": {"status": "disputed", "note": text if words else "x"},
    }


def check_everywhere(editor: Editor, slug: str, count: int) -> None:
    for name in FORMATS:
        found = feed(editor, f"/stories/{slug}/feed.{name}?limit=100")
        assert len(titles(found)) == count
        for markup in contents(found):
            tree = LexborHTMLParser(markup)
            assert len(tree.css("body > *")) == 1, "the text ends the element around it"
            assert "The end." in tree.text()
            assert not tree.css("script, style, iframe, object, embed, form, base, link, meta")
            assert "javascript:" not in str([a.attributes.get("href") for a in tree.css("a")])
        feed(editor, f"/feed.{name}")


@pytest.mark.parametrize("name", FORMATS)
def test_conditional_requests(editor: Editor, name: str) -> None:
    slug = editor.story()
    entry = editor.post(slug, "One.")["id"]
    for address in (f"/stories/{slug}/feed.{name}", f"/feed.{name}"):
        got = editor.http.get(address)
        assert got.headers["content-type"] == TYPES[name]
        assert got.headers["vary"] == "Accept-Encoding"
        tag = got.headers["etag"]
        again = editor.http.get(address, headers={"If-None-Match": tag})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        plain = editor.http.get(address, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != tag
        head = editor.http.head(address)
        assert head.status_code == 200
        assert head.content == b""
        assert head.headers["etag"] == tag
        assert head.headers["content-length"] == got.headers["content-length"]
    tag = editor.http.get(f"/stories/{slug}/feed.{name}").headers["etag"]
    editor.edit(slug, entry, body="Two.")
    changed = editor.http.get(f"/stories/{slug}/feed.{name}", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "Two." in changed.text


async def test_last_modified(editor: Editor) -> None:
    """Whole seconds are too coarse for a second change in the same one, so a time counts when it is settled."""
    slug = editor.story()
    entry = editor.post(slug, "One.")["id"]
    address = f"/stories/{slug}/feed.atom"

    def asked(since: str) -> httpx2.Response:
        return editor.http.get(address, headers={"If-Modified-Since": since})

    young = editor.http.get(address).headers["last-modified"]
    assert asked(young).status_code == 200
    await until(lambda: editor.http.get(address).headers["last-modified"] != young)
    settled = editor.http.get(address).headers["last-modified"]
    assert parsedate_to_datetime(settled) - parsedate_to_datetime(young) == timedelta(seconds=1)
    assert asked(settled).status_code == 304
    assert asked(young).status_code == 200
    assert asked(format_datetime(datetime.now(UTC), usegmt=True)).status_code == 200
    other = editor.http.get(address, headers={"If-Modified-Since": settled, "If-None-Match": '"x"'})
    assert other.status_code == 200  # RFC 9110, 13.1.3
    editor.remove(slug, entry)
    assert asked(settled).status_code == 200


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=0", "limit: must be a whole number from 1 to 100"),
        ("limit=101", "limit: must be a whole number from 1 to 100"),
        ("limit=-1", "limit: must be a whole number from 1 to 100"),
        ("limit=", "limit: must be a whole number from 1 to 100"),
        ("limit=%D9%A1", "limit: must be a whole number from 1 to 100"),
        ("limit=" + 5000 * "9", "limit: must be a whole number from 1 to 100"),
        ("show=all", "show: must be key, or be left out"),
    ],
)
def test_a_wrong_choice_gets_one_clear_message(editor: Editor, query: str, message: str) -> None:
    slug = editor.story()
    for place in (f"/stories/{slug}/feed.rss", "/feed.json"):
        answer = editor.http.get(f"{place}?{query}", headers={"Accept": "text/html"})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == message
        assert len(answer.json()["errors"]) == 1


def test_what_is_not_there_is_not_found(editor: Editor) -> None:
    for address in (
        "/stories/nothing/feed.atom",
        "/stories/nothing/corrections.atom",
        "/topics/nothing/feed.json",
        "/feed.xml",
    ):
        assert editor.http.get(address).status_code == 404


async def test_a_feed_is_rendered_once_for_each_change(
    shared_server: Server, editor: Editor
) -> None:
    slug = editor.story()
    editor.post(slug, "One.")
    address = f"/stories/{slug}/feed.atom"
    feed(editor, address)
    before = metric(shared_server, RENDERED)
    async with httpx2.AsyncClient(base_url=shared_server.url, trust_env=False) as http:
        for _ in range(20):
            assert (await http.get(address)).status_code == 200
            assert (await http.get(f"{address}?fbclid=x")).status_code == 200
        assert metric(shared_server, RENDERED) == before
        editor.post(slug, "Two.")
        for _ in range(20):
            assert "Two." in (await http.get(address)).text
    assert metric(shared_server, RENDERED) == before + 1


def test_unusual_limits_push_out_no_usual_feed(addressed_server: Server, addressed: Editor) -> None:
    slug = addressed.story()
    addressed.post(slug)
    address = f"/stories/{slug}/feed.json"
    feed(addressed, address)
    for limit in range(1, 100):
        feed(addressed, f"{address}?limit={limit}")
    before = metric(addressed_server, RENDERED)
    feed(addressed, address)
    assert metric(addressed_server, RENDERED) == before


def test_invented_hosts_are_kept_in_the_small_cache(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    editor.post(slug)
    address = f"/stories/{slug}/feed.json"
    before = metric(shared_server, RENDERED)
    hosts = [f"h{number}.example.org" for number in range(UNUSUAL + 1)]
    for host in [*hosts, hosts[0]]:
        feed(editor, address, Host=host)
    assert metric(shared_server, RENDERED) == before + len(hosts) + 1, "the first one had to go"


def test_pages_name_their_feeds(editor: Editor) -> None:
    topic = f"t{secrets.token_hex(4)}"
    slug = editor.story(topics=[topic], title='"><b>A story')
    editor.post(slug, topics=[topic])
    for page, place in {
        "/": "/feed",
        f"/topics/{topic}": f"/topics/{topic}/feed",
        f"/stories/{slug}": f"/stories/{slug}/feed",
    }.items():
        tree = LexborHTMLParser(editor.http.get(page).text)
        named = {
            link.attributes["type"]: link.attributes["href"]
            for link in tree.css('head link[rel="alternate"]')
            if "json+oembed" not in str(link.attributes["type"])
            and "xml+oembed" not in str(link.attributes["type"])
        }
        assert named == {kind.partition(";")[0]: f"{place}.{name}" for name, kind in TYPES.items()}
        assert [a.attributes["href"] for a in tree.css("footer .feeds a")] == list(named.values())
        for address in named.values():
            check(editor.http.get(str(address)))
