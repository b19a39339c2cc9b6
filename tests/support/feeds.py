"""Feeds as programs read them, checked against the schemas of their formats."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import feedparser
import httpx2
import jsonschema_rs
from lxml import etree
from paths import DATA, NODE_MODULES

FORMATS = ("atom", "rss", "json")
TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
ATOM = "{http://www.w3.org/2005/Atom}"


@cache
def atom_schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(DATA / "atom.rng"))


@cache
def json_schema() -> jsonschema_rs.Draft7Validator:
    schema = json.loads((NODE_MODULES / "jsonfeed-schema/schema-v1.1.json").read_text())
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def check(answer: httpx2.Response) -> Any:
    """What a program makes of a feed: feedparser's result, or the JSON. Fails unless the feed is valid."""
    assert answer.status_code == 200, answer.text
    kind = answer.headers["content-type"]
    if kind == TYPES["json"]:
        content = json.loads(answer.content)
        errors = [
            f"{error.instance_path}: {error.message}"
            for error in json_schema().iter_errors(content)
        ]
        assert errors == []
        return content
    root = etree.fromstring(answer.content)
    if kind == TYPES["atom"]:
        assert atom_schema().validate(root), atom_schema().error_log
        author = root.find(f"{ATOM}author")
        assert author is not None, "entries without a byline need the feed's author"
    else:
        assert kind == TYPES["rss"]
        check_rss(root)
    found = feedparser.parse(answer.content, response_headers={"content-type": kind})
    assert not found.bozo, found.get("bozo_exception")
    return found


def check_rss(root: etree._Element) -> None:
    """What the RSS 2.0 specification and the RSS Advisory Board's profile ask for; there is no schema of theirs."""
    assert root.tag == "rss"
    assert root.get("version") == "2.0"
    (channel,) = root
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1
        assert channel.findtext(name)
    known = {"title", "link", "description", "pubDate", "guid", "category", "source", "enclosure"}
    for item in channel.findall("item"):
        plain = [child.tag for child in item if not child.tag.startswith("{")]
        assert set(plain) <= known
        once = [name for name in plain if name != "category"]
        assert len(once) == len(set(once))
        for enclosure in item.findall("enclosure"):
            assert enclosure.get("length", "").isdigit()
            assert enclosure.get("url", "").startswith("http")
            assert "/" in enclosure.get("type", "")
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "true"
        assert (guid.text or "").startswith("http")


def titles(found: Any) -> list[str]:
    """The titles of a feed's items, in their order."""
    if "items" in found and "version" in found and "entries" not in found:
        return [item["title"] for item in found["items"]]
    return [entry.title for entry in found.entries]


def contents(found: Any) -> list[str]:
    """The HTML of a feed's items, in their order."""
    if "entries" in found:
        return [entry.content[0].value for entry in found.entries]
    return [item["content_html"] for item in found["items"]]
