"""Limits on the cost of a text: the steps of the parser are counted, and a text over a limit is refused.

The parser takes 1 to 13 µs for each counted step, for any text. `tests/unit/test_markdown_limits.py` searches for
texts that take longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

COLUMNS = 50
ADDRESSES = 512 * 1024  # characters
BEGUN = 4  # the cost of a block: it takes about four times as long as a line that begins none
_WORK = "liveblog.work"


class Limits(NamedTuple):
    """The limits of one text.

    `blocks` counts four for each block that begins, and one for each line that is tested for a block. `marks` counts
    each place in a line where markup may begin. `cells` counts the cells of all tables.
    """

    blocks: int
    marks: int
    cells: int


# 64 KiB of prose with a link in each sentence count as 2,800 blocks and 8,000 marks.
MOST = Limits(blocks=30_000, marks=30_000, cells=5_000)
# About 3 ms: enough for most updates.
SHORT = Limits(blocks=600, marks=600, cells=60)
MESSAGES = {
    "blocks": "has too many short lines; about 7,000 paragraphs, 4,000 items of lists or 15,000 lines"
    " are accepted; send it as several updates",
    "marks": f"has too many marks; at most {MOST.marks:,} places where markup may begin"
    " (asterisks, brackets, links, line breaks) are accepted; send it as several updates",
    "cells": f"has too many cells in tables; at most {MOST.cells:,} are accepted",
    "columns": f"has a table with too many columns; at most {COLUMNS} are accepted",
    "addresses": "repeats long addresses too often; links by reference may hold"
    f" {ADDRESSES // 1024} KiB in all",
}


class Exceeded(Exception):
    """A text is over a limit. `limit` is its name, a key of `MESSAGES`."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass
class Work:
    """The steps of one parse so far. `env()` passes it to the parser. Its methods raise `Exceeded`."""

    limits: Limits
    blocks: int = 0
    marks: int = 0
    cells: int = 0

    def env(self) -> dict[str, object]:
        return {_WORK: self}

    def block(self, cost: int) -> None:
        self.blocks += cost
        if self.blocks > self.limits.blocks:
            raise Exceeded("blocks")

    def mark(self) -> None:
        self.marks += 1
        if self.marks > self.limits.marks:
            raise Exceeded("marks")

    def table(self, cells: int) -> None:
        self.cells += cells
        if self.cells > self.limits.cells:
            raise Exceeded("cells")


def count(markdown: MarkdownIt) -> None:
    """Add the counting to a parser. Its `parse` then needs the `env()` of a `Work`, and raises `Exceeded`."""
    block, inline = markdown.block.ruler, markdown.inline.ruler
    block.at("table", _table, {"alt": ["paragraph", "reference"]})
    block.before("table", "work", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    inline.before("text", "work", _inline)
    markdown.core.ruler.push("work", _addresses)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    del start, end
    work: Work = state.env[_WORK]
    work.block(1 if silent else BEGUN)
    return False


def _inline(state: StateInline, silent: bool) -> bool:
    del silent
    work: Work = state.env[_WORK]
    work.mark()
    return False


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser's rule for tables, limited to the accepted number of rows.

    The parser fills each row up with empty cells, so even short rows can be costly.
    """
    if silent or start + 2 > end or not table(state, start, start + 2, True):
        return table(state, start, end, silent)
    work: Work = state.env[_WORK]
    columns = state.src.count("|", state.bMarks[start + 1], state.eMarks[start + 1])
    if columns - 1 > COLUMNS:
        raise Exceeded("columns")
    rows = (work.limits.cells - work.cells) // max(1, columns - 1) + 1
    last = min(end, start + 2 + rows)
    before = len(state.tokens)
    table(state, start, last, False)
    work.table(sum(token.type in {"td_open", "th_open"} for token in state.tokens[before:]))
    if last < end and state.line >= last:
        raise Exceeded("cells")
    return True


def _addresses(state: StateCore) -> None:
    """Limit the total length of link targets: one long address in a definition can be used by many links."""
    length = sum(
        len(str(child.attrs.get("href", "")))
        for token in state.tokens
        for child in token.children or ()
        if child.type == "link_open"
    )
    if length > ADDRESSES:
        raise Exceeded("addresses")
