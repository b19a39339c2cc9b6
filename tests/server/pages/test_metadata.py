"""What the head of a page tells sites that show a shared link, and search engines."""

from __future__ import annotations

from datetime import datetime

import pytest
from desk_client import Editor
from processes import Server
from public_pages import ENGLISH, HTML, full_story, pages
from selectolax.lexbor import LexborHTMLParser


def head(editor: Editor, path: str) -> dict[str, list[str]]:
    """The contents of the `<meta>` of a page, by their names."""
    found: dict[str, list[str]] = {}
    for node in LexborHTMLParser(editor.http.get(path, headers=HTML).text).css(
        "head meta[content]"
    ):
        name = node.attributes.get("property") or node.attributes.get("name") or ""
        found.setdefault(name, []).append(str(node.attributes["content"]))
    return found


def test_of_a_story(addressed: Editor, addressed_server: Server) -> None:
    slug = addressed.story(
        title='Up & "away"',
        summary="In short.",
        category="World",
        topics=["a", "b"],
        language="pt-BR",
    )
    first = addressed.post(slug, "First.")["published_at"]
    last = addressed.post(slug, "Last.")["published_at"]
    url = f"{addressed_server.url}/stories/{slug}"
    found = head(addressed, f"/stories/{slug}")
    times = [
        datetime.fromisoformat(found.pop(f"article:{name}_time")[0])
        for name in ("published", "modified")
    ]
    assert times == [datetime.fromisoformat(first), datetime.fromisoformat(last)]
    del found["viewport"], found["color-scheme"]
    assert found == {
        "robots": ["max-image-preview:large"],
        "description": ["In short."],
        "og:type": ["article"],
        "og:site_name": ["Liveblog"],
        "og:title": ['Up & "away"'],
        "og:description": ["In short."],
        "og:locale": ["pt_BR"],
        "article:section": ["World"],
        "article:tag": ["a", "b"],
        "og:url": [url],
        "og:image": [f"{url}/card.png?v=2"],
        "og:image:type": ["image/png"],
        "og:image:width": ["1200"],
        "og:image:height": ["630"],
        "og:image:alt": ['Up & "away"'],
        "twitter:card": ["summary_large_image"],
        "twitter:image": [f"{url}/card.png?v=2"],
        "twitter:image:alt": ['Up & "away"'],
    }
    addressed.post(slug, "Another.")
    assert head(addressed, f"/stories/{slug}")["og:image"] == [f"{url}/card.png?v=3"]


def test_of_an_entry_it_says_how_sure_it_is(addressed: Editor) -> None:
    slug = addressed.story(title="The story")
    entry = addressed.post(slug, "Shots are heard.", headline="Shots", verification="unverified")
    path = f"/stories/{slug}/entries/{entry['id']}"
    found = head(addressed, path)
    assert found["og:title"] == found["og:image:alt"] == ["Unverified: Shots"]
    assert found["og:description"] == ["Shots are heard."]
    assert found["og:image"] == [f"{entry['url']}/card.png?v=1"]
    assert found["og:url"] == [entry["url"]]
    addressed.edit(
        slug,
        entry["id"],
        verification="confirmed",
        body="Shots are fired.",
        correction="They are fired.",
    )
    found = head(addressed, path)
    assert found["og:title"] == ["Corrected: Shots"]
    assert found["og:image"] == [f"{entry['url']}/card.png?v=2"]
    assert found["article:published_time"] < found["article:modified_time"]
    bare = addressed.post(slug, "Without a headline.", verification="retracted")["id"]
    assert head(addressed, f"/stories/{slug}/entries/{bare}")["og:title"] == [
        "Retracted: The story"
    ]


def test_without_a_base_url_there_is_no_picture(editor: Editor) -> None:
    slug = editor.story()
    entry = editor.post(slug)["id"]
    for path in (f"/stories/{slug}", f"/stories/{slug}/entries/{entry}"):
        found = head(editor, path)
        assert found["twitter:card"] == ["summary"]
        assert found["og:title"]
        assert not {"og:image", "og:url", "twitter:image"} & found.keys()


def test_every_page_may_be_shown_with_large_pictures_or_not_at_all(
    shared_server: Server, editor: Editor
) -> None:
    """`shared_server` has the card that the story needs."""
    del shared_server
    robots = {
        route: head(editor, address)["robots"]
        for route, address in pages(editor, full_story(editor, ENGLISH)).items()
    }
    large = {
        "/",
        "/topics/{topic}",
        "/stories/{slug}",
        "/stories/{slug}/entries/{id}",
        "/stories/{slug}/corrections",
        "some of the updates",
    }
    assert {route for route, said in robots.items() if said == ["max-image-preview:large"]} == large
    rest = {route: said for route, said in robots.items() if route not in large}
    assert all(said[0].startswith("noindex") for said in rest.values()), rest


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en_US"), ("uk", "uk_UA"), ("ar", "ar_EG"), ("de-CH", "de_CH"), ("sr-Latn", "sr_RS"), ("zh-Hant", "zh_TW"), ("tlh", None)],
)  # fmt: skip
def test_the_territory_of_a_language(addressed: Editor, language: str, locale: str | None) -> None:
    slug = addressed.story(language=language)
    assert head(addressed, f"/stories/{slug}").get("og:locale") == ([locale] if locale else None)
