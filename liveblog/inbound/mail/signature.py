"""Signatures, and lines such as “Sent from my phone”."""

from __future__ import annotations

import re
from collections.abc import Sequence

from liveblog.inbound.mail.lines import STOPS, Line
from liveblog.inbound.mail.phrases import SENT_FROM

SIGNATURE_LINES = 12
_SEPARATOR = re.compile(r"--|—|–")


def separators(lines: Sequence[Line]) -> int:
    """How many lines may part a signature, and do not say so as RFC 3676 has it."""
    bare = (line for line in lines if not line.depth and not line.role)
    return sum(_SEPARATOR.fullmatch(line.text) is not None for line in bare)


def without_signature(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.role == "signature":
            at += 1
            continue
        if line.depth == 0 and _SEPARATOR.fullmatch(line.text):
            end = at + 1
            while end < len(lines) and lines[end].depth == 0:
                end += 1
            if _is_signature(line, lines[at + 1 : end], bool(kept)):
                at = end
                continue
        if (
            line.depth == 0
            and line.text
            and len(line.text) <= 200
            and SENT_FROM.fullmatch(line.text)
        ):
            at += 1
            continue
        kept.append(line)
        at += 1
    return kept


def _is_signature(separator: Line, below: Sequence[Line], something_above: bool) -> bool:
    """`-- ` is one by RFC 3676, section 4.3; where the space was lost, what is short, follows at
    once and is no sentence."""
    if separator.role == "separator":
        return True
    if below and below[0].blank:
        return False
    said = [line.text for line in below if not line.blank]
    short = len(said) <= SIGNATURE_LINES and all(len(text) <= 120 for text in said)
    listed = any(line.kind != "text" for line in below)
    strict = separator.text == "--"
    sentences = any(
        text.endswith(STOPS) and (not strict or text.count(" ") >= 3)
        for text in said
        if not SENT_FROM.fullmatch(text[:200])
    )
    return something_above and short and not listed and not sentences and (strict or len(said) <= 4)
