"""The lines of a mail, and what shows that one holds an address, a time or a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

ATTRIBUTION = 400  # characters
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufeff]")
ADDRESS = re.compile(r"[^\s<>\"'(),;:@\[\]]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
TIME = re.compile(r"\d{1,2}\s?[:.hH時点시]\s?\d{2}")
DAY = re.compile(r"\d{1,4}\s?[./年년-]\s?\d{1,2}|\b(19|20)\d\d\b")
STOPS = (".", "!", "?", "…", "。", "！", "？")


class Line(NamedTuple):
    """A line of a mail.

    `text` is used for recognition, `markdown` is the result. `depth` is the number of quotations around the line.

    `role` is set if the mail program itself marked the line: `separator` (`-- `), `signature`, `attribution`, `cited`
    (within a quotation made by the program), and `answered` or `forwarded` where the other message begins. `soft` is
    true if the paragraph continues in the next line. `kind` is `text`, `item`, `more` (of an item), `row`, `heading` or
    `rule`.
    """

    text: str
    markdown: str
    depth: int = 0
    role: str = ""
    kind: str = "text"
    soft: bool = False

    @property
    def blank(self) -> bool:
        return not self.text and self.kind == "text"


def recognised(text: str) -> str:
    """A line for comparisons: without invisible characters, with single spaces."""
    return " ".join(_INVISIBLE.sub("", text).split())


def next_line(lines: Sequence[Line], at: int) -> int:
    while at < len(lines) and lines[at].blank:
        at += 1
    return at


def is_dated(text: str) -> bool:
    return bool(TIME.search(text[:ATTRIBUTION]) and DAY.search(text[:ATTRIBUTION]))
