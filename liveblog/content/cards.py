"""Link cards: plain text from an oEmbed answer (https://oembed.com) or from a page's Open Graph data.

A provider's markup never reaches a page: it is turned into text of limited length. Only the server uses the
address of the provider's picture.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote_plus, urlsplit

import nh3
from pydantic_core import from_json

from liveblog.content.providers import Link
from liveblog.models.content import Embed

TITLE, NAME, TEXT, ADDRESS = 300, 200, 5000, 1000
TAGS = 2000
PARAGRAPH = re.compile(r"<p>(.*?)</p>(.*)", re.DOTALL)
DAY = re.compile(r"([A-Z][a-z]+ \d{1,2}, \d{4})")
ACCOUNT = re.compile(r"at://(did:(?:plc|web):[A-Za-z0-9.:-]{1,100})/app\.bsky\.feed\.post/")
HANDLE = re.compile(r"\((@[\w.@-]{1,100})\)")


class Told(NamedTuple):
    """A provider's answer for a link: the card, still without a picture, and addresses of the picture, best
    first."""

    card: Embed
    pictures: list[str]


def card(link: Link, at: datetime | None, oembed: bytes = b"", page: bytes = b"") -> Embed:
    """The card of `told()`. Raises `ValueError` like it."""
    return told(link, at, oembed, page).card


def told(link: Link, at: datetime | None, oembed: bytes = b"", page: bytes = b"") -> Told:
    """Read a provider's answers for a link: `oembed` is JSON, `page` is HTML, both as received at `at`.

    Without answers, the card is made from the link alone. Raises `ValueError` if `oembed` is not a JSON object.
    """
    said = _oembed(oembed) if oembed else {}
    graph = _graph(page) if page else {}
    markup = said.get("html", "")
    if markup.count("<") > TAGS:  # the sanitiser's time grows with the square of the nesting depth
        markup = ""
    words, day = _quoted(markup) if link.provider.kind in {"post", "clip"} else (None, None)
    account = ACCOUNT.search(markup)
    author = _line(said.get("author_name"), NAME)
    title = _line(said.get("title"), TITLE)
    text = words or _text(graph.get("og:description"))
    if link.provider.kind in {"post", "clip"}:
        handle = HANDLE.search(_plain(markup))
        if author and handle and handle[1] not in author:
            author = f"{author} ({handle[1]})"
        author = _line(graph.get("og:title"), NAME) or author
        # The title of a clip is its text. The title of a post only names the author.
        text, title = text or (_text(title) if link.provider.kind == "clip" else None), None
    made = Embed(
        url=link.url,
        provider=link.provider.name,
        kind=link.provider.kind,
        title=title or _place(link),
        author=author,
        author_url=_web(said.get("author_url")),
        text=text,
        dated=day or _day(graph.get("og:published_time") or graph.get("article:published_time")),
        retrieved_at=at,
        frame=link.frame(account[1] if account else None),
    )
    return Told(made, _pictures(link, said, graph))


def _pictures(link: Link, said: Mapping[str, str], graph: Mapping[str, str]) -> list[str]:
    """The addresses of the picture, best first, limited to the provider's own hosts."""
    whole = said.get("url") if said.get("type") == "photo" else None
    given = (whole, said.get("thumbnail_url"), graph.get("og:image"), link.picture)
    there = [url for url in map(_web, given) if url]
    return [url for url in dict.fromkeys(there) if link.provider.has_pictures_at(_host(url))]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _oembed(answer: bytes) -> dict[str, str]:
    """The string values of an oEmbed answer. Raises `ValueError` if it is not a JSON object."""
    said = from_json(answer)
    if not isinstance(said, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - wrong data, not a wrong call
    return {name: value for name, value in said.items() if isinstance(value, str)}


class _Head(HTMLParser):
    """Collects `<meta property content>`; the first one of each property counts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, content = given.get("property") or given.get("name"), given.get("content")
        if tag == "meta" and name and content:
            self.found.setdefault(name.lower(), content)


def _graph(page: bytes) -> Mapping[str, str]:
    head = _Head()
    head.feed(page.partition(b"</head>")[0].decode(errors="replace"))
    return head.found


def _quoted(markup: str) -> tuple[str | None, datetime | None]:
    """The first paragraph of a quotation's markup, and the last date after it."""
    match = PARAGRAPH.search(nh3.clean(markup, tags={"p", "br"}, attributes={"*": set()}))
    if match is None:
        return None, None
    days = DAY.findall(_plain(match[2]))
    return _text(_plain(match[1].replace("<br>", "\n"))), _english_day(days[-1]) if days else None


def _plain(markup: str) -> str:
    return html.unescape(nh3.clean(markup, tags=set()))


def _english_day(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%B %d, %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _day(written: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    if at.tzinfo is None or not 1990 <= at.year <= 2200:
        return None
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _text(given: str | None) -> str | None:
    """Lines of text without control characters, at most `TEXT` characters."""
    sound = "".join(
        c for c in (given or "")[: 4 * TEXT] if c == "\n" or c.isprintable() or c in "\t\u200d"
    )
    lines = (" ".join(line.split()) for line in sound.split("\n"))
    return _cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), TEXT)


def _line(given: str | None, longest: int) -> str | None:
    return _cut(" ".join((_text(given) or "").split()), longest)


def _cut(text: str, longest: int) -> str | None:
    return (text if len(text) <= longest else text[: longest - 1].rstrip() + "…") or None


def _web(url: str | None) -> str | None:
    if (
        not url
        or len(url) > ADDRESS
        or not re.fullmatch(r"https?://[^\s\x00-\x1f\x7f\"'<>\\]+", url)
    ):
        return None
    try:
        return url if urlsplit(url).hostname else None
    except ValueError:
        return None


def _place(link: Link) -> str | None:
    """The name or the coordinates of the place in a link to a map; None for other links."""
    if link.provider.kind != "map":
        return None
    path = urlsplit(link.url).path
    if named := re.match(r"/maps/place/([^/@]+)", path):
        return _line(unquote_plus(named[1]), TITLE)
    if there := re.match(r"/maps/@(-?[0-9.]+),(-?[0-9.]+)", path):
        return ", ".join(there.groups())
    if asked := re.search(r"\?q=([^&]+)", link.url):
        return _line(unquote_plus(asked[1]), TITLE)
    return ", ".join(link.wild[1:]) or None
