"""Walks over the tree of a mail's HTML, and tells data tables from tables that are only used for layout."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

COLUMNS, ROWS, CELL = 12, 200, 300  # the limits of a data table; CELL is in characters
_UNFIT = frozenset("ul ol blockquote h1 h2 h3 img hr pre".split())


class _Table:
    """The measures of a table that tell whether it holds data."""

    def __init__(self) -> None:
        self.rows = self.width = self.widest = self.longest = self.length = 0
        self.fit = True

    def add(self, tag: str, node: LexborNode) -> None:
        if tag == "tr":
            self.rows, self.width = self.rows + 1, 0
        elif tag in {"td", "th"}:
            self.width += 1
            self.widest = max(self.widest, self.width)
            self.longest, self.length = max(self.longest, self.length), 0
        elif tag == "-text":
            self.length += len((node.text_content or "").strip())
        elif tag in _UNFIT:
            self.fit = False

    def holds_data(self) -> bool:
        return (
            self.fit
            and 0 < self.rows <= ROWS
            and 2 <= self.widest <= COLUMNS
            and max(self.longest, self.length) <= CELL
        )


def data_tables(body: LexborNode) -> set[int]:
    """The ids (`mem_id`) of data tables: two or more columns of short cells, without blocks or pictures inside."""
    open_tables: list[_Table] = []
    found: set[int] = set()
    for node, entering in events(body):
        tag = node.tag
        if tag == "table":
            if entering:
                for one in open_tables[-1:]:
                    one.fit = False
                open_tables.append(_Table())
            elif open_tables.pop().holds_data():
                found.add(node.mem_id)
            continue
        if open_tables and entering:
            open_tables[-1].add(tag or "", node)
    return found


def events(body: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node twice, `(node, True)` when entered and `(node, False)` when left, without recursion."""
    stack: list[LexborNode] = []
    node: LexborNode | None = body
    while node is not None:
        yield node, True
        down = node.child
        if down is not None:
            stack.append(node)
            node = down
            continue
        yield node, False
        after = node.next if stack else None
        while after is None and stack:
            node = stack.pop()
            yield node, False
            after = node.next if stack else None
        node = after
