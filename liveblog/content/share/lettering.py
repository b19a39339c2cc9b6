"""Lines of text for a picture: cleaned, shaped, wrapped and in the order in which they are seen.

Pillow shapes Arabic only where FriBiDi is installed. So letters are joined here (arabic-reshaper), and put in the order
of the Unicode Bidirectional Algorithm (UAX 9, python-bidi); each run of one font is then drawn from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from arabic_reshaper import ArabicReshaper
from bidi import get_display
from bidi.mirror import MIRRORED
from PIL import ImageDraw

from liveblog.content.share.fonts import BOLD, Face, can_shape, face_of, font, has

Direction = Literal["ltr", "rtl"]

LONGEST = 400  # characters
MOST_MARKS = 2  # combining marks on a letter: more would run into other lines
LEGIBLE = 0.6  # of the letters and digits; with fewer, a text says something else
CUT = "…"
# A nonspacing mark that no text has: it goes where the sign before it goes, so it tells the sign's direction.
PROBE = "\u1abe"
JOINERS = "\u200c\u200d"  # which Persian needs between letters
# Vowel points of Hebrew: they hang in the air in a font that is not shaped, and no headline needs them.
POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"  # scripts without spaces between words
TURNED = re.compile(f"{PROBE}(.)")
TOKEN = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+")


class Run(NamedTuple):
    """Text that one font draws from left to right."""

    face: Face
    text: str


class Style(NamedTuple):
    """How a text is set: its language (BCP 47), base direction, size in pixels, and weight."""

    language: str
    direction: Direction = "ltr"
    size: int = 30
    weight: int = BOLD


class Fitted(NamedTuple):
    """A text in lines that fit. `whole` is False if its end was left out."""

    style: Style
    lines: tuple[str, ...]
    whole: bool


def clean(text: str) -> str:
    """Without what is not seen: controls, format characters, variation selectors, and most marks on one letter."""
    found: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", POINTS.sub("", text[: 2 * LONGEST])):
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if character.isspace():
            found.append(" ")
        elif character in JOINERS or not (
            kind[0] == "C" or marks > MOST_MARKS or _selects(character)
        ):
            found.append(character)
    return " ".join("".join(found).split())[:LONGEST]


def legible(text: str, language: str) -> str:
    """The text in letters that our fonts have.

    A sign without a glyph is left out; a word that lacks a letter is replaced by "…". Empty if too little remains.
    """
    words: list[str] = []
    letters = kept = 0
    for word in clean(text).split():
        total = sum(map(str.isalnum, word))
        shown = "".join(one for one in word if one in JOINERS or face_of(one, language))
        letters += total
        if sum(map(str.isalnum, shown)) < total or not _drawable(shown, language):
            if words[-1:] != [CUT]:
                words.append(CUT)
            continue
        kept += total
        if shown.strip(JOINERS):
            words.append(shown)
    return " ".join(words) if kept and kept >= LEGIBLE * letters else ""


def runs(text: str, style: Style) -> list[Run]:
    """A line as runs, from left to right as they are seen."""
    found: list[Run] = []
    for character in _seen(_joined(text), style.direction):
        if character in JOINERS:
            continue
        face = found[-1].face if found and has(found[-1].face, character) else None
        face = face or face_of(character, style.language)
        if face is None:
            continue
        if found and found[-1].face is face:
            found[-1] = Run(face, found[-1].text + character)
        else:
            found.append(Run(face, character))
    return found


def width(text: str, style: Style) -> float:
    """The width of a line in pixels."""
    return sum(_length(run, style) for run in runs(text, style))


def write(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, style: Style, colour: str
) -> float:
    """Draw a line. `place` is the left end of its baseline. Returns its width in pixels."""
    at, baseline = place
    for run in runs(text, style):
        face = font(run.face, style.size, style.weight)
        draw.text(
            (at, baseline), run.text, fill=colour, font=face, anchor="ls", direction=_way(run)
        )
        at += _length(run, style)
    return at - place[0]


def fitted(
    text: str, style: Style, sizes: Sequence[int], box: tuple[int, int], leading: float
) -> Fitted:
    """The text in the largest of `sizes` in which it fits the box: width and height in pixels. In the smallest one, its
    end is left out if need be. `leading` is the height of a line as a multiple of the size."""
    for size in sizes:
        tried = style._replace(size=size)
        lines, whole_words = _wrapped(text, tried, box[0])
        if whole_words and _height(len(lines), size, leading) <= box[1]:
            return Fitted(tried, tuple(lines), True)
    lines, _ = _wrapped(text, tried, box[0])
    most = max(1, int((box[1] - size) / (size * leading)) + 1)
    if len(lines) <= most:
        return Fitted(tried, tuple(lines), True)
    kept = lines[:most]
    kept[-1] = shortened(f"{kept[-1]} {lines[most]}", tried, box[0])
    return Fitted(tried, tuple(kept), False)


def shortened(text: str, style: Style, most: float) -> str:
    """The text, or its first words with an ellipsis, at most so many pixels wide."""
    if width(text, style) <= most:
        return text
    kept = text
    while kept and width(f"{kept}{CUT}", style) > most:
        kept = kept[:-1]
    before, space, _ = kept.rpartition(" ")
    whole = before if space and not text[len(kept) :].startswith(" ") else kept
    return f"{whole.rstrip()}{CUT}"


def _height(lines: int, size: int, leading: float) -> float:
    return size + (lines - 1) * size * leading


def _wrapped(text: str, style: Style, most: float) -> tuple[list[str], bool]:
    """The lines of a text, and whether no word had to be broken."""
    lines: list[str] = []
    whole = True
    line = ""
    for space, token in _tokens(text):
        longer = f"{line}{space if line else ''}{token}"
        if width(longer, style) <= most:
            line = longer
            continue
        if line:
            lines.append(line)
        line = token
        while width(line, style) > most:
            whole = False
            head = _head(line, style, most)
            lines.append(line[:head])
            line = line[head:]
    return [*lines, line] if line else lines, whole


def _head(word: str, style: Style, most: float) -> int:
    """How many characters of a word fit: at least one, and its marks with it."""
    fits = max(
        1, next((n - 1 for n in range(1, len(word) + 1) if width(word[:n], style) > most), 1)
    )
    while fits < len(word) and unicodedata.category(word[fits])[0] == "M":
        fits += 1
    return fits


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for found in TOKEN.finditer(text):
        yield text[end : found.start()], found[0]
        end = found.end()


def _drawable(word: str, language: str) -> bool:
    return all(one in JOINERS or face_of(one, language) for one in _joined(word))


def _seen(text: str, direction: Direction) -> str:
    """The characters in the order in which they are seen, from left to right (UAX 9), with brackets turned (rule L4)."""
    probed = "".join(f"{one}{PROBE}" if one in MIRRORED else one for one in text.replace(PROBE, ""))
    seen = str(get_display(probed, base_dir="R" if direction == "rtl" else "L"))
    return TURNED.sub(lambda found: MIRRORED.get(found[1], found[1]), seen).replace(PROBE, "")


def _joined(text: str) -> str:
    """Arabic letters in the forms of their places (Unicode's presentation forms)."""
    return str(_reshaper().reshape(text)) if ARABIC.search(text) else text


@cache
def _reshaper() -> ArabicReshaper:
    return ArabicReshaper({"delete_harakat": True, "support_zwj": True})


def _selects(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _length(run: Run, style: Style) -> float:
    return float(font(run.face, style.size, style.weight).getlength(run.text, direction=_way(run)))


def _way(run: Run) -> str | None:
    """Pillow may not turn a run around: it is in its order already. Without shaping it never does."""
    return "ltr" if can_shape() and not run.face.ordered else None
