"""Addresses in text: where one begins and ends, and which link targets readers get. As `editor/addresses.js`.

Not linkify-it-py, markdown-it's own: it takes the words after an address along where a script has no spaces
(`https://example.org/aをご覧`, `…/a。`), sees none after such words, and knows no backslash escapes.
No function reads on where it has seen that a character ends the address: the work grows with the length of the
text.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

# Scripts that put no spaces between words: Thai to Khmer, then what is called CJK, with its punctuation.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u2e80-\u2fff\u3001-\u303e\u3041-\ua4cf"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uffee\U0001b000-\U0001b16f"
    "\U00020000-\U0003fffd\U000e0100-\U000e01ef"
)
# No address holds these as they are: white space, controls, quotation marks, CJK and Arabic punctuation.
_ENDS = (
    r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f\u2066-\u2069\ufeff"
    r"<>\"`{}|^\\\u201c-\u201f\xab\xbb\u2039\u203a\u2014\u2026\u0964\u0965\u060c\u061b\u061f\u06d4"
    r"\u3000-\u3004\u3008-\u3020\u3030\u303d\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_CHARACTER = re.compile(rf"\\[!-/:-@\[-`{{-~]|[^{_ENDS}]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LATIN = re.compile(r"[0-9A-Za-z\xc0-\u024f\u1e00-\u1eff]")
_SPACED = re.compile(r"[\u0370-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]")  # Greek, Cyrillic
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_PICTURE = re.compile(r"[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_HOST_RUN = re.compile(rf"(?:[0-9A-Za-z._:-]|[^\x00-\x7f{_ENDS}]){{1,260}}")
_CLOSING = {")": "(", "]": "["}
_TRAILING = "?!.,:;'\u2019*_~([&"

_LABEL = (
    r"[0-9A-Za-z_\xa1-\U0010ffff](?:[0-9A-Za-z_\xa1-\U0010ffff-]{0,61}[0-9A-Za-z_\xa1-\U0010ffff])?"
)
_HOST = re.compile(rf"(?:localhost|(?:{_LABEL}\.)+{_LABEL})(?::[0-9]{{1,5}})?\.?")
_BARE = re.compile(
    rf"(?:{_LABEL}\.)+([A-Za-z\xa1-\U0010ffff]{{2,24}}|xn--[0-9a-z-]{{2,59}})(?::[0-9]{{1,5}})?"
)
_FILES = frozenset(
    "asp aspx avi bmp csv css doc docx epub gif gz htm html jpeg jpg js json key md mov mp mpeg odp ods odt pages"
    " pdf php png ppt pptx py rar rtf sh svg tar tif tiff txt wav webm webp xls xlsx xml yaml yml zip".split()
)
_WEB = re.compile(r"https?://[^/?#\\\s]", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s?][^\s]*", re.IGNORECASE)
_PHONE = re.compile(r"tel:\+?(?:[0-9*#().;=a-z-]|%20){2,40}", re.IGNORECASE)
_MAILBOX = r"[0-9A-Za-z._%+-]{1,64}@(?:[0-9A-Za-z\xc0-\u024f-]{1,63}\.){1,8}[A-Za-z]{2,24}"
_ONE_MAILBOX = re.compile(_MAILBOX)
# In text: a mailbox or a host that begins with www. A handle (@a@b.example) and a path (x/www.) are neither.
SCHEMELESS = re.compile(
    rf"(?<![0-9A-Za-z._%+@/:-])(?<![0-9A-Za-z]['\u2019])(?:(?P<mail>(?:mailto:)?{_MAILBOX})(?![0-9A-Za-z@_-]|\.[0-9A-Za-z]|:[0-9A-Za-z/])|www\.)",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"https?://|www\.", re.IGNORECASE)


class Address(NamedTuple):
    """An address in a text: what stands there without escapes, where it leads, and the place after it."""

    text: str
    href: str
    end: int


def address_at(text: str, start: int, end: int | None = None) -> Address | None:
    """The address of the web that begins at `start`, with `http://`, `https://` or `www.`; None where none does."""
    begins = _BEGINS.match(text, start)
    if begins is None:
        return None
    bare = begins[0][-1] == "."
    at, stop = begins.start() if bare else begins.end(), len(text) if end is None else end
    run = _HOST_RUN.match(text, at, stop)
    if run is None or text.startswith("@", run.end()):  # a user name may pretend to be a host
        return None
    host = _host(run[0])
    if not _HOST.fullmatch(host) or (bare and host.count(".") < 2):
        return None
    characters, ends = [*host], list(range(at + 1, at + len(host) + 1))
    path = _Path()
    at += len(host)
    while at < stop and (found := _CHARACTER.match(text, at, stop)) and path.takes(found[0][-1]):
        at = found.end()
        characters.append(found[0][-1])
        ends.append(at)
    while characters[-1] in _TRAILING:
        characters.pop()
    shown = "".join(characters)
    whole = shown if bare else begins[0] + shown
    return Address(whole, f"https://{whole}" if bare else whole, ends[len(characters) - 1])


def _host(run: str) -> str:
    """The host, where the words of the sentence may follow it in another script: `example.orgをご覧`."""
    for at, one in enumerate(run):
        before = run[:at]
        if one.isascii() or not before[-1:].isascii() or not before[-1:].isalnum():
            continue
        if "." in before and not _LATIN.match(one):
            return before
    return run.rstrip(".:")


class _Path:
    """Takes the characters behind a host, one by one, until one is not the address's."""

    def __init__(self) -> None:
        self.last = ""
        self.taken = 0
        self.latin_so_far = True  # since the last sign that is no letter
        self.opened: list[str] = []

    def takes(self, one: str) -> bool:
        if not self.taken and one not in "/?#":
            return False
        foreign = one.isalpha() and not _LATIN.match(one)
        if _PICTURE.match(one) or (foreign and self._begins_words(one)):
            return False
        if one in "([":
            self.opened.append(one)
        elif one in ")]" and (not self.opened or self.opened.pop() != _CLOSING[one]):
            return False
        self.latin_so_far = self.latin_so_far and not foreign if one.isalnum() else True
        self.last = one
        self.taken += 1
        return True

    def _begins_words(self, one: str) -> bool:
        """Whether a letter of another script begins a word of the sentence: right behind Latin letters, but a
        Greek or Cyrillic one behind a digit; behind what ends emphasis; a Japanese particle behind the host."""
        if self.taken == 1 and self.last == "/":
            return bool(_HIRAGANA.match(one))
        if not self.latin_so_far:
            return False
        if _LATIN.match(self.last):
            return not (self.last.isdigit() and _SPACED.match(one))
        return self.last in "*)]"


