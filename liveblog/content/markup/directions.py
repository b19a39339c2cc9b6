"""The writing direction of each block of a text: paragraphs, items, quotations, headings, cells.

`editor/directions.js` does the same.

`dir="auto"` is not enough: it goes by the first letter, so `CNN: قال المسؤول…` would run from left to right. Here a
block runs from right to left if more than two in five of its words do, or more than one in four if its first word
does. So a name in the other script changes nothing. Addresses, handles and code are not counted. A block without
letters has no direction of its own and takes the story's. Code always runs from left to right. The threshold of two
in five is from Google's Closure Library, `goog.i18n.bidi.estimateDirection`.
"""

from __future__ import annotations

import html
import re
from typing import Literal

Direction = Literal["ltr", "rtl"]

# Unicode Character Database, Bidi_Class R and AL: Hebrew to Arabic Extended, presentation forms, historic scripts.
_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_HAS_RIGHT = re.compile(f"[{_RIGHT}]")
# The first letter of a word decides its direction. Words without letters (digits, signs) are not counted.
_WORD = re.compile(r"\S+")
_LETTER = re.compile(r"[^\W\d_]")
_UNCOUNTED = re.compile(r"(?:[a-z]{2,8}://|www\.|[@#]?[\w.+-]*@[\w.-])", re.IGNORECASE)
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"]*")?)*) ?/?>')
_DIR = re.compile(r' dir="[^"]*"')
_ATTRIBUTE = {"ltr": ' dir="ltr"', "rtl": ' dir="rtl"', None: ""}
_BLOCKS = frozenset("p li blockquote h3 h4 h5 h6 td th ul ol table".split())


def direction(text: str) -> Direction | None:
    """The direction of a plain text; None if no counted word has a letter."""
    left = right = 0
    first: Direction | None = None
    for word in _WORD.finditer(text):
        if _UNCOUNTED.match(word[0]):
            continue
        letter = _LETTER.search(word[0])
        if letter is None:
            continue
        if _HAS_RIGHT.match(letter[0]):
            right += 1
            first = first or "rtl"
        else:
            left += 1
            first = first or "ltr"
    return _decided(left, right, first)


def _decided(left: int, right: int, first: Direction | None) -> Direction | None:
    if first is None:
        return None
    share = right / (left + right)
    return "rtl" if share > 0.4 or (first == "rtl" and share > 0.25) else "ltr"


def directed(safe_html: str, base: Direction = "ltr") -> str:
    """Sanitised HTML with a `dir` attribute on its blocks.

    `base` is the direction of the surrounding element. If it and all blocks run from left to right, no attribute
    is added. Existing `dir` attributes are replaced.
    """
    if base == "ltr" and not _HAS_RIGHT.search(safe_html):
        return safe_html
    tags = list(_TAG.finditer(safe_html))
    own = _of_blocks(safe_html, tags)
    if base == "ltr" and "rtl" not in own.values():
        own = {}
    done: list[str] = []
    at = 0
    for number, tag in enumerate(tags):
        done.append(safe_html[at : tag.start()])
        at = tag.end()
        said = own.get(number)
        kept = _DIR.sub("", tag[3])
        done.append(f"<{tag[1]}{tag[2]}{f' dir={chr(34)}{said}{chr(34)}' if said else ''}{kept}>")
    return "".join([*done, safe_html[at:]])


def _of_blocks(safe_html: str, tags: list[re.Match[str]]) -> dict[int, Direction]:
    """The directions of the tags that open a block, code or an address, by the index of the tag."""
    found: dict[int, Direction] = {}
    open_blocks: list[tuple[int, list[str]]] = []  # index of the tag, and words
    at = code = 0
    for number, tag in enumerate(tags):
        if open_blocks and not code:
            open_blocks[-1][1].append(html.unescape(safe_html[at : tag.start()]))
        at = tag.end()
        name, opens = tag[2], not tag[1]
        if name in {"pre", "code"}:
            code += 1 if opens else -1
        if opens and (name in {"pre", "code"} or (name == "a" and _UNCOUNTED.match(safe_html, at))):
            found[number] = "ltr"
        if name not in _BLOCKS:
            continue
        if opens:
            open_blocks.append((number, []))
        elif open_blocks:
            opened, words = open_blocks.pop()
            whole = "".join(words)
            if said := direction(whole):
                found[opened] = said
            if open_blocks:
                open_blocks[-1][1].append(f" {whole} ")
    return found
