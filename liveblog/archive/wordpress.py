"""Reads a live blog of Automattic's plugin for WordPress from a WordPress export.

Each entry is a comment of the type `liveblog` (https://github.com/Automattic/liveblog). An edit adds a comment whose field
`liveblog_replaces` names the first one, and writes the new text into that one too; an empty comment deletes it, for ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from liveblog.archive.incoming import Incoming, IncomingEntry, IncomingMedium, Report
from liveblog.archive.wxr import KEY, Export, Node
from liveblog.archive.wxr import read as read_export
from liveblog.errors import Malformed
from liveblog.inbound.html_text import html_as_markdown

REPLACES, KEY_ENTRY = "liveblog_replaces", "liveblog_key_entry"
CONTRIBUTORS, HIDDEN = "liveblog_contributors", "liveblog_hide_authors"
NEVER = datetime.min.replace(tzinfo=UTC)  # a time that the file does not tell
YEAR = 1990  # WordPress writes 0000-00-00 where a time is missing
_COMMAND = re.compile(r'<span\s+class="liveblog-command type-([\w-]+)"\s*>[^<]*</span>')
# A hashtag is a link to its page since 1.10, and was a plain element before.
_HASHTAG = re.compile(
    r'<(span|a)\b[^<>]*\bclass="liveblog-hash [^"<>]*"[^<>]*>\s*#?([^<]*?)\s*</\1>'
)
_TYPED_KEY = re.compile(r"(?:^|(?<=\s)|(?<=>))/key(?=\s|<|$)")
_SERIALIZED = re.compile(r"i:\d+;(?:i:(\d+)|s:\d+:\"(\d+)\");")
_BLOCK = re.compile(r"<(?:p|div|ul|ol|table|blockquote|figure|h[1-6]|pre)\b", re.IGNORECASE)
# Each stops at the next bracket, so that many that never end cost no more than their length.
_CAPTION = re.compile(
    r"\[caption\b[^\[\]]*\]\s*((?:<a\b[^<>]*>)?\s*<img\b[^<>]*>\s*(?:</a>)?)([^\[]*)\[/caption\]"
)
_EMBED = re.compile(
    r"\[(embed|video|audio|youtube|tweet|instagram|facebook)\b([^\[\]]*)\](?:([^\[]*)\[/\1\])?"
)
_SHORTCODE = re.compile(
    r"\[/?(?:gallery|playlist|liveblog_key_events|caption|wp_caption|embed|video|audio)\b[^\[\]]*\]"
)
_WEB = re.compile(r"https?://[^\s\"'\]<>]{3,2000}")
_LINE_OF_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]{3,2000})[ \t]*$", re.MULTILINE)


def read(content: bytes, post: str | None, report: Report) -> Incoming:
    """Reads an export. `post` is the id of the post, if there are several live blogs. Raises `Malformed`."""
    export = read_export(content)
    found = _chosen(export.posts, post)
    site = (export.channel["wp:base_blog_url"] or export.channel["link"]).rstrip("/")
    people = _people(export)
    first: dict[str, Node] = {}
    edits: dict[str, list[Node]] = {}
    for comment in found.comments:
        name = comment["wp:comment_id"]
        if comment["wp:comment_approved"] != KEY:
            report.lost("entries in the trash", name)
        elif replaced := comment.meta.get(REPLACES, "").strip():
            edits.setdefault(replaced, []).append(comment)
        else:
            first[name] = comment
    entries = []
    for name, comment in first.items():
        changes = sorted(edits.pop(name, []), key=_when)
        if not all(one["wp:comment_content"] for one in changes):
            report.lost("entries that were deleted", name)
            continue
        if entry := _entry(site, found, comment, changes, people, report):
            entries.append(entry)
    for name, orphans in edits.items():
        if all(one["wp:comment_content"] for one in orphans):
            report.lost("edits whose entry is not in the file", name)
    entries.sort(key=lambda entry: entry.at)
    return Incoming(tuple(entries), _story(export, found, entries))


def _chosen(posts: Sequence[Node], post: str | None) -> Node:
    having = [one for one in posts if one.comments]
    if post is not None:
        having = [one for one in having if one["wp:post_id"] == post]
    if not having:
        wanted = f" the post {post!r} with" if post else ""
        raise Malformed(f"FILE: has no{wanted or ' post with'} comments of the type liveblog")
    public = [
        one for one in having if one["wp:status"] == "publish" and not one["wp:post_password"]
    ]
    if not public:
        states = ", ".join(f"{one['wp:post_id']} ({_state(one)})" for one in having[:10])
        raise Malformed(f"FILE: has no live blog that is public there: {states}")
    if len(public) > 1:
        listed = ", ".join(f"{one['wp:post_id']} ({one['title'][:40]})" for one in public[:10])
        raise Malformed(f"FILE: has several live blogs; choose one with --post: {listed}")
    return public[0]


def _state(post: Node) -> str:
    """Why a post is not public."""
    return "with a password" if post["wp:post_password"] else post["wp:status"][:20] or "no status"


def _people(export: Export) -> dict[str, str]:
    """The names of users by their ids. The export lists those who wrote posts; entries name the others who wrote some."""
    wrote = (one for post in export.posts for one in post.comments if one["wp:comment_author"])
    named = {one["wp:comment_user_id"]: one["wp:comment_author"] for one in wrote}
    return named | {
        one["wp:author_id"]: one["wp:author_display_name"] or one["wp:author_login"]
        for one in export.authors
    }


def _entry(
    site: str,
    post: Node,
    comment: Node,
    changes: Sequence[Node],
    people: dict[str, str],
    report: Report,
) -> IncomingEntry | None:
    name = comment["wp:comment_id"]
    last = changes[-1] if changes else comment
    raw = last["wp:comment_content"] or comment["wp:comment_content"]
    topics, key, markup = _features(raw)
    key = key or _true(comment.meta) or _true(last.meta)
    markup, dropped = _unshortened(markup)
    if dropped:
        report.lost("shortcodes without an address", name, dropped)
    text = html_as_markdown(_paragraphs(markup), post["link"] or site)
    if text.cut:
        report.lost("entries that were cut because they are too long", name)
    at = _when(comment)
    if at == NEVER:
        report.lost("entries without a time", name)
        return None
    if _read(comment["wp:comment_date_gmt"]) is None:
        report.lost("zones of times, which were read as UTC", name)
    edited = _when(last) if changes else None
    if len(changes) > 1:
        report.lost("earlier texts of edited entries", name, len(changes) - 1)
    values: dict[str, Any] = {
        "body": text.text,
        "key": key,
        "topics": topics,
        "credits": _credits(comment, people, name, report),
        "edited_at": edited.isoformat() if edited and edited > at else None,
    }
    media = tuple(IncomingMedium("", one.address, one.alt, one.caption) for one in text.pictures)
    # Not by https or http: a site that moved from one to the other has the same entries.
    home = (site.partition("://")[2] or site).casefold()
    return IncomingEntry(f"wordpress {home} {name}", name, at, values, media)


def _features(raw: str) -> tuple[list[str], bool, str]:
    """The hashtags and whether a command marks a key event; and the HTML without the plugin's elements."""
    key = any(found[1] == "key" for found in _COMMAND.finditer(raw)) or bool(_TYPED_KEY.search(raw))
    markup = _TYPED_KEY.sub("", _COMMAND.sub("", raw))
    topics = [found[2] for found in _HASHTAG.finditer(markup) if found[2]]
    return topics, key, _HASHTAG.sub(lambda found: f"#{found[2]}", markup)


