"""Hostile text in every field that is shown: harmless on every page, in the socket and in the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from desk_client import Editor
from desk_forms import Desk
from hostile import ADDRESSES, MARKDOWN, MARKUP, UNICODE, naughty_strings
from processes import Server
from readers import Reader
from selectolax.lexbor import LexborHTMLParser
from served_html import check_harmless, check_isolated


def folded(text: str) -> str:
    """What becomes of a field of one line: NUL is replaced, a byte order mark dropped, white space folded
    (docs/urls.md)."""
    return re.sub(r"\s+", " ", kept(text)).strip()


def kept(text: str) -> str:
    """What becomes of a field of several lines."""
    return text.replace("\0", "\ufffd").replace("\ufeff", "")


def everywhere(text: str) -> dict[str, Any]:
    """An entry that carries the text in every field that takes free text."""
    short = folded(text)[:32].strip()
    quoted = {"kind": "witness", "name": text[:300], "url": "https://a.example", "quote": text}
    plain = {"kind": "social", "name": text[:300]}
    linked = {
        "role": "photo",
        "name": text[:200],
        "handle": f"@{text[:90]}",
        "url": "https://a.example",
    }
    named = {"role": "text", "name": text[:200], "handle": f"@{text[:90]}"}
    shows = bool(folded(text))
    return {
        "body": f"{text}\n\nThe end.",
        "headline": text[:300],
        "dateline": text[:200],
        "labels": [short] if short else [],
        "credits": [named, linked] if shows else [],
        "sources": [quoted, plain] if shows else [],
        "verification": {"status": "disputed", "note": text},
        "key": True,
    }


@pytest.mark.parametrize("texts", [MARKUP, MARKDOWN, UNICODE], ids=["HTML", "Markdown", "Unicode"])
async def test_hostile_text_is_harmless_wherever_it_is_shown(
    shared_server: Server, editor: Editor, desk: Desk, texts: list[str]
) -> None:
    for text in texts:
        line = text[:100]
        slug = editor.story(title=line, summary=text, place=line, category=line)
        async with Reader(shared_server.ws, slug, after=0) as reader:
            entry = editor.post(slug, **everywhere(text))
            editor.post(slug, "Pushed out.", publish_at="2020-01-01T00:00:00Z")
            editor.edit(slug, entry["id"], pinned=True)
            change = editor.http.patch(f"/api/stories/{slug}", json={"status": "paused"})
            assert change.status_code == 200
            await reader.until(4)
        older = editor.http.get(f"/api/stories/{slug}/entries?limit=1").json()["next"]
        assert older
        for address in (
            "/",
            f"/stories/{slug}",
            f"/stories/{slug}/embed",
            f"/stories/{slug}/entries/{entry['id']}",
            f"/desk/stories/{slug}",
            f"/desk/stories/{slug}?edit={entry['id']}",
            "/desk",
        ):
            answer = desk.http.get(address)
            assert answer.status_code == 200
            check_isolated(check_harmless(answer.text))
        pushed = [event[name] for event in reader.events for name in ("html", "key_html", "brief_html")
                  if event.get(name)]  # fmt: skip
        polled = editor.http.get(f"/stories/{slug}/events?after=0").json()["events"]
        assert polled == reader.events
        given = editor.http.get(f"/api/stories/{slug}/entries/{entry['id']}").json()
        check_given(given, text)
        check_shown(LexborHTMLParser(given["html"]).css_first("article"), text)
        for html in [*pushed, given["html"], given["body_html"]]:
            check_harmless(html)
        check_isolated(check_harmless(given["html"]))


@pytest.mark.parametrize("half", [0, 1])
def test_all_naughty_strings_go_through_whole(editor: Editor, half: int) -> None:
    """Given back as they were sent, shown as they were written, and harmless."""
    strings = naughty_strings()
    assert len(strings) == 461
    slug = editor.story()
    sent = {}
    for text in strings[half::2]:
        entry = editor.post(slug, **everywhere(text))
        sent[entry["id"]] = text
    for given in listed(editor, slug):
        check_given(given, sent[given["id"]])
    shown: dict[str, int] = {}
    for markup in [*pages(editor, slug), *pushed(editor, slug)]:
        tree = check_harmless(markup)
        check_isolated(tree)
        articles = tree.css("article")
        assert all(article.parent is not None for article in articles)
        for article in articles:
            check_shown(article, sent[str(article.id)])
            shown[str(article.id)] = shown.get(str(article.id), 0) + 1
    assert shown.keys() == sent.keys()
    assert set(shown.values()) == {2}, "each once on a page and once in an event"


def check_given(given: dict[str, Any], text: str) -> None:
    text = kept(text)
    whole, line = everywhere(text), folded(text)
    assert given["body"] == whole["body"]
    assert (given["headline"] or "") == folded(text[:300])
    assert (given["dateline"] or "") == folded(text[:200])
    assert given["labels"] == whole["labels"]
    if line:
        assert given["verification"]["note"] == text
        assert given["sources"][0]["quote"] == text
        assert [credit["name"] for credit in given["credits"]] == [folded(text[:200])] * 2
        assert given["credits"][0]["handle"] == folded(f"@{text[:90]}")


def check_shown(article: Any, text: str) -> None:
    """What readers see is what was written, not what a browser made of it."""
    text = kept(text)
    line = folded(text)
    if not line:
        assert not article.css("h2")
        return
    assert article.css_first("h2").text() == folded(text[:300])
    assert article.css_first(".dateline").text() == folded(text[:200])
    assert article.css_first("blockquote[dir]").text().split() == text.split()
    assert article.css_first(".handle").text() == folded(f"@{text[:90]}")
    assert article.css_first(".body").text().rstrip().endswith("The end.")


def listed(editor: Editor, slug: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200}
    while query:
        page = editor.http.get(f"/api/stories/{slug}/entries", params=query).json()
        found += page["entries"]
        query = {"limit": 200, "before": page["next"]} if page["next"] else {}
    return found


def pages(editor: Editor, slug: str) -> list[str]:
    """The story's page and all of its older ones."""
    found = [editor.http.get(f"/stories/{slug}").text]
    while link := LexborHTMLParser(found[-1]).css_first("a.older"):
        found.append(editor.http.get(str(link.attributes["href"])).text)
    return found


