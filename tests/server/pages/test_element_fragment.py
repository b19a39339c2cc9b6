"""The content of `<live-blog-embed>` as a host's server gets it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest
from desk_client import Editor, add_token
from metrics import metric
from processes import Server

from liveblog.content.shadow_styles import in_shadow


def entries(html: str) -> list[str]:
    return re.findall(r'<article id="(\w+)"', html)


def fragment(editor: Editor, slug: str, **query: str) -> httpx2.Response:
    answer: httpx2.Response = editor.http.get(f"/stories/{slug}/element", params=query)
    return answer


def test_as_many_entries_as_a_step_has(editor: Editor) -> None:
    slug = editor.story()
    ids = [editor.post(slug, f"Number {n}")["id"] for n in range(60)][::-1]
    for given, most in {"": 8, "1": 8, "8": 8, "9": 20, "50": 50, "999": 50}.items():
        answer = fragment(editor, slug, **({"limit": given} if given else {}))
        assert entries(answer.text) == ids[:most]
    more = fragment(editor, slug, before=ids[7])
    assert entries(more.text) == ids[8:16]
    assert 'part="more"' in more.text
    for wrong in ("0", "-1", "x", "1e3", "9999"):
        answer = fragment(editor, slug, limit=wrong)
        assert answer.status_code == 400, wrong
        assert answer.headers["access-control-allow-origin"] == "*"
    assert fragment(editor, slug, lang="tlh").status_code == 400
    for name in ("topic", "author"):
        assert fragment(editor, slug, **{name: "x" * 100}).status_code == 200
        assert fragment(editor, slug, **{name: "x" * 101}).status_code == 400
    assert fragment(editor, "no-such-story").status_code == 404


def test_its_words_are_in_the_language_that_is_asked_for(editor: Editor) -> None:
    slug = editor.story(language="fr")
    assert 'data-interface="fr"' in fragment(editor, slug).text
    german = fragment(editor, slug, lang="de").text
    assert 'data-interface="de"' in german
    assert '<p class="status" part="status" lang="de">' in german
    assert "Mehr Meldungen" in german


@pytest.mark.parametrize("base", ["", "https://live.example.org"])
def test_addresses_are_absolute_and_cached_only_under_a_base_url(base: str, tmp_path: Path) -> None:
    with Server(tmp_path, BASE_URL=base) as server:
        editor = Editor(server.url, add_token(server.env))
        slug = editor.story(topics=["a"])
        editor.post(slug, "Text [link](/elsewhere)", topics=["a"])
        begin = base or server.url
        rendered = metric(server, "liveblog_pages_rendered_total")
        for _ in range(3):
            answer = fragment(editor, slug)
            found = re.findall(r'(?:href|src)="([^"]*)"', answer.text)
            assert len(found) > 6
            assert [one for one in found if not one.startswith(f"{begin}/")] == []
        assert metric(server, "liveblog_pages_rendered_total") == rendered + 1
        for choice in ({"topic": "a"}, {"author": "a"}, {"author": "a", "topic": "a"}):
            for _ in range(3):
                assert ("Text" in fragment(editor, slug, **choice).text) == (
                    choice == {"topic": "a"}
                )
        assert metric(server, "liveblog_pages_rendered_total") == rendered + 4
        if base:
            assert answer.headers["cache-control"] == "public, no-cache"
            again = {"If-None-Match": answer.headers["etag"]}
            known = editor.http.get(f"/stories/{slug}/element", headers=again)
            assert known.status_code == 304
            editor.post(slug, "New")
            assert editor.http.get(f"/stories/{slug}/element", headers=again).status_code == 200
        else:
            assert answer.headers["cache-control"] == "no-store"
        editor.close()


def test_a_stylesheet_for_a_shadow_root() -> None:
    given = """:root { --ink: #16181d; --gap: 1.6rem }
@media (max-width: 38rem) { :root:not([data-theme="light"]) { --ink: #eee; --sheet: rgb(1, 2, 3) } }
:root[data-theme="dark"] .a { margin: -.6rem 2rem; inline-size: calc(100% - 1rem) }"""
    assert (
        in_shadow(given)
        == """:host { --ink: var(--liveblog-ink, #16181d); --gap: calc(1.6 * var(--liveblog-size, 16px)) }
@media (max-width: 38rem) { :host(:not([theme="light"])) { --ink: var(--liveblog-ink, #eee); --sheet: var(--liveblog-sheet, rgb(1, 2, 3))} }
:host([theme="dark"]) .a { margin: calc(-.6 * var(--liveblog-size, 16px)) calc(2 * var(--liveblog-size, 16px)); inline-size: calc(100% - calc(1 * var(--liveblog-size, 16px))) }"""
    )
