"""The header that a program puts above a message that is answered or forwarded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from liveblog.inbound.mail.lines import ADDRESS, ATTRIBUTION, TIME, Line, is_dated, next_line
from liveblog.inbound.mail.phrases import DATE, FORWARDED, FROM, ORIGINAL, SUBJECT, TO

HEADER_LINES = 14
HEADER_LINE = re.compile(
    r"[*_ ]{0,3}([^\W\d_][^:：*]{0,24}?)[*_ ]{0,3}\s?[:：][*_ ]{0,3}(?=\s|$|\S)(.*)"
)
RULE = re.compile(r"[-_=–—*]{5,}")
_DASHED = re.compile(r"-{4,}[^-]{1,80}-{4,}")


def is_marker(lines: Sequence[Line], at: int) -> bool:
    """Dashes or a header tell such a line from somebody's words."""
    text = lines[at].text
    return text.startswith(("-", "–", "—", "_", "*")) or (
        header_end(lines, next_line(lines, at + 1)) is not None
    )


def _kind(text: str) -> str:
    found = HEADER_LINE.match(text[:ATTRIBUTION]) if ":" in text or "：" in text else None
    name = found[1].partition("(")[0].strip().casefold() if found else ""
    for kind, names in (("from", FROM), ("date", DATE), ("subject", SUBJECT), ("to", TO)):
        if name in names:
            return kind
    return ""


def header_end(lines: Sequence[Line], at: int, sort: str = "forward") -> int | None:
    """Where the header of another message ends that begins here; None where none begins.

    The `sort` of the mail says what is certain: in a `forward` one is awaited, in a `reply` it has an address or
    tells a time and a subject, and in a `letter`, which answers and forwards nothing, it has more still: others are
    the writer's own, such as from where to where a train goes."""
    if at >= len(lines) or not _kind(lines[at].text):
        return None
    found: set[str] = set()
    end, address, timed, gap = at, False, False, 0
    forward = sort == "forward"
    for place in range(at, min(at + HEADER_LINES * (1 + forward), len(lines))):
        line = lines[place]
        kind = _kind(line.text)
        if line.blank:
            gap += 1
            if gap > 1 + forward:
                break
            continue
        if not (_goes_on(line, kind, found) if gap else kind or _is_more(line)):
            break
        if kind:
            found.add(kind)
        end, gap = place + 1, 0
        timed = timed or (kind == "date" and is_dated(line.text))
        named = not kind and HEADER_LINE.match(line.text[:ATTRIBUTION])
        address = address or ("@" in line.text and not named)
    return end if _is_header(found, sort, address=address, timed=timed) else None


def _goes_on(line: Line, kind: str, found: set[str]) -> bool:
    """Whether a header goes on below a blank line."""
    if not kind or (kind in found and kind != "to"):
        return False
    return len(found) < 3 or "@" in line.text or is_dated(line.text)


def _is_more(line: Line) -> bool:
    """Of the header's line above."""
    return "@" in line.text or TIME.search(line.text[:80]) is not None


def _is_header(found: set[str], sort: str, *, address: bool, timed: bool) -> bool:
    if not ("from" in found or len(found) >= 3):
        return False
    if sort == "letter":
        return len(found) >= (3 if address else 4) and (address or timed)
    if sort == "reply":
        return (len(found) >= 2 and address) or (len(found) >= 3 and timed and "subject" in found)
    return len(found) >= (2 if address else 3)


def after_header(lines: Sequence[Line], at: int) -> tuple[str, list[Line]]:
    """The address that the header of another message names as its sender, and the lines below."""
    place = at
    while place < len(lines) and (
        lines[place].blank
        or RULE.fullmatch(lines[place].text)
        or FORWARDED.fullmatch(lines[place].text[:100])
        or ORIGINAL.fullmatch(lines[place].text[:100])
        or (lines[place].role == "forwarded" and _DASHED.fullmatch(lines[place].text[:100]))
    ):
        place += 1
    end = header_end(lines, place)
    if end is None:
        # One line of it is enough below a marker.
        end = place
        while end < len(lines) and end < place + HEADER_LINES and _kind(lines[end].text):
            end += 1
    sender = ""
    for line in lines[place:end]:
        if found := ADDRESS.search(line.text[:ATTRIBUTION]):
            sender = found[0]
            break
    return sender, list(lines[end:])
