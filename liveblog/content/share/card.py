"""Draws a share picture: 1200 by 630 pixels, as PNG of at most 300 KB (Pillow).

How sure an entry is stands above its headline, so it travels with every share. All text has a contrast of at least
4.5:1 (WCAG 2.2, 1.4.3), also on a picture: a shade lies between them.
"""

from __future__ import annotations

import io
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from liveblog.content.share.fonts import REGULAR
from liveblog.content.share.lettering import (
    Direction,
    Style,
    fitted,
    legible,
    shortened,
    width,
    write,
)

SIZE = 1200, 630
MOST_BYTES = 300_000
MOST_PIXELS = 4_000_000  # of the picture behind the text
MARGIN = 64
NARROW = 760  # pixels of text beside a picture
SIZES = 76, 66, 58, 50, 44, 38
LEADING = 1.2
GROUND, INK, PAPER, SOFT, LIVE = "#121317", "#121317", "#ffffff", "#d6d8dd", "#c2132f"
# The colours of the badges, each with dark letters.
BADGES = {
    "unverified": "#f2b33d",
    "checking": "#86b4f2",
    "disputed": "#ff9f68",
    "retracted": "#ff7d8c",
    "corrected": "#8cc4f0",
}
SHADE = 0.86  # of the ground over a picture, where text stands
CLEAR = 0.12  # at the other end of the picture
BLURS = 0, 2, 6  # pixels: a softer picture is a smaller file


class Share(NamedTuple):
    """What a share picture says, as readers may know it.

    - `title`: the headline. `above`: the title of the story, for an entry.
    - `masthead`: the name of the site. `status`: a word, such as "Live"; `live`: whether it is shown in red.
    - `when`: date, time and zone. `sure`: how sure it is, in one or two words, and `tone`, a key of `BADGES`.
    - `language` (BCP 47) and `direction` of the story; `turned`: the direction of the headline itself.
    """

    title: str
    masthead: str
    status: str
    live: bool
    when: str
    language: str = "en"
    direction: Direction = "ltr"
    turned: Direction = "ltr"
    above: str = ""
    sure: str = ""
    tone: str = ""


def drawn(share: Share, behind: bytes | None = None) -> bytes:
    """The PNG file. `behind` is a picture that we encoded (JPEG); one that cannot be used is left out."""
    ground = _picture(behind) if behind else None
    for blur in BLURS:
        image = _ground(ground, share.direction, blur)
        _Page(image, share, MARGIN + NARROW if ground else SIZE[0] - MARGIN).draw()
        file = _encoded(image)
        if len(file) <= MOST_BYTES or ground is None:
            return file
    return drawn(share)


