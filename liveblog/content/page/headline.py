"""How large a headline is set: the longer it is, the smaller, so that the newest update stays on the first screen."""

from __future__ import annotations

from typing import Literal
from unicodedata import east_asian_width

Size = Literal["short", "medium", "long", "longest"]
# The most letters of each size. A letter of full width, as in Chinese, counts twice.
SIZES: tuple[tuple[int, Size], ...] = ((48, "short"), (96, "medium"), (160, "long"))


def size(text: str) -> Size:
    """The size for a headline; `liveblog.css` says what each is."""
    letters = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return next((name for most, name in SIZES if letters <= most), "longest")
