"""The plain text of a mail as lines, and lines of a mail as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from liveblog.inbound.escaping import escaped_line
from liveblog.inbound.mail.lines import Line, recognised

MOST_LINES = 6_000  # that are looked at
KEPT_LINES = 1_500  # blocks of Markdown take their time
DEEPEST = 5
CUT = " […]"
# Programs wrap at 65 to 78 characters; a line in which the next word has room ends where its writer wanted.
WRAPPED, UNWRAPPED = 66, 100
_QUOTED = re.compile(r"((?:>[ \t]?){1,50})")
_MORE_THAN = re.compile(r">\s?[\d~<=€$£+-]")
_BULLET = re.compile(r"([-*•·–—‣◦])[ \t]+(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})([.)])[ \t]+(?=\S)")
_SIGNED = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n")
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


def plain_lines(text: str, *, flowed: bool = False, delsp: bool = False) -> list[Line]:
    """The lines of a plain text; of one that is `flowed` (RFC 3676) as they were before they were wrapped."""
    text = _without_armour(text.replace("\r\n", "\n").replace("\r", "\n"))
    rows = text.split("\n", MOST_LINES)[:MOST_LINES]
    lines: list[Line] = []
    held, held_depth = "", -1
    for number, row in enumerate(rows):
        depth, said = _depth(rows, number, row)
        if flowed and said.startswith(" ") and not depth:
            said = said[1:]
        elif flowed and depth:
            said = said.removeprefix(" ")
        goes_on = flowed and said.endswith(" ") and said != "-- "
        if held_depth >= 0 and (depth != held_depth or said == "-- "):
            lines.append(_line(held, held_depth))
            held, held_depth = "", -1
        if goes_on:
            held, held_depth = held + (said[:-1] if delsp else said), depth
        else:
            lines.append(_line(held + said if held_depth >= 0 else said, depth))
            held, held_depth = "", -1
    if held_depth >= 0:
        lines.append(_line(held, held_depth))
    return _rejoined(lines) if not flowed else lines


def _without_armour(text: str) -> str:
    """The words of a text that is signed in itself (RFC 9580, section 7)."""
    found = _SIGNED.search(text)
    if not found:
        return text
    words = text[found.end() :].partition(_SIGNATURE)[0]
    return text[: found.start()] + re.sub(r"(?m)^- ", "", words)


def _depth(rows: Sequence[str], number: int, row: str) -> tuple[int, str]:
    found = _QUOTED.match(row)
    if not found:
        return 0, row
    beside = [*rows[max(0, number - 1) : number], *rows[number + 1 : number + 2]]
    if _MORE_THAN.match(row) and not any(one.startswith(">") for one in beside):
        return 0, row  # "> 200 people"
    return found[1].count(">"), row[found.end() :]


def _line(said: str, depth: int) -> Line:
    text = recognised(said)
    return Line(text, text, depth, "separator" if said == "-- " else "")


def _rejoined(lines: list[Line]) -> list[Line]:
    """Which lines go on in the next: those that the next word had no room in. `soft` is that."""
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else line
        word = after.text.partition(" ")[0]
        full = len(line.text) <= UNWRAPPED and len(line.text) + 1 + len(word) > WRAPPED
        goes_on = full and not after.blank and after.depth == line.depth
        lines[at] = line._replace(
            soft=goes_on and after is not line and not _starts_anew(after.text)
        )
    return lines


def _starts_anew(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBER.match(text))


def plain_as_markdown(lines: Sequence[Line]) -> list[Line]:
    """Lines of plain text, escaped. Two bullets below each other are a list, as are numbers from 1 on."""
    result = [line._replace(markdown=escaped_line(line.text)) for line in lines]
    at = 0
    while at < len(lines):
        end, places = _list_at(lines, at)
        for place in range(at, end):
            text = lines[place].text
            if place in places:
                mark = _BULLET.match(text) or _NUMBER.match(text)
                assert mark is not None
                written = "- " if mark.re is _BULLET else f"{mark[1]}. "
                markdown = written + escaped_line(text[mark.end() :])
                result[place] = lines[place]._replace(markdown=markdown, kind="item")
            else:
                markdown = "  " + escaped_line(text)
                result[place] = lines[place]._replace(markdown=markdown, kind="more")
        at = max(end, at + 1)
    return result


def _list_at(lines: Sequence[Line], at: int) -> tuple[int, set[int]]:
    """Where a list ends that begins here, and the lines that begin its items."""
    bullet, number = _BULLET.match(lines[at].text), _NUMBER.match(lines[at].text)
    if not bullet and not (number and number[1] == "1"):
        return at, set()
    places, place, wanted = {at}, at + 1, 2
    while place < len(lines) and lines[place].depth == lines[at].depth and not lines[place].blank:
        text = lines[place].text
        same = _BULLET.match(text) if bullet else _NUMBER.match(text)
        if same and (same[1] == bullet[1] if bullet else same[1] == str(wanted)):
            places.add(place)
            wanted += 1
        elif not lines[place - 1].soft:
            break
        place += 1
    return (place, places) if len(places) > 1 else (at, set())


def as_markdown(lines: Iterable[Line]) -> str:
    """Lines put together: paragraphs, quotations, lists and tables apart."""
    done: list[str] = []
    above: Line | None = None
    parted = kept = 0
    for line in lines:
        if line.blank or (line.kind == "rule" and above is None):
            parted = 1
            continue
        if kept == KEPT_LINES:
            done.append("> " * min(line.depth, DEEPEST) + CUT.strip())
            break
        depth = min(line.depth, DEEPEST)
        if above is not None:
            _join(done, above, line, parted=bool(parted))
        done.append("> " * depth + line.markdown)
        above, parted = line, 0
        kept += 1
    while done and done[-1].strip("> ") == "---":
        done.pop()
    return "\n".join(row.rstrip() for row in done).strip()


def _join(done: list[str], above: Line, line: Line, *, parted: bool) -> None:
    beside = above.depth == line.depth and not (parted and line.kind in {"text", "row"})
    if beside and line.kind == "item" and above.kind in {"item", "more"}:
        return
    if beside and line.kind == above.kind == "row":
        return
    if beside and (
        line.kind == above.kind == "text"
        or (line.kind == "more" and above.kind in {"item", "more"})
    ):
        done[-1] += "" if above.soft else "\\"
        return
    done.append("> " * min(above.depth, line.depth, DEEPEST))