class _Page:
    """The text on the picture, from the side on which its language begins to `end`, in pixels from there."""

    def __init__(self, image: Image.Image, share: Share, end: int) -> None:
        self._draw = ImageDraw.Draw(image)
        self._share = share
        self._end = end
        self._style = Style(share.language, share.direction)

    def draw(self) -> None:
        share = self._share
        title = legible(share.title, share.language)
        self._draw.rectangle(self._span(0, SIZE[0], 0, 12), fill=LIVE)
        if not title:
            self._masthead_only()
        else:
            self._line(_said(share.masthead, share), MARGIN, 92, self._style._replace(size=34))
            top = 120
            if above := legible(share.above, share.language):
                style = self._style._replace(size=28, weight=REGULAR)
                self._line(above, MARGIN, 138, style, SOFT)
                top = 160
            if sure := legible(share.sure, share.language):
                self._pill(sure, MARGIN, top + 12, 34, BADGES[share.tone], INK)
                top += 82
            self._headline(title, top, 524)
        self._foot()

    def _headline(self, title: str, top: int, bottom: int) -> None:
        style = self._style._replace(direction=self._share.turned)
        box = self._end - MARGIN, bottom - top - 30
        text = fitted(title, style, SIZES, box, LEADING)
        size = text.style.size
        baseline = top + 12 + size
        for line in text.lines:
            self._line(line, MARGIN, baseline, text.style, struck=self._share.tone == "retracted")
            baseline += round(size * LEADING)

    def _masthead_only(self) -> None:
        share = self._share
        at = 330
        if sure := legible(share.sure, share.language):
            self._pill(sure, MARGIN, 150, 34, BADGES[share.tone], INK)
        box = self._end - MARGIN, 220
        text = fitted(_said(share.masthead, share), self._style, (88, 70, 54), box, LEADING)
        for line in text.lines:
            self._line(line, MARGIN, at, text.style)
            at += round(text.style.size * LEADING)

    def _foot(self) -> None:
        share = self._share
        place = MARGIN
        if status := legible(share.status, share.language):
            colours = (LIVE, PAPER) if share.live else (SOFT, INK)
            place += 20 + self._pill(status, MARGIN, 546, 26, *colours)
        style = self._style._replace(size=28, weight=REGULAR)
        self._line(legible(share.when, share.language), place, 577, style, SOFT)

    def _line(
        self,
        text: str,
        start: int,
        baseline: int,
        style: Style,
        colour: str = PAPER,
        *,
        struck: bool = False,
    ) -> None:
        text = shortened(text, style, self._end - start)
        across = width(text, style)
        left = start if self._share.direction == "ltr" else SIZE[0] - start - across
        write(self._draw, (left, baseline), text, style, colour)
        if struck:
            middle, half = baseline - style.size * 0.29, max(2, style.size // 22)
            self._draw.rectangle(
                (left, middle - half, left + across, middle + half), fill=BADGES["retracted"]
            )

    def _pill(self, text: str, start: int, top: int, size: int, ground: str, ink: str) -> int:
        """A word on a coloured ground. Returns its width in pixels."""
        style = self._style._replace(size=size)
        text = shortened(text.upper(), style, self._end - start - size)
        across = round(width(text, style)) + size
        high = round(size * 1.65)
        self._draw.rounded_rectangle(
            self._span(start, start + across, top, top + high), radius=6, fill=ground
        )
        left = start if self._share.direction == "ltr" else SIZE[0] - start - across
        write(self._draw, (left + size / 2, top + high * 0.71), text, style, ink)
        return across

    def _span(self, start: int, end: int, top: int, bottom: int) -> tuple[int, int, int, int]:
        """A rectangle, counted from the side on which the language begins."""
        if self._share.direction == "rtl":
            start, end = SIZE[0] - end, SIZE[0] - start
        return start, top, end, bottom


def _said(masthead: str, share: Share) -> str:
    return legible(masthead, share.language)


def _picture(behind: bytes) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(behind), formats=("JPEG",)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            opened.draft("RGB", SIZE)
            return ImageOps.fit(opened.convert("RGB"), SIZE, centering=(0.5, 0.35))
    except (OSError, SyntaxError, ValueError):
        return None


def _ground(picture: Image.Image | None, direction: Direction, blur: int) -> Image.Image:
    """The picture under a shade: dark where text stands, and clear at the other end."""
    ground = Image.new("RGB", SIZE, GROUND)
    if picture is None:
        return ground
    shade = Image.new("L", (SIZE[0], 1))
    for x in range(SIZE[0]):
        beyond = max(0.0, (x - MARGIN - NARROW) / (SIZE[0] - MARGIN - NARROW))
        shade.putpixel((x, 0), round(255 * (SHADE + (CLEAR - SHADE) * min(1.0, beyond * 1.25))))
    if direction == "rtl":
        shade = ImageOps.mirror(shade)
    under = picture.filter(ImageFilter.GaussianBlur(blur)) if blur else picture
    return Image.composite(ground, under, shade.resize(SIZE))


def _encoded(image: Image.Image) -> bytes:
    out = io.BytesIO()
    few = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()
