"""Structured data: complete, true to the vocabulary, and as sure as the entries are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from desk_client import Editor, add_token
from hostile import naughty_strings
from json_ld import documents, live_blog, things, update
from paths import ROOT
from photos import encoded, jpeg, photo, recording
from processes import Server, free_port
from selectolax.lexbor import LexborHTMLParser
from served_html import check_harmless
from uploads import uploaded

LISTED = re.compile(r"^\| `(\w+)` \| (.+?) \|", re.MULTILINE)


def everything(editor: Editor, folder: Path) -> tuple[str, str]:
    """A story with all that structured data can tell, and its fullest entry."""
    slug = editor.story(
        title="Kharkiv: takeover at risk",
        summary="The line is holding.",
        topics=["Kharkiv", "ukraine"],
        place="Kharkiv",
        category="World",
        language="uk",
    )
    picture = uploaded(editor, jpeg(photo(600, 400)), alt="A street", credit="Ann Lens")
    film = uploaded(editor, recording(folder, "a.mp4"), name="a.mp4", kind="video/mp4")
    sound = uploaded(
        editor, recording(folder, "a.m4a"), name="a.m4a", kind="audio/mp4", credit="Cy Sound"
    )
    entry = editor.post(
        slug,
        "The **city centre** <has> not been hit.",
        headline="No hits",
        dateline="Kharkiv",
        topics=["Kharkiv"],
        media=[
            {"id": film["id"], "caption": "From a roof", "alt": "Smoke", "credit": "Bo Film"},
            {"id": picture["id"], "caption": "Sumska street"},
            {"id": sound["id"]},
        ],
        credits=[
            {"role": "text", "name": "Fin", "handle": "@fin", "url": "https://example.org/fin"},
            {"role": "text", "name": "Kim", "handle": "@kim"},
            {"role": "photo", "name": "Ann Lens"},
        ],
        verification={"status": "checking", "note": "One witness says so."},
    )["id"]
    editor.edit(
        slug, entry, body="The centre has **not** been hit.", correction="It said “hurt” & more."
    )
    sure = editor.post(slug, "The line holds.", verification={"status": "confirmed"})["id"]
    points = [{"text": "No hits", "entry": entry}, {"text": "It holds", "entry": sure}]
    editor.change_story(slug, points=points)
    return slug, entry


def test_the_page_of_a_story_has_its_entries_complete(addressed: Editor, tmp_path: Path) -> None:
    slug, entry = everything(addressed, tmp_path)
    anonymous = addressed.post(slug, "No byline.", credits=[])["id"]
    site = str(addressed.http.base_url).rstrip("/")
    page = f"{site}/stories/{slug}"
    blog = live_blog(addressed, slug)
    head = addressed.head(slug)
    publisher = blog["publisher"]
    assert (publisher["name"], publisher["url"]) == ("Liveblog", f"{site}/")
    assert addressed.http.get(publisher["logo"]["url"]).headers["content-type"] == "image/png"
    assert {name: blog[name] for name in ("@id", "url", "headline", "description", "inLanguage", "articleSection")} == {
        "@id": page, "url": page, "headline": "Kharkiv: takeover at risk", "description": "The line is holding.",
        "inLanguage": "uk", "articleSection": "World",
    }  # fmt: skip
    assert blog["image"]["url"] == f"{page}/card.png?v={head}"
    assert [one["name"] for one in blog["about"]] == ["Kharkiv", "ukraine", "Kharkiv"]
    assert blog["about"][0]["url"] == f"{site}/topics/kharkiv"
    assert blog["abstract"] == "It holds", "what is not confirmed cannot say so there"
    urls = [one["url"] for one in blog["liveBlogUpdate"]]
    assert (urls[0], urls[-1]) == (f"{page}#{anonymous}", f"{page}#{entry}")
    assert blog["datePublished"] <= blog["coverageStartTime"] <= blog["dateModified"]
    assert "coverageEndTime" not in blog

    told, api = (
        update(blog, entry),
        addressed.http.get(f"/api/stories/{slug}/entries/{entry}").json(),
    )
    assert told["headline"] == "Перевіряється: No hits"
    assert told["articleBody"] == "Перевіряється: The centre has not been hit."
    assert told["creativeWorkStatus"] == "Перевіряється"
    assert told["backstory"] == "One witness says so."
    assert told["datePublished"] == api["published_at"][:19] + "Z"
    assert told["dateModified"] == api["corrected_at"][:19] + "Z"
    assert told["author"] == [
        {"@type": "Person", "name": "Fin", "alternateName": "@fin", "url": "https://example.org/fin"},
        {"@type": "Person", "name": "Kim", "alternateName": "@kim", "url": f"{page}?author=%40kim"},
    ]  # fmt: skip
    assert addressed.http.get(told["author"][1]["url"]).status_code == 200
    (correction,) = told["correction"]
    assert correction["text"] == "It said “hurt” & more."
    assert correction["url"].startswith(f"{page}/corrections#{entry}-")
    (picture,), (film,), (sound,) = told["image"], told["video"], told["audio"]
    assert (picture["caption"], picture["creditText"]) == ("Sumska street", "Ann Lens")
    assert (picture["width"], picture["height"]) == (600, 400)
    assert (film["name"], film["description"], film["creditText"]) == (
        "From a roof",
        "Smoke",
        "Bo Film",
    )
    assert sound["creditText"] == "Cy Sound"
    assert film["thumbnailUrl"] == picture["url"]
    assert film["uploadDate"] == told["datePublished"]
    for medium, kind in ((picture, "image/jpeg"), (film, "video/mp4"), (sound, "audio/mp4")):
        assert addressed.http.get(medium["contentUrl"]).headers["content-type"] == kind
    assert update(blog, anonymous)["author"] == [
        {"@type": "Organization", "name": "Liveblog", "url": f"{site}/"}
    ]  # fmt: skip


def test_a_video_alone_has_the_card_of_its_entry_as_thumbnail(
    addressed: Editor, tmp_path: Path
) -> None:
    slug = addressed.story()
    film = uploaded(addressed, recording(tmp_path, "a.mp4"), name="a.mp4", kind="video/mp4")
    entry = addressed.post(slug, "Look.", media=[{"id": film["id"]}])
    (told,) = update(live_blog(addressed, slug), entry["id"])["video"]
    assert told["thumbnailUrl"] == f"{entry['url']}/card.png?v={entry['rev']}"
    assert (told["name"], told["description"]) == ("Look.", "Look.")


def test_the_page_of_an_entry_is_a_part_of_the_story(addressed: Editor, tmp_path: Path) -> None:
    slug, entry = everything(addressed, tmp_path)
    path = f"/stories/{slug}/entries/{entry}"
    url = f"{addressed.http.base_url}".rstrip("/") + path
    posting, crumbs = documents(addressed, path)
    assert posting["url"] == posting["mainEntityOfPage"]["@id"] == url
    assert posting["headline"] == "Перевіряється: No hits"
    assert posting["isPartOf"]["url"] == url.partition("/entries/")[0]
    assert posting["publisher"]["logo"]
    rev = addressed.http.get(f"/api{path}").json()["rev"]
    assert posting["image"][-1]["url"] == f"{url}/card.png?v={rev}"
    assert posting["correction"]
    items = [
        (one["position"], one["item"].removeprefix(str(addressed.http.base_url)))
        for one in crumbs["itemListElement"]
    ]
    assert items == [(1, "/"), (2, f"/stories/{slug}"), (3, path)]


@pytest.mark.parametrize(
    ("status", "label"),
    [("unverified", "Unverified"), ("checking", "Being checked"), ("disputed", "Disputed"), ("retracted", "Retracted"), ("confirmed", "")],
)  # fmt: skip
def test_how_sure_an_entry_is_stands_before_its_words(
    addressed: Editor, status: str, label: str
) -> None:
    slug = addressed.story()
    entry = addressed.post(slug, "Shots are heard.", headline="Shots", verification=status)["id"]
    before = f"{label}: " if label else ""
    for told in (
        update(live_blog(addressed, slug), entry),
        documents(addressed, f"/stories/{slug}/entries/{entry}")[0],
    ):
        assert told["headline"] == f"{before}Shots"
        assert told["articleBody"] == f"{before}Shots are heard."
        assert told.get("creativeWorkStatus", "") == label


def test_it_follows_the_story_from_before_its_start_to_its_end(addressed: Editor) -> None:
    slug = addressed.story(status="upcoming", coverage_start="2099-01-01T10:00:00Z")
    early = addressed.http.get(f"/stories/{slug}").text
    assert '"@type":"LiveBlogPosting"' in early
    assert '"coverageStartTime":"2099-01-01T10:00:00Z"' in early
    assert "datePublished" not in early

    slug = addressed.story()
    entry = addressed.post(slug, "First.", headline="First")["id"]
    begun = live_blog(addressed, slug)
    addressed.edit(slug, entry, body="The first.", correction="It was the first.")
    corrected = live_blog(addressed, slug)
    assert update(corrected, entry)["headline"] == "Corrected: First"
    assert update(corrected, entry)["datePublished"] == update(begun, entry)["datePublished"]
    addressed.change_story(slug, status="ended")
    ended = live_blog(addressed, slug)
    assert ended["coverageStartTime"] <= ended["dateModified"] <= ended["coverageEndTime"]
    addressed.remove(slug, entry)
    removed = addressed.http.get(f"/stories/{slug}").text
    assert "The first." not in removed
    assert "liveBlogUpdate" not in removed
    assert '"dateModified"' not in removed


def test_only_the_address_that_all_views_lead_to_has_it(addressed: Editor) -> None:
    slug = addressed.story()
    addressed.post(slug, "Key.", key=True)
    for query in ("show=key", "order=oldest", "author=fin", "pictures=0"):
        page = LexborHTMLParser(addressed.http.get(f"/stories/{slug}?{query}").text)
        assert not page.css('script[type="application/ld+json"]')
        link = page.css_first('link[rel="canonical"]')
        assert link is not None
        assert str(link.attributes["href"]).endswith(f"/stories/{slug}")
    assert documents(addressed, f"/stories/{slug}?utm_source=x")
    assert documents(addressed, f"/stories/{slug}?order=newest")


def test_words_do_not_end_the_script(addressed: Editor) -> None:
    evil = "</script><script>alert(1)</script><!-- <script> ]]> &lt; \"'\\"
    slug = addressed.story(title=evil, summary=evil, place=evil, category="<b>")
    entry = addressed.post(slug, f"`{evil}`", headline=evil, dateline=evil)["id"]
    blog = live_blog(addressed, slug)
    assert blog["headline"] == blog["description"] == evil
    assert update(blog, entry)["headline"] == evil
    posting, _ = documents(addressed, f"/stories/{slug}/entries/{entry}")
    assert posting["contentLocation"]["name"] == evil
    for path in (f"/stories/{slug}", f"/stories/{slug}/entries/{entry}"):
        check_harmless(addressed.http.get(path).text)


def test_any_words_are_told_as_they_are(addressed: Editor) -> None:
    strings = [text for text in naughty_strings() if len(text) <= 300][::10]
    slug = addressed.story()
    sent = {addressed.post(slug, headline=text)["id"] for text in strings}
    told = {one["headline"] for one in live_blog(addressed, slug)["liveBlogUpdate"]}
    given = addressed.http.get(f"/api/stories/{slug}/entries").json()["entries"]
    assert {one["id"] for one in given} == sent
    assert told == {one["headline"] or "Something happened." for one in given}
    check_harmless(addressed.http.get(f"/stories/{slug}").text)


def test_without_an_address_of_its_own_a_server_tells_nothing_that_must_be_absolute(
    editor: Editor,
) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    for path in (f"/stories/{slug}", f"/stories/{slug}/entries/{entry}"):
        assert documents(editor, path) == []
        page = editor.http.get(path).text
        assert f'rel="canonical" href="{path}"' in page
        assert "og:url" not in page
        assert "og:image" not in page


def test_every_property_is_listed_in_the_documentation(addressed: Editor, tmp_path: Path) -> None:
    slug, entry = everything(addressed, tmp_path)
    addressed.post(slug, "Without anything.")
    addressed.change_story(slug, status="ended")
    used: dict[str, set[str]] = {}
    for document in [
        live_blog(addressed, slug),
        *documents(addressed, f"/stories/{slug}/entries/{entry}"),
    ]:
        for thing in things(document):
            names = {name for name in thing if not name.startswith("@")}
            used.setdefault(thing["@type"], set()).update(names)
    page = (ROOT / "docs" / "structured-data.md").read_text()
    listed = {kind: set(re.findall(r"`(\w+)`", names)) for kind, names in LISTED.findall(page)}
    assert listed == {kind: names for kind, names in used.items() if names}


def test_the_publishers_own_logo(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(encoded(photo(200, 120), "PNG"))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings: dict[str, Any] = {
        "BASE_URL": url,
        "LIVEBLOG_LOGO": str(logo),
        "LIVEBLOG_SITE_NAME": "N & Co",
    }
    with Server(tmp_path / "server", port=port, **settings) as server:
        editor = Editor(url, add_token(server.env))
        slug = editor.story()
        editor.post(slug)
        publisher = live_blog(editor, slug)["publisher"]
        assert publisher["name"] == "N & Co"
        assert editor.http.get(publisher["logo"]["url"]).content == logo.read_bytes()
        editor.close()