def alone(line: str) -> str | None:
    """The address that a line is and nothing else, as it stands, in <> or as a link with itself as its words."""
    line = line.strip()
    if line.startswith("[") and line.endswith(")") and (parts := line[1:-1].split("](")):
        if len(parts) != 2 or _bracketed(parts[1]) != parts[0]:
            return None
        line = parts[0]
    elif line.startswith("<") and line.endswith(">"):
        inner = line[1:-1]
        return inner if _WEB.match(inner) and not re.search(r"[\s<>]", inner) else None
    found = address_at(line, 0)
    return found.href if found and found.end == len(line) else None


def _bracketed(text: str) -> str:
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text


def target(href: str) -> str | None:
    """Where a link of a writer's leads: to http, https, mailto or tel; a bare host or mailbox gets its scheme.

    None for all else: it would lead into our own site, or nowhere. `href` is percent-encoded.
    """
    if _WEB.match(href) or _MAIL.fullmatch(href) or _PHONE.fullmatch(href):
        return href
    if _ONE_MAILBOX.fullmatch(href):
        return f"mailto:{href}"
    host, rest = re.match(r"([^/?#]*)(.*)", href, re.DOTALL).groups()  # type: ignore[union-attr]
    host = unquote(host)
    named = _BARE.fullmatch(host) if len(host) <= 253 else None
    if named is None:
        return None
    if named[1].lower() in _FILES and not host.lower().startswith("www."):
        return None
    return f"https://{host}{rest}"


def unescaped(text: str) -> str:
    """Text without the backslashes of Markdown."""
    return _ESCAPE.sub(r"\1", text)
