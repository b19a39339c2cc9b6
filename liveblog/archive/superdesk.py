"""Reads the posts of a Superdesk Live Blog from its API's JSON (`/api/client_blogs/{id}/posts` and its like).

A post has groups; the group `main` refers to items, each with a type, HTML (`text`) and fields (`meta`). In version 2 of the
API (`/api/v2/…`) it has the `items` themselves, and of the people, only its `publisher`
(https://github.com/superdesk/liveblog).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from liveblog.archive.incoming import Incoming, IncomingEntry, IncomingMedium, Report
from liveblog.byte_order import utf8
from liveblog.errors import Malformed
from liveblog.inbound.escaping import escaped_line
from liveblog.inbound.html_text import html_as_markdown, joined, plain_text

RENDITIONS = ("original", "baseImage", "viewImage", "thumbnail")  # the best first
ACCEPTED = "must be the JSON of Live Blog's API: posts in _items, or a list of posts"
Json = Mapping[str, Any]


def read(content: bytes, site: str, report: Report) -> Incoming:
    """Reads one or more answers of the API, one on each line if there are several. Raises `Malformed`."""
    posts, blog = _posts(content)
    named = {str(post.get("_id") or post.get("guid") or ""): post for post in posts}
    found: list[IncomingEntry] = []
    for name, post in named.items():
        if why := _left_out(post):
            report.lost(why, name)
        elif entry := _entry(post, name, site, report):
            found.append(entry)
    entries = sorted(found, key=lambda one: one.at)
    for entry in [one for one in entries if one.values["pinned"]][:-1]:
        entry.values["pinned"] = False
        report.lost("pins: a story here has one, the newest is kept", entry.id)
    _tell_moved(named, entries, report)
    return Incoming(tuple(entries), _story(blog, entries), _cover(blog, site))


def _tell_moved(named: Mapping[str, Json], entries: list[IncomingEntry], report: Report) -> None:
    """Tells of posts that stand elsewhere than by their time, because an editor moved them."""
    highest = float("-inf")
    for entry in entries:
        place = named[entry.id].get("order")
        if not isinstance(place, int | float):
            continue
        if place < highest:
            report.lost("places of posts that were moved by hand: entries stand by their time", entry.id)  # fmt: skip
        highest = max(highest, place)


def _posts(content: bytes) -> tuple[list[Json], Json]:
    """All posts, and the blog if the file tells of it."""
    posts: list[Json] = []
    blog: Json = {}
    try:
        documents = _documents(utf8(content))
    except UnicodeDecodeError:
        raise Malformed("FILE: is broken UTF-16") from None
    for document in documents:
        rows = (
            document.get("_items", document.get("posts"))
            if isinstance(document, Mapping)
            else document
        )
        if rows is None:
            rows = [document]
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise Malformed(f"FILE: {ACCEPTED}")
        for row in rows:
            if "groups" in row or ("items" in row and "post_status" in row):
                posts.append(row)
            elif "blog_status" in row or "blog_preferences" in row:
                blog = row
            else:
                raise Malformed(f"FILE: {ACCEPTED}")
        if isinstance(document, Mapping) and isinstance(document.get("blog"), Mapping):
            blog = document["blog"]
    if not blog:
        blog = next((post["blog"] for post in posts if isinstance(post.get("blog"), Mapping)), {})
    return posts, blog


def _documents(content: bytes) -> list[Any]:
    try:
        return [from_json(content, allow_inf_nan=False)]
    except ValueError as whole:
        try:
            return [
                from_json(row, allow_inf_nan=False) for row in content.splitlines() if row.strip()
            ]
        except ValueError:
            raise Malformed(f"FILE: is not valid JSON: {whole}") from None


def _left_out(post: Json) -> str | None:
    """Why a post is not imported, as a plural; None if it is."""
    if post.get("deleted") not in (None, False, ""):
        return "posts that were deleted"
    if post.get("post_status", "open") != "open":
        return "posts that are not published"
    return None


def _entry(post: Json, name: str, site: str, report: Report) -> IncomingEntry | None:
    at = (
        _time(post.get("published_date"))
        or _time(post.get("firstcreated"))
        or _time(post.get("_created"))
    )
    if at is None or not name:
        report.lost("posts without a time or an id", name)
        return None
    parts: list[str] = []
    media: list[IncomingMedium] = []
    labels: list[str] = []
    people = [_person(post.get("original_creator"))]
    for item in _items(post):
        kind = str(item.get("item_type") or item.get("type") or "text")
        if kind.lower().startswith("advertisement"):
            report.lost("advertisements", name)
            continue
        people.append(
            _person(item.get("original_creator")) or _person(item.get("syndicated_creator"))
        )
        commenter = item.get("commenter")
        people.append(_line(commenter) if isinstance(commenter, str) else "")
        if kind == "quote":
            labels.append("quote")
        text, shown = _content(kind, item, site)
        parts += [text] if text else []
        media += shown
        if not text and not shown:
            report.lost(f"items of the type {_line(kind)[:40]} without words", name)
    if "groups" not in post:
        people.append(_person(post.get("publisher")))
    names = list(dict.fromkeys(one for one in people if one))
    if not names and isinstance(post.get("original_creator"), str):
        report.lost("authors who are named by an id alone", name)
    topics, more = _tags(post.get("tags"))
    edited = _time(post.get("content_updated_date"))
    values: dict[str, Any] = {
        "headline": _line(str(post.get("headline") or "")) or None,
        "body": "\n\n".join(parts),
        "key": post.get("lb_highlight") is True,
        "pinned": post.get("sticky") is True,
        "labels": list(dict.fromkeys([*labels, *more])),
        "topics": topics,
        "credits": [{"role": "text", "name": one} for one in names],
        "edited_at": edited.isoformat() if edited and edited > at else None,
    }
    return IncomingEntry(f"superdesk {name}", name, at, values, tuple(media))


def _items(post: Json) -> Iterator[Json]:
    """The items of a post, in the order in which it shows them."""
    direct = post.get("items") if "groups" not in post else None
    yield from (one for one in (direct if isinstance(direct, list) else []) if isinstance(one, Mapping))  # fmt: skip
    groups = post.get("groups")
    for group in groups if isinstance(groups, list) else []:
        if not isinstance(group, Mapping) or group.get("id") == "root":
            continue
        refs = group.get("refs")
        for ref in refs if isinstance(refs, list) else []:
            item = ref.get("item") if isinstance(ref, Mapping) else None
            if isinstance(item, Mapping):
                yield item


def _content(kind: str, item: Json, site: str) -> tuple[str, list[IncomingMedium]]:
    """The Markdown of an item, and what it shows."""
    raw = item.get("text")
    markup = raw if isinstance(raw, str) else ""
    given = item.get("meta")
    meta: Json = given if isinstance(given, Mapping) else {}
    match kind.lower():
        case "image" if picture := _picture(meta, item, site):
            return "", [picture]
        case "embed" | "video":
            return _embed(meta, markup, site)
        case "quote" if said := _line(str(meta.get("quote") or "")):
            by = _line(str(meta.get("credit") or meta.get("cite") or ""))
            return "> " + escaped_line(said) + (f"\n>\n> — {escaped_line(by)}" if by else ""), []
        case "scorecard" if isinstance(meta.get("data"), Mapping):
            return _scorecard(meta["data"]), []
    text = html_as_markdown(markup, site)
    return text.text, [
        IncomingMedium("", one.address, one.alt, one.caption) for one in text.pictures
    ]


def _picture(meta: Json, item: Json, site: str) -> IncomingMedium | None:
    """The largest rendition of a picture, with caption and credit as plain text."""
    medium = meta.get("media")
    found = medium.get("renditions") if isinstance(medium, Mapping) else item.get("renditions")
    address = _largest(found, site)
    if not address:
        return None
    caption, credit = (plain_text(str(meta.get(key) or "")) for key in ("caption", "credit"))
    alt = plain_text(str(meta.get("altText") or meta.get("alt_text") or ""))
    return IncomingMedium("", address, alt or None, caption or None, credit or None)


def _largest(renditions: Any, site: str) -> str:
    """The address of the largest rendition; empty if there is none."""
    if isinstance(renditions, Mapping):
        for name in RENDITIONS:
            one = renditions.get(name)
            if isinstance(one, Mapping) and isinstance(one.get("href"), str):
                return joined(site, one["href"])
    return ""


def _cover(blog: Json, site: str) -> IncomingMedium | None:
    """The picture of the blog."""
    given = blog.get("picture_url")
    address = _largest(blog.get("picture_renditions"), site)
    if not address and isinstance(given, str) and given:
        address = joined(site, given)
    return IncomingMedium("", address) if address else None


def _embed(meta: Json, markup: str, site: str) -> tuple[str, list[IncomingMedium]]:
    """The address of what is embedded, in a paragraph of its own; else the words of the code."""
    for name in ("original_url", "url", "canonical"):
        address = meta.get(name)
        if isinstance(address, str) and re.fullmatch(r"https?://[^\s<>\"]{3,2000}", address):
            return f"<{address}>", []
    code = meta.get("html")
    read = html_as_markdown(code if isinstance(code, str) and code else markup, site)
    text = read.text
    if not text and isinstance(meta.get("title"), str):
        text = escaped_line(_line(meta["title"]))
    return text, [IncomingMedium("", one.address, one.alt, one.caption) for one in read.pictures]


def _scorecard(data: Json) -> str:
    """A score as a line; the scorers, the half-time result and the note on the match below it."""

    def team(side: str) -> tuple[str, str, list[str]]:
        one = data.get(side)
        found: Json = one if isinstance(one, Mapping) else {}
        scorers = found.get("scorers")
        listed = (
            [row for row in scorers if isinstance(row, Mapping)]
            if isinstance(scorers, list)
            else []
        )
        said = [
            " ".join(filter(None, (_line(str(row.get("name") or "")), _minute(row.get("time")))))
            for row in listed
        ]
        return (
            _line(str(found.get("name") or "")),
            _words(found.get("score")),
            [one for one in said if one],
        )

    home, away = team("home"), team("away")
    if not home[0] and not away[0]:
        return ""
    row = f"**{escaped_line(home[0])} {home[1]}\N{EN DASH}{away[1]} {escaped_line(away[0])}**"
    below = [
        f"{escaped_line(name)}: {escaped_line(', '.join(scorers))}"
        for name, _, scorers in (home, away)
        if scorers
    ]
    match = data.get("match")
    if isinstance(match, Mapping):
        below += [escaped_line(_words(match.get(name))) for name in ("quaters", "info")]
    return "\n\n".join([row, *filter(None, below)])


def _words(value: Any) -> str:
    """A text or a number on one line; empty for anything else."""
    return _line(str(value)) if isinstance(value, str | int | float) else ""


def _minute(value: Any) -> str:
    words = _line(str(value or ""))
    return f"({words}\N{PRIME})" if words else ""


def _person(value: Any) -> str:
    """The public name of an account: byline or display name, never its address."""
    if not isinstance(value, Mapping):
        return ""
    return _line(str(value.get("byline") or value.get("display_name") or ""))


def _tags(value: Any) -> tuple[list[str], list[str]]:
    """Tags as topics if they are one word, else as labels."""
    names = [_line(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []
    topics = [one for one in names if re.fullmatch(r"[^\W\d_][\w]{0,63}", one)]
    return topics, [one for one in names if one and one not in topics]


def _line(text: str) -> str:
    return " ".join(text.split())


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) if at else None


def _story(blog: Json, entries: list[IncomingEntry]) -> dict[str, Any]:
    title = _line(str(blog.get("title") or ""))
    if not title:
        return {}
    ended = blog.get("blog_status") == "closed"
    story: dict[str, Any] = {"title": title, "status": "ended" if ended else "live"}
    if isinstance(blog.get("description"), str):
        story["summary"] = plain_text(blog["description"])
    preferences = blog.get("blog_preferences")
    if isinstance(preferences, Mapping) and isinstance(preferences.get("language"), str):
        story["language"] = preferences["language"].replace("_", "-")
    if blog.get("category"):
        story["category"] = _line(str(blog["category"]))
    if entries:
        story["coverage_start"] = entries[0].at.isoformat()
        if ended:
            story["coverage_end"] = entries[-1].at.isoformat()
    return story
