"""JSON-LD as pages hold it, and what the vocabulary and Google demand of it.

The vocabulary is in `tests/data/schema_org.json`, taken from the npm package that it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from desk_client import Editor
from paths import DATA
from selectolax.lexbor import LexborHTMLParser

Thing = dict[str, Any]

# https://developers.google.com/search/docs/appearance/structured-data: what each type must have, what it should have,
# and what it has where there is something to say.
GOOGLE = {
    # …/article: nothing is required; all of this is recommended. `articleBody`, `url` and the times of the coverage are
    # those that it asked for of live blogs.
    "LiveBlogPosting": {
        "headline", "description", "image", "datePublished", "dateModified", "author", "publisher", "url",
        "mainEntityOfPage", "coverageStartTime", "liveBlogUpdate",
    },
    "BlogPosting": {"headline", "articleBody", "url", "datePublished", "dateModified", "author"},
    "Person": {"name", "url"},
    "Organization": {"name", "url"},
    # …/video: name, thumbnailUrl and uploadDate are required, the others recommended.
    "VideoObject": {"name", "description", "thumbnailUrl", "uploadDate", "contentUrl"},
    "AudioObject": {"name", "contentUrl"},
    # …/image-license-metadata: contentUrl is required.
    "ImageObject": {"url", "contentUrl"},
    # …/breadcrumb
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "name", "item"},
    "CorrectionComment": {"text", "datePublished", "url"},
    "Place": {"name"},
    "Thing": {"name", "url"},
    "WebPage": {"@id"},
}  # fmt: skip
# Of a value that stands for something that is described elsewhere.
REFERENCE = {"@type", "@id", "url", "headline"}


@cache
def vocabulary() -> dict[str, Any]:
    types: dict[str, Any] = json.loads((DATA / "schema_org.json").read_text())["types"]
    return types


def kinds(name: str) -> set[str]:
    """A type and those above it."""
    return {name}.union(*(kinds(parent) for parent in vocabulary()[name]["parents"]))


def ranges(kind: str, name: str) -> list[str] | None:
    """The types that a property of a type takes; None if the type has no such property."""
    for one in kinds(kind):
        if name in vocabulary()[one]["properties"]:
            found: list[str] = vocabulary()[one]["properties"][name]
            return found
    return None


def things(value: Any) -> Iterator[Thing]:
    """A value and all values within it that have a type."""
    if isinstance(value, list):
        for one in value:
            yield from things(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from things(one)


def documents(editor: Editor, path: str) -> list[Thing]:
    """The JSON-LD of a page."""
    answer = editor.http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    scripts = LexborHTMLParser(answer.text).css('script[type="application/ld+json"]')
    found = [json.loads(script.text()) for script in scripts]
    for one in found:
        check(one)
    return found


def live_blog(editor: Editor, slug: str) -> Thing:
    (found,) = documents(editor, f"/stories/{slug}")
    assert found["@type"] == "LiveBlogPosting"
    return found


def update(blog: Thing, entry: str) -> Thing:
    """The update of a live blog that is an entry."""
    found: Thing = next(one for one in blog["liveBlogUpdate"] if one["url"].endswith(f"#{entry}"))
    return found


def check(document: Thing, *, without: set[str] | None = None) -> None:
    """Checks a document against the vocabulary and Google's demands."""
    assert document["@context"] == "https://schema.org", "the context is not schema.org"
    for thing in things(document):
        kind = thing["@type"]
        if not (thing.keys() <= REFERENCE and "@id" in thing):
            missing = GOOGLE[kind] - thing.keys() - (without or set())
            assert not missing, f"{kind} without {missing}"
        for name, value in thing.items():
            if name in {"@context", "@type", "@id"}:
                continue
            accepted = ranges(kind, name)
            assert accepted is not None, f"schema.org: {kind} has no {name}"
            assert value not in (None, "", []), f"{kind}.{name} is empty"
            for one in value if isinstance(value, list) else [value]:
                assert fits(one, accepted), f"{kind}.{name}: {one!r} is none of {accepted}"


def fits(value: Any, accepted: list[str]) -> bool:
    """Whether a value is of one of these types. A number may stand for a quantity, as in schema.org's own examples."""
    if isinstance(value, dict):
        return bool(kinds(value["@type"]) & set(accepted))
    if isinstance(value, int):
        return bool({"Number", "Integer", "QuantitativeValue"} & set(accepted))
    if {"DateTime", "Date"} & set(accepted):
        return datetime.fromisoformat(value).tzinfo is not None
    if "Text" in accepted:
        return isinstance(value, str)
    # An address may stand for the thing at it.
    return urlsplit(value).scheme in {"http", "https"} and bool({"URL", "Thing"} & set(accepted))
