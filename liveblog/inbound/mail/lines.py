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
    """A line of a mail: `text` as it is read, `markdown` as it is kept, `depth` the quotations that it stands in.

    `role` is what the program itself says of it: `separator` (`-- `), `signature`, `attribution`, `cited` within a quotation that
    a program made, `answered` or `forwarded` from where everything is the other message. `soft`: the next line goes on.
    `kind` is `text`, `item`, `more` of an item, `row`, `heading` or `rule`.
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
    """A line as it is compared: without what is invisible, its spaces alike."""
    return " ".join(_INVISIBLE.sub("", text).split())


def next_line(lines: Sequence[Line], at: int) -> int:
    while at < len(lines) and lines[at].blank:
        at += 1
    return at


def is_dated(text: str) -> bool:
    return bool(TIME.search(text[:ATTRIBUTION]) and DAY.search(text[:ATTRIBUTION]))
