"""Escapes plain text for Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(
    r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^>|^#(?=#{0,5}(?:\s|$))", re.MULTILINE
)


def escaped(text: str) -> str:
    """The text with Markdown's special characters escaped, except for the markers of lists and rules."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)
