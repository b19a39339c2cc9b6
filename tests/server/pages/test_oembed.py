"""oEmbed: what a site gets for the address of a story or an entry."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest
from bad_requests import check_problem
from desk_client import Editor
from selectolax.lexbor import LexborHTMLParser, LexborNode

Answer = dict[str, Any]


def site(editor: Editor) -> str:
    return str(editor.http.base_url).rstrip("/")


def asked(editor: Editor, url: str, **more: str) -> httpx2.Response:
    return editor.http.get("/oembed", params={"url": url} | more)


def told(editor: Editor, url: str, **more: str) -> Answer:
    answer = asked(editor, url, **more)
    assert answer.status_code == 200, answer.text
    found: Answer = json.loads(answer.text)
    return found


def parts(answer: Answer) -> tuple[LexborNode, LexborNode]:
    """The frame and the link of its `html`, which has nothing else."""
    body = LexborHTMLParser(answer["html"]).body
    assert body is not None
    assert [(node.tag) for node in body.iter()] == ["blockquote", "iframe"]
    (frame,), (link,) = body.css("iframe"), body.css("blockquote > a")
    return frame, link


def test_of_a_story(addressed: Editor) -> None:
    slug = addressed.story(title="Kharkiv & <b>us</b>")
    page = f"{site(addressed)}/stories/{slug}"
    answer = asked(addressed, page)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, no-cache"
    again = addressed.http.get(
        "/oembed", params={"url": page}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    found: Answer = answer.json()
    frame, link = parts(found)
    assert (link.attributes["href"], link.text()) == (page, "Kharkiv & <b>us</b>")
    assert frame.attributes["src"] == f"{page}/embed"
    assert frame.attributes["title"] == "Kharkiv & <b>us</b>"
    assert (frame.attributes["width"], frame.attributes["height"]) == ("600", "600")
    del found["html"]
    assert found == {
        "version": "1.0",
        "type": "rich",
        "title": "Kharkiv & <b>us</b>",
        "author_name": "Liveblog",
        "author_url": f"{site(addressed)}/",
        "provider_name": "Liveblog",
        "provider_url": f"{site(addressed)}/",
        "cache_age": 300,
        "width": 600,
        "height": 600,
        "thumbnail_url": f"{page}/card.png?v={addressed.head(slug)}",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }


def test_of_an_entry_by_any_of_its_addresses(addressed: Editor) -> None:
    slug = addressed.story()
    written_by = [
        {"role": "text", "name": "Fin", "url": "https://example.org/fin"},
        {"role": "text", "name": "Kim"},
    ]
    entry = addressed.post(slug, "Shots.", credits=written_by, verification="unverified")
    page, own = f"{site(addressed)}/stories/{slug}", entry["url"]
    found = told(addressed, own)
    frame, link = parts(found)
    assert frame.attributes["src"] == f"{own}/embed"
    assert (link.attributes["href"], link.text()) == (own, "Unverified: Shots.")
    assert (found["title"], found["author_name"]) == ("Unverified: Shots.", "Fin, Kim")
    assert found["author_url"] == "https://example.org/fin"
    assert found["thumbnail_url"] == f"{own}/card.png?v=1"
    for url in (f"{own}/embed", f"{own}/", f"{own}#history", f"{page}#{entry['id']}", f"{page}?at={entry['id']}#{entry['id']}",
                f"{page}/embed#{entry['id']}", own.replace("http:", "HTTP:"), f"/stories/{slug}/entries/{entry['id']}"):  # fmt: skip
        assert told(addressed, url) == found, url
    shown = addressed.http.get(str(frame.attributes["src"]))
    assert LexborHTMLParser(shown.text).css_first(f'article[id="{entry["id"]}"]') is not None
    assert "frame-ancestors" not in shown.headers["content-security-policy"]


def test_the_view_that_was_pasted_is_kept(addressed: Editor) -> None:
    slug = addressed.story()
    page = f"{site(addressed)}/stories/{slug}"
    for query in ("?show=key", "?topic=%D1%85&order=oldest", "?author=%40fin&limit=3"):
        frame, link = parts(told(addressed, page + query))
        assert frame.attributes["src"] == f"{page}/embed{query}"
        assert link.attributes["href"] == page + query
        assert parts(told(addressed, f"{page}/embed{query}"))[0].html == frame.html


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize(
    ("given", "story", "entry"),
    [
        ({}, (600, 600), (600, 400)),
        ({"maxwidth": "1"}, (1, 600), (1, 400)),
        ({"maxheight": "1"}, (600, 1), (600, 1)),
        ({"maxwidth": "320", "maxheight": "240"}, (320, 240), (320, 240)),
        ({"maxwidth": "599", "maxheight": "601"}, (599, 600), (599, 400)),
        ({"maxwidth": "100000", "maxheight": "1" * 4000}, (600, 600), (600, 400)),
        ({"maxwidth": "0400", "maxheight": ""}, (400, 600), (400, 400)),
    ],
)
def test_every_maximum_is_kept(
    addressed: Editor,
    kind: str,
    given: dict[str, str],
    story: tuple[int, int],
    entry: tuple[int, int],
) -> None:
    slug = addressed.story()
    own = addressed.post(slug)["url"]
    for url, sizes in ((f"{site(addressed)}/stories/{slug}", story), (own, entry)):
        answer = asked(addressed, url, format=kind, **given)
        assert answer.status_code == 200, answer.text
        found: Answer = (
            answer.json()
            if kind == "json"
            else {one.tag: one.text for one in ElementTree.fromstring(answer.content)}
        )
        assert (int(found["width"]), int(found["height"])) == sizes
        frame, _ = parts(found)
        assert (frame.attributes["width"], frame.attributes["height"]) == (
            str(sizes[0]),
            str(sizes[1]),
        )
        for side, most in (("width", given.get("maxwidth")), ("height", given.get("maxheight"))):
            if f"thumbnail_{side}" in found and most:
                assert len(most) > 9 or int(found[f"thumbnail_{side}"]) <= int(most)


def test_in_xml(addressed: Editor) -> None:
    slug = addressed.story(title="ی <b> & ]]> \" '")
    page = f"{site(addressed)}/stories/{slug}?show=key&order=oldest"
    answer = asked(addressed, page, format="xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "oembed"
    assert {one.tag: one.text for one in root} == {
        name: str(value) for name, value in told(addressed, page).items()
    }


def test_what_it_does_not_take(addressed: Editor) -> None:
    slug = addressed.story()
    page = f"{site(addressed)}/stories/{slug}"
    for nothing in (addressed.http.get("/oembed"), asked(addressed, "")):
        check_problem(nothing, 400, {"url": "is missing"})
    for name in ("maxwidth", "maxheight"):
        for wrong in ("0", "-1", "1.5", "ten", "1e3", "٣", "100%"):
            check_problem(asked(addressed, page, **{name: wrong}), 400, {name: "number of pixels"})
    for wrong in ("yaml", "JSON", "json,xml"):
        check_problem(asked(addressed, page, format=wrong), 501, {}, "accepted: json, xml")


def test_it_knows_nothing_else_than_public_pages_of_its_own(addressed: Editor) -> None:
    slug = addressed.story()
    ours, story = site(addressed), f"/stories/{slug}"
    port = addressed.http.base_url.port
    draft = addressed.post(slug, "Not yet.", status="draft")["id"]
    submitted = addressed.post(slug, "Not yet.", status="submitted")["id"]
    later = addressed.post(slug, "Not yet.", publish_at="2099-01-01T00:00:00Z")["id"]
    gone = addressed.post(slug, "No more.")["id"]
    addressed.remove(slug, gone)
    other = addressed.post(addressed.story(), "Elsewhere.")["id"]
    entries = [draft, submitted, later, gone, other, "e0123456789abcdef", "nothing", "%00"]
    unknown = [
        *(f"{ours}{story}/entries/{entry}" for entry in entries),
        *(f"{ours}{story}?at={entry}" for entry in entries),
        *(f"{ours}{story}#{entry}" for entry in entries if len(entry) == 17),
        f"{ours}/stories/nothing", f"{ours}/stories/", f"{ours}/", ours, f"{ours}/topics/a", f"{ours}/desk{story}",
        f"{ours}{story}/corrections", f"{ours}{story}/entries", f"{ours}{story}/../x", f"{ours}/{story}", f"{ours}{story}?show=all",
        f"https://evil.example{story}", f"//evil.example{story}", f"http://127.0.0.1{story}", f"http://127.0.0.1:{port}1{story}",
        f"http://127.0.0.1:{port}@evil.example{story}", f"http://evil.example#{ours}{story}", f"ftp://127.0.0.1:{port}{story}",
        f"javascript:alert(1)//127.0.0.1:{port}{story}", f"http://[{story}", f"http://127.0.0.1:x{story}", f"\\\\evil.example{story}",
        f"{ours}{story}?x={'y' * 2000}",
    ]  # fmt: skip
    for url in unknown:
        answer = asked(addressed, url)
        assert answer.status_code == 404, f"{url}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"


def test_without_an_address_of_its_own_a_server_uses_that_of_the_request(editor: Editor) -> None:
    slug = editor.story()
    for host in ("news.example", "news.example:8080"):
        headers = {"Host": host}
        params = {"url": f"http://{host}/stories/{slug}"}
        answer = editor.http.get("/oembed", params=params, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        assert f'src="http://{host}/stories/{slug}/embed"' in answer.json()["html"]
        assert editor.http.get("/oembed", params=params).status_code == 404


def test_pages_say_where_it_is(addressed: Editor, editor: Editor) -> None:
    for client in (addressed, editor):
        slug = client.story(title='"A" & B')
        entry = client.post(slug)["id"]
        for path in (f"/stories/{slug}", f"/stories/{slug}/entries/{entry}"):
            page = LexborHTMLParser(client.http.get(path).text)
            for kind, form in (("application/json", "json"), ("text/xml", "xml")):
                (link,) = page.css(f'link[rel="alternate"][type="{kind}+oembed"]')
                href = str(link.attributes["href"])
                assert href.startswith(site(addressed) if client is addressed else "/oembed")
                answer = client.http.get(href)
                assert answer.status_code == 200
                assert answer.headers["content-type"].startswith(kind)
                assert f"format={form}" in href
                if form == "json":
                    assert (
                        parts(answer.json())[0].attributes["src"] == f"{site(client)}{path}/embed"
                    )


def test_an_entry_in_a_frame_says_when_it_was_taken_down(addressed: Editor) -> None:
    slug = addressed.story()
    entry = addressed.post(slug, "Known.", headline="<i>Known</i>")["id"]
    frame = f"/stories/{slug}/entries/{entry}/embed"
    page = addressed.http.get(frame)
    assert page.headers["etag"]
    assert 'content="noindex"' in page.text
    assert "<i>" not in page.text
    addressed.edit(slug, entry, body="Changed.")
    assert "Changed." in addressed.http.get(frame).text
    addressed.remove(slug, entry, purge=True)
    gone = addressed.http.get(frame)
    assert gone.status_code == 410
    assert "Changed." not in gone.text
    assert addressed.http.get(frame.replace(entry, "e0123456789abcdef")).status_code == 404
