"""All pages that the public can open, found in the table of routes, and a story that has of everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from desk_client import Editor
from photos import jpeg, photo
from provider_answers import YOUTUBE
from starlette.routing import Route

from liveblog.settings import Settings
from liveblog.web.routes import routes

HTML = {"Accept": "text/html"}
# What addresses may hold besides `slug`, `id` and `topic`, and what some need behind a question mark.
PARAMETERS = {"version": "0", "file": "icon.svg", "rev": "1", "name": "480.webp"}
QUERIES = {
    "/stories/{slug}/entries": "?before={id}",
    "/stories/{slug}/changes": "?after=0",
    "/oembed": "?url=/stories/{slug}/entries/{id}",
}

ENGLISH = {
    "language": "en",
    "title": "Kharkiv: takeover at risk",
    "summary": "The line is holding, and those on the ground say that they could have gone further.",
    "place": "Kharkiv",
    "topic": "kharkiv",
    "text": "The city centre **has not been hit** so far, says [the mayor](https://example.org/a).",
    "name": "Fin",
}
ARABIC = {
    "language": "ar",
    "title": "خاركيف: السيطرة في خطر",
    "summary": "الخط صامد، ويقول من هم على الأرض إنه كان بإمكانهم التقدم أكثر.",
    "place": "خاركيف",
    "topic": "خاركيف",
    "text": "لم يُصب **وسط المدينة** حتى الآن، كما يقول [رئيس البلدية](https://example.org/a).",
    "name": "فين",
}


class FullStory(NamedTuple):
    """`entry` has a history; `removed` was taken down."""

    slug: str
    topic: str
    entry: str
    removed: str


def full_story(editor: Editor, words: dict[str, str], entries: int = 0) -> FullStory:
    """An entry of each kind, and that many plain ones below them. For the shared server: it has the card."""
    slug = editor.story(
        title=words["title"],
        summary=words["summary"],
        language=words["language"],
        place=words["place"],
        category=words["place"],
        topics=[words["topic"]],
        timezone="Europe/Kyiv",
    )
    for number in range(entries):
        editor.post(slug, f"{words['text']} {number}")
    text = words["text"]
    entry: dict[str, Any] = {}
    for status in ("unverified", "checking", "confirmed", "disputed", "retracted"):
        entry = editor.post(
            slug, text, headline=words["title"], key=True, verification={"status": status}
        )
    card = editor.post(slug, f"{text}\n\n{YOUTUBE}")
    assert card["embeds"][0]["picture"], "the card that conftest.py keeps is not there"
    files = {"file": ("a.jpg", jpeg(photo(600, 400)), "image/jpeg")}
    upload = editor.http.post(
        "/api/media", files=files, data={"alt": text, "credit": words["name"]}
    )
    editor.post(slug, text, media=[{"id": upload.json()["id"], "caption": words["summary"]}])
    named = {"name": words["name"], "handle": "@fin"}
    entry = editor.post(
        slug,
        f"{text}\n\n> {text}\n\n- {text}\n\n1. {text}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```",
        headline=words["title"],
        labels=["breaking", "analysis", "correction"],
        dateline=words["place"],
        topics=[words["topic"]],
        occurred_at="2022-02-25T12:00:00Z",
        credits=[
            {"role": "text", **named, "url": "https://example.org/fin"},
            {"role": "photo", **named},
        ],
        sources=[
            {
                "kind": "witness",
                "name": words["name"],
                "quote": text,
                "url": "https://example.org/said",
                "retrieved_at": "2022-02-25T12:00:00Z",
            },
            {"kind": "outlet", "name": "Example", "url": "https://example.org/read"},
        ],
        verification={"status": "checking", "note": text},
    )
    removed = editor.post(slug, text)
    editor.edit(slug, entry["id"], body=f"{text} {text}", pinned=True)
    editor.edit(slug, entry["id"], verification={"status": "confirmed", "note": text})
    editor.remove(slug, removed["id"])
    return FullStory(slug, words["topic"], entry["id"], removed["id"])


def public_routes() -> Iterator[str]:
    """What answers to GET, without the desk and the API."""
    for route in routes(Settings()):
        if not isinstance(route, Route) or route.path.startswith("/desk"):
            continue
        if "GET" in (route.methods or ()):
            yield re.sub(r":\w+}", "}", route.path)


def pages(editor: Editor, story: FullStory) -> dict[str, str]:
    """The addresses of all public pages, by their routes, of a filtered one and of two errors: a new route is
    found by itself, and fails here where it needs a parameter that is not known."""
    found = {}
    known = PARAMETERS | {"slug": story.slug, "id": story.entry, "topic": story.topic}
    for route in public_routes():
        address = (route + QUERIES.get(route, "")).format_map(known)
        answer = editor.http.get(address, headers=HTML, follow_redirects=True)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert answer.status_code == 200, f"{route}: {address} answers {answer.status_code}"
        if not answer.text.startswith("<!doctype"):
            continue  # a fragment for other sites' pages
        found[route] = address
    found["some of the updates"] = f"/stories/{story.slug}?show=key"
    found["not found"] = "/nothing-here"
    found["taken down"] = f"/stories/{story.slug}/entries/{story.removed}"
    return found
