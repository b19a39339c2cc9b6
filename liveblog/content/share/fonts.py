"""The fonts of share pictures (Pillow): our own for five scripts, and Debian's `fonts-noto` for more, where installed.

Our own are Noto Sans, with one axis: the weight (liveblog/fonts/OFL.txt).
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont, features

from liveblog.resources import folder

BOLD, REGULAR = 700, 400
NOWHERE = "\uffff"  # a noncharacter: no font has a glyph for it
PROBED = 24  # pixels: the size at which a font is asked for a glyph
DEBIAN = Path("/usr/share/fonts")
# Scripts that no program draws right without shaping (HarfBuzz, by Pillow's raqm).
SHAPED = (
    "Bengali Devanagari Gujarati Gurmukhi Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil "
    "Telugu Thai"
).split()
CJK = "opentype/noto/NotoSansCJK-Bold.ttc"
# The place of a language's font in that file.
CJK_FONTS = {"ja": 0, "ko": 1, "zh": 2, "zh-hans": 2, "zh-hant": 3, "zh-tw": 3, "zh-hk": 4}


class Face(NamedTuple):
    """A font file. `number` is the font's place in it. `varies`: it has an axis of weight. `ordered`: it takes text in
    the order in which it is seen, and shaped already; the text of other fonts is shaped by Pillow, if it can."""

    path: str
    number: int = 0
    varies: bool = False
    ordered: bool = False


@cache
def can_shape() -> bool:
    """Whether Pillow shapes text: its wheel does where the library FriBiDi is installed."""
    return bool(features.check("raqm"))


@cache
def faces(language: str) -> tuple[Face, ...]:
    """The fonts for a text in `language` (a BCP 47 tag), the first choice first."""
    own = folder("fonts")
    found = [
        Face(str(own / f"{name}.ttf"), varies=True, ordered=name in {"NotoSansArabic", "NotoSansHebrew"})
        for name in ("NotoSans", "NotoSansArabic", "NotoSansHebrew", "NotoSansArmenian", "NotoSansGeorgian")
    ]  # fmt: skip
    tag = language.lower()
    number = CJK_FONTS.get(tag, CJK_FONTS.get(tag.partition("-")[0], 0))
    others = [Face(str(DEBIAN / CJK), number)]
    names = [*(SHAPED if can_shape() else ()), "Ethiopic"]
    others += [Face(str(DEBIAN / f"truetype/noto/NotoSans{name}-Bold.ttf")) for name in names]
    return (*found, *(face for face in others if Path(face.path).is_file()))


@lru_cache(64)
def font(face: Face, size: int, weight: int = BOLD) -> ImageFont.FreeTypeFont:
    """A font in a size (pixels) and weight."""
    shapes = can_shape() and not face.ordered
    engine = ImageFont.Layout.RAQM if shapes else ImageFont.Layout.BASIC
    made = ImageFont.truetype(face.path, size, face.number, layout_engine=engine)
    if face.varies:
        made.set_variation_by_axes([weight])
    return made


@lru_cache(8192)
def has(face: Face, character: str) -> bool:
    """Whether a font has a glyph for a character: it draws another picture than for one that no font has."""
    return character.isspace() or _drawn(face, character) != _drawn(face, NOWHERE)


def face_of(character: str, language: str) -> Face | None:
    """The first font that has a character; None if none has."""
    return next((face for face in faces(language) if has(face, character)), None)


@lru_cache(1024)
def _drawn(face: Face, character: str) -> tuple[tuple[int, int], bytes]:
    mask = ImageFont.truetype(
        face.path, PROBED, face.number, layout_engine=ImageFont.Layout.BASIC
    ).getmask(character)
    return mask.size, bytes(mask)
