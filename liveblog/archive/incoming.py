"""What every format is read into: entries of elsewhere, and a report of what could not be carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

MOST = 500  # characters of a line of the report


class IncomingMedium(NamedTuple):
    """A picture, video or recording of an entry: a file of the archive, or an address from which it is fetched."""

    file: str = ""
    address: str = ""
    alt: str | None = None
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True)
class IncomingEntry:
    """A published entry of elsewhere.

    `source` names it and its system, for ever the same. `id` is its id there, as reports tell it. `values` are the
    fields of `newsroom/entries/imports.py` that the format has; in them, entries are named by their ids there.
    `native` means that `id` may be that of an entry here: the file may be of this server. With `keeps_links`, a picture that
    cannot be had is named by a link in the text.
    """

    source: str
    id: str
    at: datetime
    values: dict[str, Any]
    media: tuple[IncomingMedium, ...] = ()
    cards: tuple[tuple[dict[str, Any], IncomingMedium | None], ...] = ()
    native: bool = False
    keeps_links: bool = True


@dataclass(frozen=True)
class Incoming:
    """The content of a file: the entries, oldest first, and what is told of the story; empty if nothing is.

    `points` are those of the Brief, `{text, entry, at}`, and `points_at` when they were written.
    """

    entries: tuple[IncomingEntry, ...]
    story: dict[str, Any] = field(default_factory=dict)
    cover: IncomingMedium | None = None
    points: tuple[dict[str, Any], ...] = ()
    points_at: str | None = None


class Report:
    """What could not be carried: for each kind, how often, and of which entries."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        self._where: dict[str, list[str]] = {}

    def lost(self, what: str, where: str = "", count: int = 1) -> None:
        """Notes something. `what` is a plural, such as "pictures that could not be fetched"."""
        self._found[what] += count
        if where:
            self._where.setdefault(what, []).append(_printable(where))

    def lines(self, *, ids: bool) -> Iterator[str]:
        """One line for each kind, most frequent first; with `ids`, what each of them was about."""
        for what, count in self._found.most_common():
            yield f"not carried: {count} {what}"
            if ids:
                yield from (f"  {where}" for where in self._where.get(what, ()))


def _printable(text: str) -> str:
    """Words of a file on one line of a terminal, which must not obey them."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:MOST])
