"""The desk's form of the Brief: its rows, what they were, and what the desk is told of points that do not hold any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from liveblog.content.brief import brief_of
from liveblog.content.templates import iso
from liveblog.models.brief import MOST_POINTS, Basis, BriefPoint
from liveblog.models.content import Entry, EntryStatus, Story, VerificationStatus

LONGEST_ROW = 3_000  # characters that the form gives back; the newsroom accepts fewer
FALLEN = {
    VerificationStatus.RETRACTED: "rests on a retracted update",
    VerificationStatus.DISPUTED: "rests on a disputed update",
}


class Row(NamedTuple):
    """A row of the form, as it is typed. `entry` is the id of an entry, `place` the number of its place."""

    text: str = ""
    entry: str = ""
    place: str = ""


class Warned(NamedTuple):
    """A point that may not hold any more: its number, why, and the entry if there is one to look at."""

    number: int
    why: str
    entry: str | None


class Conflict(NamedTuple):
    """Somebody else wrote the Brief meanwhile: the points as they are now."""

    theirs: tuple[str, ...]


def rows_of(story: Story) -> list[Row]:
    """The rows of the form, as many as a Brief has points."""
    written = [Row(p.text, p.entry or "", str(n)) for n, p in enumerate(story.points, 1)]
    empty = [Row(place=str(n)) for n in range(len(written) + 1, MOST_POINTS + 1)]
    return written + empty


def rows_sent(form: Mapping[str, Any]) -> list[Row]:
    """The rows as they were sent."""

    def value(name: str, number: int) -> str:
        return str(form.get(f"{name}-{number}", ""))[:LONGEST_ROW]

    return [
        Row(value("text", n), value("entry", n), value("place", n))
        for n in range(1, MOST_POINTS + 1)
    ]


def points_of(rows: Iterable[Row]) -> list[tuple[int, dict[str, Any]]]:
    """The points of the rows in their order, each with the number of its row. Rows without text are left out."""

    def place(row: Row, number: int) -> tuple[int, int]:
        given = row.place.strip()
        known = given.isascii() and given.isdigit() and len(given) < 3
        return (int(given) if known else number), number

    filled = [(number, row) for number, row in enumerate(rows, 1) if row.text.strip()]
    ordered = sorted(filled, key=lambda one: place(one[1], one[0]))
    return [(n, {"text": row.text, "entry": row.entry or None}) for n, row in ordered]


def errors_by_row(errors: Mapping[str, str], numbers: list[int]) -> dict[str, str]:
    """The messages of wrong points by the fields of the form: `points.0.text` of row 2 is `text-2`."""
    shown = {}
    for name, message in errors.items():
        words = name.split(".")
        if len(words) == 3 and words[1].isdigit():
            row = numbers[int(words[1])]
            part = "update" if words[2] == "entry" else "text"
            shown[f"{words[2]}-{row}"] = f"Point {row}: its {part} {message}"
        else:
            shown["text-1"] = f"{name.capitalize()}: {message}"
    return shown


def version(story: Story) -> str:
    """What tells whether somebody else wrote the Brief while it was being edited."""
    return iso(story.points_at) if story.points_at else ""


def choices(basis: Basis, recent: Iterable[Entry], rows: Iterable[Row]) -> dict[str, Entry | None]:
    """The entries on which a point can rest, by id: the newest ones, and those that points have. None was taken down."""
    public = [entry for entry in recent if entry.status is EntryStatus.PUBLISHED]
    found: dict[str, Entry | None] = {entry.id: entry for entry in (*public, *basis.bound.values())}
    named = [point.entry for point in basis.story.points] + [row.entry for row in rows]
    return found | {one: None for one in named if one and one not in found}


def warnings(basis: Basis) -> list[Warned]:
    """The editors' points whose entries were disputed, corrected, retracted or taken down since."""
    if not basis.story.points:
        return []
    shown = enumerate(brief_of(basis).points, 1)
    return [
        Warned(n, why, None if point.taken_down else point.entry)
        for n, point in shown
        if (why := _why(point))
    ]


def _why(point: BriefPoint) -> str:
    if point.taken_down:
        return "rests on an update that was taken down: readers do not see its words"
    if point.status in FALLEN:
        return FALLEN[point.status]
    return "rests on an update that was corrected since" if point.corrected else ""
