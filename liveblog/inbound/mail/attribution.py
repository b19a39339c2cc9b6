"""Lines such as “On … somebody wrote:”, which name the author of a quotation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from liveblog.inbound.mail.lines import ADDRESS, ATTRIBUTION, DAY, STOPS, TIME, Line
from liveblog.inbound.mail.phrases import WROTE, WROTE_START

ATTRIBUTION_LINES = 4  # over at most so many lines
# Yahoo and AOL on phones go on in the same line.
_GOES_ON = re.compile(r"@[^\s<>]{1,100}>?[^:<>]{0,40}:\s")
_ENDINGS = (":", "：", "-", "–", "—")


def attribution(lines: Sequence[Line], at: int) -> tuple[int, bool] | None:
    """Where a line such as "On … somebody wrote:" ends that begins here, and whether it can be nothing else.

    It begins as late as it can: the lines above it are somebody's words."""
    end = _end(lines, at)
    if end is None:
        return None
    later = range(at + 1, end)
    if any(_is_whole_attribution(lines, place, end) for place in later):
        return None
    alone = at + 1 == end
    if not alone and not _is_whole_attribution(lines, at, end):
        begins = _begins_attribution(lines[at].text)
        if not begins or any(_attributes(lines[place:end]) for place in later):
            return None
    found = _attributes(lines[at:end])
    return (end, found.address) if found else None


class _Attributes(NamedTuple):
    address: bool
    timed: bool
    wrote: bool


def _end(lines: Sequence[Line], at: int) -> int | None:
    """Where the lines from one on say first who wrote something."""
    first = lines[at]
    near = lines[at : at + ATTRIBUTION_LINES]
    if not any(line.text.endswith(_ENDINGS) or "@" in line.text for line in near):
        return None
    for number, line in enumerate(near, 1):
        if line.blank or line.depth != first.depth or line.kind not in {"text", "item"}:
            return None
        if line.role != first.role:
            return None
        if _attributes(near[:number]):
            return at + number
    return None


def _attributes(lines: Sequence[Line]) -> _Attributes | None:
    """What some lines say together of who wrote something; None where they do not."""
    joined = " ".join(line.text for line in lines).strip()
    if len(joined) > ATTRIBUTION:
        return None
    core = joined.strip("-–— ") if joined.startswith("--") else joined
    if further := _GOES_ON.search(core):
        core = core[: further.end()].rstrip()
    if not (core.endswith((":", "：")) or (core != joined and WROTE.search(core))):
        return None
    address = ADDRESS.search(core) is not None
    timed = (TIME.search(core) or DAY.search(core)) is not None
    wrote = WROTE.search(core) is not None
    if (address and (timed or wrote)) or (wrote and (timed or WROTE_START.match(core))):
        return _Attributes(address and (timed or wrote), timed, wrote)
    return None


def _begins_attribution(text: str) -> bool:
    return bool(WROTE_START.match(text) or DAY.search(text[:80]) or ADDRESS.search(text[:200]))


def _is_whole_attribution(lines: Sequence[Line], at: int, end: int) -> bool:
    """Whether nothing that stands above belongs to the attribution that begins here."""
    found = _attributes(lines[at:end])
    if not found or not found.timed or not _begins_attribution(lines[at].text):
        return False
    text = lines[at].text
    above = lines[at - 1] if at else Line("", "")
    dated = DAY.search(text[:20]) and not ADDRESS.search(above.text[:ATTRIBUTION])
    if not (found.address or dated or WROTE_START.match(text)):
        return False
    if any(line.text.endswith(STOPS) and not line.soft for line in lines[at : end - 1]):
        return False
    wrapped = above.soft and WROTE_START.match(above.text) and not above.text.endswith(STOPS)
    return not wrapped or WROTE_START.match(text) is not None
