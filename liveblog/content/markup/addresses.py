"""Finds web addresses in text, and checks the targets of links. `editor/addresses.js` does the same.

linkify-it-py, which markdown-it uses, is not enough. In scripts without spaces it takes the words after an address
as part of it (`https://example.org/aをご覧`, `…/a。`), and it finds no address after such words. It also knows no
backslash escapes.

Every function stops at the first character that ends an address, so the work is linear in the length of the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

# Scripts without spaces between words: Thai to Khmer, then CJK with its punctuation.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u2e80-\u2fff\u3001-\u303e\u3041-\ua4cf"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uffee\U0001b000-\U0001b16f"
    "\U00020000-\U0003fffd\U000e0100-\U000e01ef"
)
# Characters that end an address: white space, controls, quotation marks, CJK and Arabic punctuation.
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
# A mailbox, or a host that begins with www. A handle (@a@b.example) and a path (x/www.) do not match.
SCHEMELESS = re.compile(
    rf"(?<![0-9A-Za-z._%+@/:-])(?<![0-9A-Za-z]['\u2019])(?:(?P<mail>(?:mailto:)?{_MAILBOX})(?![0-9A-Za-z@_-]|\.[0-9A-Za-z]|:[0-9A-Za-z/])|www\.)",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"https?://|www\.", re.IGNORECASE)


class Address(NamedTuple):
    """An address in a text: its text without escapes, the target of the link, and the place after it."""

    text: str
    href: str
    end: int


def address_at(text: str, start: int, end: int | None = None) -> Address | None:
    """The web address that begins at `start`, with `http://`, `https://` or `www.`; None if there is none.

    The text is read up to, not including, `end`.
    """
    begins = _BEGINS.match(text, start)
    if begins is None:
        return None
    bare = begins[0][-1] == "."
    at, stop = begins.start() if bare else begins.end(), len(text) if end is None else end
    run = _HOST_RUN.match(text, at, stop)
    if run is None or text.startswith("@", run.end()):  # the host would be a user name
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
    """The host without words in another script that follow it directly: `example.orgをご覧`."""
    for at, one in enumerate(run):
        before = run[:at]
        if one.isascii() or not before[-1:].isascii() or not before[-1:].isalnum():
            continue
        if "." in before and not _LATIN.match(one):
            return before
    return run.rstrip(".:")


class _Path:
    """The path, query and fragment after a host, read character by character."""

    def __init__(self) -> None:
        self.last = ""
        self.taken = 0
        self.latin_so_far = True  # since the last character that is not a letter or digit
        self.opened: list[str] = []

    def takes(self, one: str) -> bool:
        """Whether the next character belongs to the address. Once false, the address has ended."""
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
        """Whether a letter of another script begins a word of the sentence.

        It does after a Latin letter or a digit (not Greek or Cyrillic after a digit), and after a closing `*`, `)`
        or `]`. Hiragana right after the host's slash does, as a Japanese particle.
        """
        if self.taken == 1 and self.last == "/":
            return bool(_HIRAGANA.match(one))
        if not self.latin_so_far:
            return False
        if _LATIN.match(self.last):
            return not (self.last.isdigit() and _SPACED.match(one))
        return self.last in "*)]"


def alone(line: str) -> str | None:
    """The address of a line that holds nothing else; None for other lines.

    The line is the bare address, the address in <>, or a link whose words are its own address.
    """
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
    """The target of a link in a text: http, https, mailto or tel. A bare host or mailbox gets its scheme.

    None for any other target, which would lead into our own site, or nowhere. `href` is percent-encoded.
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
    """The text without Markdown's backslash escapes."""
    return _ESCAPE.sub(r"\1", text)
