"""Raised and lowered characters: 10³, CO₂. As `editor/superscripts.js`.

Where Unicode has them they are characters, for then no copy, feed, excerpt or screen reader makes 103 of 10³.
Where it has none (`4<sup>th</sup>`, `10<sup>3,5</sup>`) they stay elements.
"""

from __future__ import annotations

import re

# Unicode Character Database, decompositions <super> and <sub>.
_RAISED = dict(zip("0123456789+-\u2212=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
_ELEMENT = re.compile(r"<(su[pb])>([^<>]*)</\1>")


def in_unicode(tag: str, text: str) -> str | None:
    """The text as superscript (`sup`) or subscript (`sub`) characters; None where Unicode lacks one."""
    table = _RAISED if tag == "sup" else _LOWERED
    found = [table.get(letter) for letter in text]
    return "".join(one for one in found if one) if found and all(found) else None


def flattened(safe_html: str) -> str:
    """HTML whose elements `sup` and `sub` are told by signs, where a number would become another one."""
    return _ELEMENT.sub(_told, safe_html) if "<su" in safe_html else safe_html


def _told(found: re.Match[str]) -> str:
    tag, text = found[1], found[2]
    return text if text.isalpha() else f"{'^' if tag == 'sup' else '_'}({text})"