def pushed(editor: Editor, slug: str) -> list[str]:
    found: list[str] = []
    more = True
    while more:
        answer = editor.http.get(f"/stories/{slug}/events", params={"after": len(found)}).json()
        found += [event["html"] for event in answer["events"]]
        more = answer["more"]
    return found


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("field", ["credits", "sources"])
def test_only_addresses_of_the_web_are_taken(editor: Editor, field: str, address: str) -> None:
    slug = editor.story()
    item = {
        "name": "A",
        "url": address,
        **({"role": "text"} if field == "credits" else {"kind": "poll"}),
    }
    answer = editor.http.post(f"/api/stories/{slug}/entries", json={"body": "x", field: [item]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [f"{field}.0.url"]
    assert editor.head(slug) == 0


def test_markdown_shows_what_it_should(editor: Editor) -> None:
    """So that harmless does not come to mean empty."""
    body = (
        "# Head\n\n**bold** *italic* ~~gone~~ `code` [link](https://a.example 'Title')\n\n"
        "> quote\n\n- one\n- two\n\n3. three\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\n"
        "```\n<pre>\n```\n\nline  \nbreak <mailto@example.org>\n\n<b>raw</b> &copy; ![image](https://a.example/i.png)"
    )
    html = editor.post(editor.story(), body)["body_html"]
    for part in (
        "<h3>Head</h3>",
        "<strong>bold</strong>",
        "<em>italic</em>",
        "<s>gone</s>",
        "<code>code</code>",
        '<a href="https://a.example" title="Title" rel="noopener nofollow ugc">link</a>',
        "<blockquote>",
        "<ul>\n<li>one</li>",
        '<ol start="3">',
        "<table>",
        "<hr>",
        "&lt;pre&gt;",
        "line<br>",
        "&lt;b&gt;raw&lt;/b&gt; ©",
        'href="mailto:mailto@example.org"',
    ):
        assert part in html, part
