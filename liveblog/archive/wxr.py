"""Reads a WordPress export (WXR): posts with their comments of the type `liveblog`.

Expat reads the file as a stream. A document type is refused, and with it every entity and every bomb made of them; WordPress
writes none.
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass, field
from xml.parsers import expat

from liveblog.errors import Malformed

KEY = "liveblog"  # the type of the comments, their state, and the field of the post
DEEPEST = 64
TEXTS = {
    "wp:comment": {
        "wp:comment_id", "wp:comment_author", "wp:comment_author_url", "wp:comment_date_gmt", "wp:comment_date",
        "wp:comment_content", "wp:comment_approved", "wp:comment_type", "wp:comment_user_id",
    },
    "item": {"title", "link", "wp:post_id", "wp:status", "wp:post_password"},
    "wp:author": {"wp:author_id", "wp:author_login", "wp:author_display_name"},
    "channel": {"title", "link", "language", "wp:base_site_url", "wp:base_blog_url"},
}  # fmt: skip
# WordPress writes control characters of texts as they are, but XML has none of them (XML 1.0, 2.2).
CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)
METAS = {"wp:commentmeta": "wp:comment", "wp:postmeta": "item"}
MOST_COMMENTS = 200_000


@dataclass
class Node:
    """A post, a comment, an author or the channel: its texts by their names, and its fields (`meta`)."""

    texts: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    comments: list[Node] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "").strip()


@dataclass
class Export:
    """The channel, the posts that have comments of the type `liveblog`, and all authors."""

    channel: Node
    posts: list[Node]
    authors: list[Node]


def read(content: bytes) -> Export:
    """Reads an export. Raises `Malformed`."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    if not content.startswith(UTF16):
        content = content.translate(None, CONTROLS)
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        words = expat.errors.messages.get(error.code, "") or str(error)
        raise Malformed(f"FILE: is not valid XML in line {error.lineno}: {words}") from None
    except (
        LookupError,
        ValueError,
    ) as error:  # of a declared encoding that has no table of 256 letters
        raise Malformed(f"FILE: cannot be decoded ({error}); it must be UTF-8") from None
    if not reader.export_seen:
        raise Malformed("FILE: is no WordPress export: it has no <rss> with a <channel>")
    return reader.export


class _Reader:
    """The handlers of the parser. `_open` are the nodes around the present place."""

    def __init__(self) -> None:
        self.export = Export(Node(), [], [])
        self.export_seen = False
        self._open: list[tuple[str, Node]] = []
        self._depth = 0
        self._name = ""
        self._words: list[str] = []
        self._count = 0

    def doctype(self, *_: object) -> None:
        raise Malformed(
            "FILE: has a document type (<!DOCTYPE>), which a WordPress export has not; it is not read"
        )

    def start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Malformed(f"FILE: has more than {DEEPEST} elements in each other")
        self._name, self._words = name, []
        if name == "channel":
            self.export_seen = True
            self._open.append((name, self.export.channel))
        elif name in TEXTS or name in METAS:
            self._open.append((name, Node()))

    def text(self, words: str) -> None:
        if self._name:
            self._words.append(words)

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._open and self._open[-1][0] == name:
            self._close(name)
        elif self._open and name == self._name:
            around, node = self._open[-1]
            if name in TEXTS.get(around, ()) or around in METAS:
                node.texts.setdefault(name, "".join(self._words))
        self._name, self._words = "", []

    def _close(self, name: str) -> None:
        _, node = self._open.pop()
        around = self._open[-1][1] if self._open else None
        if name in METAS and around is not None and self._open[-1][0] == METAS[name]:
            around.meta[node["wp:meta_key"]] = node.texts.get("wp:meta_value", "")
        elif name == "wp:comment" and around is not None and node["wp:comment_type"] == KEY:
            self._count += 1
            if self._count > MOST_COMMENTS:
                raise Malformed(f"FILE: has more than {MOST_COMMENTS} entries")
            around.comments.append(node)
        elif name == "item" and (node.comments or KEY in node.meta):
            self.export.posts.append(node)
        elif name == "wp:author":
            self.export.authors.append(node)
