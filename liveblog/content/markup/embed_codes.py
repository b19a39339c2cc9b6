"""Replaces a pasted embed code by the address in it, as if the address had been pasted.

`static/desk/composer/embed-codes.js` does the same at the desk.

An embed code is an `<iframe>`, or the quotation, element or script that a provider's script turns into one. A code
without a web address stays text. A tag is searched from `<` to the next `<` or `>`, and closing tags are found by a
binary search, so the work stays almost linear in the length of the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qs, urlsplit

from liveblog.content.markup.addresses import alone

_OPENING = re.compile(r"<(iframe|blockquote|script|div)(?=[\s>])([^<>]*)>", re.IGNORECASE)
_CLOSING = re.compile(r"</(iframe|blockquote|script|div|noscript|p|small)\s*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_HREF = re.compile(r"""<a\s[^<>]*?href\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
# The surroundings of a code: wrappers, scripts, and the line of links that SoundCloud and Vimeo put below it.
_WRAPPER = re.compile(r"</?(?:div|figure|center|p|span|noscript)\b[^<>]*>", re.IGNORECASE)
_SCRIPT = re.compile(r"<(script|noscript)\b[^<>]*>[^<]*</\1\s*>", re.IGNORECASE)
_AFTER = re.compile(
    r"\s*(?:</(?:div|figure|center|p|iframe)\s*>|<(script|noscript)\b(?![^<>]*data-telegram-post)[^<>]*>)",
    re.IGNORECASE,
)
_CREDITS = re.compile(r"\s*(?:<br\s*/?>\s*)?<(div|p|small)\b[^<>]*>(?=\s*<a\s)", re.IGNORECASE)
_LONGEST = 2048  # characters of an address
_CODE = 8 * 1024  # characters within one element; a longer element is not an embed code
_AROUND = 20  # the most elements after a code that belong to it
# The marker of a list item or a quotation.
_MARKER = re.compile(r"(?:^|\n)[ \t]*(?:[-*+>]|[0-9]{1,9}[.)])[ \t>*+-]*\Z")
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})", re.MULTILINE)
# Attributes that hold an address, by the class of their element.
_NAMED = (
    ("instagram-media", "data-instgrm-permalink"),
    ("tiktok-embed", "cite"),
    ("fb-post", "data-href"),
    ("fb-video", "data-href"),
    ("mastodon-embed", "data-embed-url"),
    ("text-post-media", "data-text-post-permalink"),
    ("reddit-embed-bq", "cite"),
)
_LINKED = (
    "twitter-tweet",
    "twitter-video",
    "instagram-media",
    "tiktok-embed",
    "reddit-embed",
    "reddit-embed-bq",
    "imgur-embed",
    "bluesky-embed",
)
_IMGUR = re.compile(r"(?:a/)?\w{5,12}")
_BLUESKY = re.compile(r"at://(did:[a-z]+:[\w.:-]+)/app\.bsky\.feed\.post/([a-z0-9]+)")


def addressed(text: str) -> str:
    """The text with each embed code replaced by its address, in a paragraph of its own.

    Embed codes within Markdown code stay unchanged.
    """
    if "<" not in text or _OPENING.search(text) is None:
        return text
    codes = _Codes(text)
    done: list[str] = []
    at = 0
    for opening in _OPENING.finditer(text):
        start = opening.start()
        if start < at or codes.is_code(start) or text[start - 1 : start] in {"`", "\\"}:
            continue
        if (found := codes.code(opening)) is not None:
            address, end = found
            before = text[at:start]
            marker = _MARKER.search(before)
            done += [before + address] if marker else [_before(before), address]
            at = codes.after(end, credit=opening[1].lower() == "iframe")
    if not done:
        return text
    return "\n\n".join(part for part in [*done, text[at:].lstrip()] if part)


