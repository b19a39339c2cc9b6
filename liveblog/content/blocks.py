"""Merges two edits of a text, block by block: blocks are paragraphs and other parts between blank lines.

`static/desk/composer/blocks.js` does the same at the desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

MOST = 500  # blocks; a text with more of them is treated as one block
_FENCE = re.compile(r"\s*(`{3,}|~{3,})(.*)")


class Change(NamedTuple):
    """Replaces the blocks from `start` up to, not including, `end` by `now`. `side` is 0 for mine, 1 for theirs."""

    start: int
    end: int
    side: int
    now: list[str]


def blocks(text: str) -> list[str]:
    """The blocks of a text. A fenced code block is never divided
    (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""
    found: list[str] = []
    fence, begun = "", False
    for line in re.sub("\r\n?", "\n", text).split("\n"):
        match = _FENCE.fullmatch(line)
        run, rest = match.groups() if match else ("", "")
        if not fence and not line.strip():
            begun = False
            continue
        if begun:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
        begun = True
        if not fence and not (run.startswith("`") and "`" in rest):
            fence = run
        elif fence and run.startswith(fence) and not rest.strip():
            fence = ""
    return [text] if len(found) > MOST else found


def merged(base: str, mine: str, theirs: str) -> str:
    """Apply the changes of both sides to `base`. Where both changed the same blocks, `mine` wins.

    Where both inserted blocks at the same place, both are kept, mine first. The algorithm is the three-way
    merge of Sanjeev Khanna, Keshav Kunal, Benjamin C. Pierce: A Formal Investigation of Diff3 (FSTTCS 2007).
    One thing differs: adjacent changes do not conflict, because they change different paragraphs.
    """
    was = blocks(base)
    sides = [_changes(was, blocks(text), side) for side, text in enumerate((mine, theirs))]
    waiting = sorted((one for side in sides for one in side), key=lambda one: one[:3])
    found: list[str] = []
    at = 0
    while waiting:
        group = [waiting.pop(0)]
        start, end = group[0][:2]
        while waiting and (
            waiting[0].start < end or waiting[0][:2] == (start, start) == (end, end)
        ):
            group.append(waiting.pop(0))
            end = max(end, group[-1].end)
        own, other = (_applied(was, start, end, group, side) for side in range(2))
        found += was[at:start]
        at = end
        if not any(one.side == 0 for one in group):
            found += other
        elif start == end:
            found += own + [one for one in other if one not in own]
        else:
            found += own
    return "\n\n".join(found + was[at:])


def _changes(was: list[str], now: list[str], side: int) -> Iterator[Change]:
    """The changes from `was` to `now`. Where the number of blocks stays the same, each block is a change."""
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        if end - start == last - first:
            for n, one in enumerate(now[first:last], start):
                yield Change(n, n + 1, side, [one])
        else:
            yield Change(start, end, side, now[first:last])


def _applied(was: list[str], start: int, end: int, group: list[Change], side: int) -> list[str]:
    now: list[str] = []
    for one in group:
        if one.side == side:
            now += was[start : one.start] + one.now
            start = one.end
    return now + was[start:end]
