"""Plain text as Markdown that shows it as it stands."""

from __future__ import annotations

import re

_SPECIAL = re.compile(
    r"[\\`*\[\]<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|^>|^#(?=#{0,5}(?:\s|$))", re.MULTILINE
)


def escaped(text: str) -> str:
    """Plain text as Markdown that shows it as it is, as far as it matters."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)