class _Codes:
    """A text with the places of its code fences and closing tags."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fences = [found.start() for found in _FENCE.finditer(text)]
        self.closings: dict[str, list[tuple[int, int]]] = {}
        for closing in _CLOSING.finditer(text):
            self.closings.setdefault(closing[1].lower(), []).append(closing.span())

    def is_code(self, at: int) -> bool:
        """Whether a place is between fences."""
        return bisect(self.fences, at) % 2 == 1

    def closing(self, name: str, at: int) -> tuple[int, int] | None:
        """The start and end of the next closing tag of that name after `at`; None if there is none."""
        spans = self.closings.get(name, [])
        number = bisect(spans, (at, 0))
        return spans[number] if number < len(spans) else None

    def code(self, opening: re.Match[str]) -> tuple[str, int] | None:
        """The address in the code that begins with a tag, and the place after the code; None if it has no address."""
        name = opening[1].lower()
        given = {
            found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "").strip()
            for found in _ATTRIBUTE.finditer(opening[2].replace("\\", ""))
        }
        closing = self.closing(name, opening.end())
        if closing and closing[0] - opening.end() > _CODE:
            closing = None
        if name == "script":
            post = given.get("data-telegram-post", "")
            address = f"https://t.me/{post}" if re.fullmatch(r"\w+/\d+", post) else None
        elif name == "iframe":
            source = given.get("src") or given.get("data-src") or given.get("data-lazy-src")
            end = closing[1] if closing else opening.end()
            address = _within(source, lambda: self.credits(end))
        else:
            inside = self.text[opening.end() : closing[0]] if closing and "class" in given else ""
            address = _of_element(given, inside)
        sound = _web(address)
        return (sound, closing[1] if closing else opening.end()) if sound else None

    def credits(self, at: int) -> list[str]:
        """The links in the line below a player."""
        end = self._credits_end(self.after(at, credit=False))
        return _HREF.findall(self.text[at:end]) if end and end - at <= _CODE else []

    def _credits_end(self, at: int) -> int | None:
        found = _CREDITS.match(self.text, at)
        closing = self.closing(found[1].lower(), found.end()) if found else None
        return closing[1] if closing else None

    def after(self, at: int, *, credit: bool) -> int:
        """The place after the elements that belong to a code ending at `at`.

        With `credit`, the line of links below a player is included.
        """
        for _ in range(_AROUND):
            found = _AFTER.match(self.text, at)
            if found is None:
                break
            closing = self.closing(found[1].lower(), found.end()) if found[1] else found.span()
            if closing is None:
                break
            at = closing[1]
        return (self._credits_end(at) or at) if credit else at


def _before(text: str) -> str:
    """The text before a code, without the tags that wrap the code."""
    head, blank, paragraph = text.rpartition("\n\n")
    if not _WRAPPER.sub("", _SCRIPT.sub("", paragraph)).strip():
        return head.rstrip()
    for _ in range(6):
        paragraph = paragraph.rstrip()
        script = paragraph.lower().endswith(("</script>", "</noscript>"))
        begins = paragraph.rfind("<", 0, paragraph.rfind("<") if script else len(paragraph))
        if begins < 0 or not (_SCRIPT if script else _WRAPPER).fullmatch(paragraph, begins):
            break
        paragraph = paragraph[:begins]
    return f"{head}{blank}{paragraph}".rstrip()


def _of_element(given: dict[str, str], inner: str) -> str | None:
    classes = given.get("class", "").split()
    if (uri := _BLUESKY.fullmatch(given.get("data-bluesky-uri", ""))) is not None:
        return f"https://bsky.app/profile/{uri[1]}/post/{uri[2]}"
    for name, attribute in _NAMED:
        if name in classes and given.get(attribute):
            return given[attribute]
    if "imgur-embed-pub" in classes and _IMGUR.fullmatch(given.get("data-id", "")):
        return f"https://imgur.com/{given['data-id']}"
    source = given.get("data-src", "")
    if "flourish-embed" in classes and re.fullmatch(r"(?:visualisation|story)/\d+", source):
        return f"https://public.flourish.studio/{source}"
    if any(name in classes for name in _LINKED):
        links = [html.unescape(link) for link in _HREF.findall(inner)]
        posts = [
            link for link in links if "/comments/" in link
        ]  # on Reddit, other links lead to people
        return next(iter(posts or links[-1:]), None)
    return None


def _within(address: str | None, links: Callable[[], list[str]]) -> str | None:
    """The address of the content in a player, if the player's own address is of no use to people."""
    parts = _parts(address)
    if parts is None:
        return None
    host, asked = parts.hostname or "", parse_qs(parts.query)
    if host == "w.soundcloud.com":
        given = asked.get("url", [""])[0]
        if "api.soundcloud.com" in given:
            below = [html.unescape(link) for link in links() if "soundcloud.com/" in link]
            return below[-1] if below else address
        return given or address
    if host.endswith("facebook.com") and parts.path.startswith("/plugins/"):
        return asked.get("href", [""])[0] or address
    if host == "open.spotify.com":
        return f"https://open.spotify.com{parts.path.replace('/embed', '', 1)}"
    return address


def _parts(address: str | None) -> SplitResult | None:
    try:
        return urlsplit(f"https:{address}" if (address or "").startswith("//") else address or "")
    except ValueError:
        return None


def _web(address: str | None) -> str | None:
    """The address in the form that Markdown links; None if it is not a web address."""
    parts = _parts(address)
    if parts is None or parts.scheme not in {"http", "https"} or "." not in (parts.hostname or ""):
        return None
    whole = parts.geturl()
    if len(whole) > _LONGEST or re.search(r"[\s<>\"'`\\{}|^\x00-\x1f\x7f]", whole):
        return None
    return whole if alone(whole) == whole else f"<{whole}>"
