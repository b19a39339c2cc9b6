"""Superscripts and subscripts: 10³, CO₂. `editor/superscripts.js` does the same.

If Unicode has the characters, they are used, so that no copy, feed, excerpt or screen reader turns 10³ into 103.
Otherwise (`4<sup>th</sup>`, `10<sup>3,5</sup>`) the elements stay.
"""

from __future__ import annotations

import re

# Unicode Character Database, decompositions <super> and <sub>.
_RAISED = dict(zip("0123456789+-\u2212=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
_ELEMENT = re.compile(r"<(su[pb])>([^<>]*)</\1>")


def in_unicode(tag: str, text: str) -> str | None:
    """The text in superscript (`sup`) or subscript (`sub`) characters; None if Unicode lacks one of them."""
    table = _RAISED if tag == "sup" else _LOWERED
    found = [table.get(letter) for letter in text]
    return "".join(one for one in found if one) if found and all(found) else None


def flattened(safe_html: str) -> str:
    """HTML without `sup` and `sub` elements: `10<sup>3,5</sup>` becomes `10^(3,5)`, letters stay plain."""
    return _ELEMENT.sub(_in_signs, safe_html) if "<su" in safe_html else safe_html


def _in_signs(found: re.Match[str]) -> str:
    tag, text = found[1], found[2]
    return text if text.isalpha() else f"{'^' if tag == 'sup' else '_'}({text})"