def _unshortened(markup: str) -> tuple[str, int]:
    """The HTML with shortcodes as HTML, and how many had nothing to show."""

    def embedded(found: re.Match[str]) -> str:
        address = _WEB.search(found[3] or "") or _WEB.search(found[2])
        if address is None:
            return found[0]
        if found[1] in {"video", "audio"}:
            return f'<{found[1]} src="{address[0]}"></{found[1]}>'
        return f"\n\n{address[0]}\n\n"

    markup = _CAPTION.sub(r"<figure>\1<figcaption>\2</figcaption></figure>", markup)
    markup = _EMBED.sub(embedded, markup)
    return _SHORTCODE.subn("", markup)


def _paragraphs(markup: str) -> str:
    """WordPress stores paragraphs as blank lines, and makes elements of them when it shows them."""
    markup = _LINE_OF_ADDRESS.sub(r"<p>\1</p>", markup.replace("\r\n", "\n"))
    done = []
    for block in re.split(r"\n\s*\n", markup):
        inner = block.strip()
        if inner and not _BLOCK.match(inner):
            inner = "<p>" + inner.replace("\n", "<br>\n") + "</p>"
        done.append(inner)
    return "\n".join(done)


def _credits(
    comment: Node, people: dict[str, str], name: str, report: Report
) -> list[dict[str, Any]]:
    if comment.meta.get(HIDDEN, "").strip() not in {"", "0"}:
        return []
    author = comment["wp:comment_author"] or people.get(comment["wp:comment_user_id"], "")
    found = [{"role": "text", "name": author, "url": comment["wp:comment_author_url"] or None}]
    for one in _SERIALIZED.finditer(comment.meta.get(CONTRIBUTORS, "")):
        contributor = people.get(one[1] or one[2])
        if contributor is None:
            report.lost("contributors whose names are not in the file", name)
        elif contributor != author:
            found.append({"role": "text", "name": contributor, "url": None})
    return [one for one in found if one["name"]]


def _true(meta: dict[str, str]) -> bool:
    return meta.get(KEY_ENTRY, "").strip() == "true"


def _when(comment: Node) -> datetime:
    """The time of a comment. WordPress writes UTC beside its local time."""
    found = _read(comment["wp:comment_date_gmt"]) or _read(comment["wp:comment_date"])
    return found or NEVER


def _read(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year >= YEAR else None


def _story(export: Export, post: Node, entries: Sequence[IncomingEntry]) -> dict[str, Any]:
    ended = post.meta.get(KEY, "").strip() == "archive"
    story: dict[str, Any] = {"title": post["title"], "status": "ended" if ended else "live"}
    if language := export.channel["language"]:
        story["language"] = language.replace("_", "-")
    if entries:
        story["coverage_start"] = entries[0].at.isoformat()
        if ended:
            story["coverage_end"] = entries[-1].at.isoformat()
    return story
