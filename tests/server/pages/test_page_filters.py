"""What a reader may ask to see: key events, what is confirmed, a topic, an author, the oldest first, the
surroundings of an entry."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from desk_client import Editor
from processes import PATIENCE, Server
from public_pages import HTML
from selectolax.lexbor import LexborHTMLParser

Condition = Callable[[dict[str, Any]], bool]
VIEWS: dict[str, Condition] = {
    "": lambda _: True,
    "show=key": lambda entry: entry["key"],
    "show=confirmed": lambda entry: (
        bool(entry["verification"]) and entry["verification"]["status"] == "confirmed"
    ),
    "topic=%D0%A5%D0%B0%D1%80%D0%BA%D1%96%D0%B2": lambda entry: "Харків" in entry["topics"],
    "author=%40FIN": lambda entry: any(
        credit["handle"] == "@fin" and credit["role"] == "text" for credit in entry["credits"]
    ),
    "show=key&author=Anna": lambda entry: (
        entry["key"] and any(credit["name"] == "Anna" for credit in entry["credits"])
    ),
}


@pytest.fixture(scope="module")
def varied(shared_server: Server, shared_token: str) -> tuple[str, list[dict[str, Any]]]:
    """A story of 130 entries, the newest first."""
    client = Editor(shared_server.url, shared_token)
    slug = client.story()
    made = []
    for n in range(130):
        fin = {"role": "text", "name": "Fin", "handle": "@fin"}
        anna = {"role": "text", "name": "Anna"}
        photo = {"role": "photo", "name": "Somebody", "handle": "@fin"}
        made.append(
            client.post(
                slug,
                f"Number {n}",
                key=n % 2 == 0,
                verification=["unverified", "confirmed"][n % 4 // 2] if n % 3 else None,
                topics=["Харків"] if n % 5 < 3 else [],
                credits=[[fin], [anna, photo], []][n % 3],
            )
        )
    client.close()
    return slug, made[::-1]


def walk(client: httpx2.Client, url: str, end: str) -> tuple[list[str], int]:
    """The entries of a page and of all that follow at one end, and how many fetches that took."""
    seen: list[str] = []
    fetches = 0
    link: str | None = url
    while link:
        answer = client.get(link)
        assert answer.status_code == 200, answer.text
        tree = LexborHTMLParser(answer.text)
        ids = [str(node.attributes["id"]) for node in tree.css("article")]
        seen = seen + ids if end == "bottom" else ids + seen
        onward = tree.css_first(f"a[data-end={end}]:not(template a)")
        link = str(onward.attributes["href"]) if onward else None
        fetches += 1
    return seen, fetches


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("query", VIEWS)
def test_each_view_holds_each_of_its_entries_once_and_in_order(
    shared_server: Server, varied: tuple[str, list[dict[str, Any]]], query: str, order: str
) -> None:
    slug, made = varied
    expected = [entry["id"] for entry in made if VIEWS[query](entry)]
    if order == "oldest":
        expected.reverse()
    assert len(expected) > 10
    with httpx2.Client(base_url=shared_server.url, trust_env=False, timeout=PATIENCE) as client:
        seen, fetches = walk(client, f"/stories/{slug}?{query}&order={order}", "bottom")
        assert seen == expected
        assert fetches == -(-len(expected) // 50)


def test_around_an_entry_the_story_goes_on_at_both_ends(
    shared_server: Server, varied: tuple[str, list[dict[str, Any]]]
) -> None:
    slug, made = varied
    ids = [entry["id"] for entry in made]
    with httpx2.Client(base_url=shared_server.url, trust_env=False, timeout=PATIENCE) as client:
        for order, place in (("newest", 60), ("oldest", 60), ("newest", 0), ("newest", 129)):
            url = f"/stories/{slug}?order={order}&at={ids[place]}"
            upward, _ = walk(client, url, "top")
            downward, _ = walk(client, url, "bottom")
            shown = [entry for entry in upward if entry in downward]
            assert ids[place] in shown
            # Both walks begin with the page itself.
            whole = upward + downward[len(shown) :]
            assert whole == (ids if order == "newest" else ids[::-1])
            assert all(a != b for a, b in pairwise(whole))


def test_the_page_around_an_entry_that_is_gone(shared_server: Server, editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    editor.remove(slug, entry)
    with httpx2.Client(base_url=shared_server.url, trust_env=False, timeout=PATIENCE) as client:
        taken_down = client.get(f"/stories/{slug}?at={entry}", follow_redirects=True)
        assert taken_down.status_code == 410
        assert "taken down" in taken_down.text
        assert client.get(f"/stories/{slug}?at=nothing").status_code == 404
        never = client.get(f"/stories/{slug}?at=e{'0' * 16}", follow_redirects=True)
        assert never.status_code == 404


def test_pages_go_on_after_an_entry_that_was_taken_down(editor: Editor) -> None:
    slug = editor.story()
    ids = [editor.post(slug)["id"] for _ in range(3)]
    editor.remove(slug, ids[1], purge=True)
    answer = editor.http.get(f"/stories/{slug}/entries?before={ids[1]}")
    assert re.findall(r'<article id="(\w+)"', answer.text) == [ids[0]]


@pytest.mark.parametrize(
    ("query", "field"),
    [("show=all", "show"), ("order=best", "order"), ("show=key&show=nothing", "show")],
)
def test_a_choice_that_does_not_exist_is_named(
    shared_server: Server, varied: tuple[str, Any], query: str, field: str
) -> None:
    with httpx2.Client(base_url=shared_server.url, trust_env=False, timeout=PATIENCE) as client:
        answer = client.get(f"/stories/{varied[0]}?{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_campaign_marks_do_not_make_another_page(
    shared_server: Server, varied: tuple[str, Any]
) -> None:
    with httpx2.Client(base_url=shared_server.url, trust_env=False, timeout=PATIENCE) as client:
        plain = client.get(f"/stories/{varied[0]}")
        marked = client.get(f"/stories/{varied[0]}?utm_source=letter")
        assert plain.headers["etag"] == marked.headers["etag"]
        assert client.get(f"/stories/{varied[0]}?show=key").headers["etag"] != plain.headers["etag"]


def test_choices_hold_together_and_each_is_taken_away_by_its_own_link(editor: Editor) -> None:
    slug = editor.story()
    fin = {"role": "text", "name": "Fin B.", "handle": "@Fin"}
    editor.post(slug, "Both", topics=["Front"], credits=[fin], key=True)
    editor.post(slug, "By the name alone", credits=[fin | {"handle": None}])
    for n in range(60):
        editor.post(slug, f"Number {n}", credits=[{"role": "text", "name": "Anna"}])

    def tools(query: str) -> tuple[list[str], dict[str, str]]:
        """The chosen ones; the words of all links, and where they lead."""
        page = LexborHTMLParser(editor.http.get(f"/stories/{slug}{query}", headers=HTML).text)
        links = [
            (a.css_first("bdi") or a, a)
            for a in page.css(".tools a:not([data-choose], [data-hours])")
        ]
        current = [words.text() for words, a in links if "aria-current" in a.attributes]
        return current, {words.text(): a.attributes["href"] or "" for words, a in links}

    # Written as they were, though no entry in sight carries them; who has a handle is one choice.
    chosen, links = tools("")
    assert chosen == ["All"]
    assert list(links) == ["All", "Key events", "Confirmed only", "#Front", "Anna", "Fin B.", "Oldest first"]  # fmt: skip
    _, links = tools(links["Fin B."].partition(slug)[2])
    _, links = tools(links["#Front"].partition(slug)[2])
    chosen, links = tools(links["Key events"].partition(slug)[2])
    assert chosen == ["#Front", "Fin B.", "Key events"]
    for word, gone in (("#Front", "topic="), ("Fin B.", "author="), ("Key events", "show=")):
        assert gone not in links[word]
        assert links[word].count("=") == 2
    assert links["All"] == f"/stories/{slug}"
    # What nobody may choose from the list is marked all the same.
    chosen, links = tools("?topic=unheard&author=Nobody")
    assert chosen == ["#unheard", "nobody"]
    assert links["nobody"] == f"/stories/{slug}?topic=unheard"
    # By the name all of somebody's entries are found.
    for asked, count in (("Fin B.", 2), ("@fin", 1)):
        page = editor.http.get(f"/stories/{slug}", params={"author": asked}, headers=HTML).text
        assert page.count("<article") == count


def test_a_question_that_cannot_be_read_leads_to_its_story(editor: Editor) -> None:
    slug = editor.story()
    answer = editor.http.get(f"/stories/{slug}?show=x", headers=HTML)
    assert answer.status_code == 400
    assert f'href="/stories/{slug}"' in answer.text
