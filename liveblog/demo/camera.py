"""A camera for drawn scenes, with the haze, glow, falloff and grain of a lens and film (Pillow).

A scene is drawn in metres from the camera, from far to near. It is drawn at twice its size, to
avoid jagged edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = WIDTH, HEIGHT = 1600, 1067
FINE = 2

Colour = tuple[int, int, int]
Point = tuple[float, float, float]  # metres: to the right, up from the ground, away


class Camera:
    """Draws objects in front of it on its own canvas."""

    def __init__(self, canvas: Image.Image, eye: float, horizon: float, zoom: float) -> None:
        self.canvas = canvas
        self.draw = ImageDraw.Draw(canvas)
        self.eye = eye
        self.horizon = horizon * HEIGHT * FINE
        self.zoom = zoom * WIDTH * FINE
        self.middle = canvas.width / 2

    def at(self, point: Point) -> tuple[float, float]:
        """The place of a point on the canvas, in pixels."""
        x, y, z = point
        return self.middle + self.zoom * x / z, self.horizon + self.zoom * (self.eye - y) / z

    def face(self, corners: Sequence[Point], colour: Colour) -> None:
        self.draw.polygon([self.at(corner) for corner in corners], fill=colour)

    def upright(
        self, x: float, z: tuple[float, float], y: tuple[float, float], colour: Colour
    ) -> None:
        """Draws a face along the view, such as a wall of a street."""
        self.face([(x, y[0], z[0]), (x, y[1], z[0]), (x, y[1], z[1]), (x, y[0], z[1])], colour)

    def frontal(
        self, x: tuple[float, float], y: tuple[float, float], z: float, colour: Colour
    ) -> None:
        """Draws a rectangle that faces the camera."""
        self.draw.rectangle([self.at((x[0], y[1], z)), self.at((x[1], y[0], z))], fill=colour)

    def level(
        self, x: tuple[float, float], y: float, z: tuple[float, float], colour: Colour
    ) -> None:
        """Draws a horizontal face."""
        self.face([(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])], colour)

    def bar(self, start: Point, end: Point, thick: float, colour: Colour) -> None:
        """Draws a bar, `thick` in metres."""
        near = (start[2] + end[2]) / 2
        width = max(1, round(self.zoom * thick / near))
        self.draw.line([self.at(start), self.at(end)], fill=colour, width=width)

    def lump(self, at: Point, wide: float, high: float, colour: Colour, soft: float = 0.48) -> None:
        """Draws a soft object on the ground, lit from above."""
        x, y = self.at(at)
        half, up = self.zoom * wide / at[2] / 2, self.zoom * high / at[2]
        for step in range(14):
            part = 1 - (step / 14) ** 1.6 * 0.75
            box = (
                x - half * part,
                y - up * (0.96 + 0.04 * part),
                x + half * part,
                y - up * (1 - part),
            )
            tone = lit(colour, 0.5 + step * 0.045)
            self.draw.rounded_rectangle(box, min(half, up * soft) * part, fill=tone)

    def heap(self, at: Point, wide: float, tops: Sequence[float], colour: Colour) -> None:
        """Draws folded cloth on the ground. `tops` are its heights from left to right."""
        (x, y), metre = self.at(at), self.zoom / at[2]
        knots = [0.0, *tops, 0.0]
        line = []
        for step in range(6 * (len(knots) - 1) + 1):
            knot, share = divmod(step / 6, 1)
            after = min(int(knot) + 1, len(knots) - 1)
            eased = (1 - math.cos(math.pi * share)) / 2
            high = knots[int(knot)] + (knots[after] - knots[int(knot)]) * eased
            line.append((x + (step / 6 / (len(knots) - 1) - 0.5) * wide * metre, high * metre))
        for fold in range(12):
            left = 1 - fold / 12
            outline = [(across, y - high * left) for across, high in line]
            self.draw.polygon(
                [*outline, (line[-1][0], y), (line[0][0], y)], fill=lit(colour, 0.5 + left * 0.65)
            )


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two; `share` is the share of the other."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return r, g, b


def lit(colour: Colour, light: float) -> Colour:
    """A colour, brighter or darker by the factor `light`."""
    r, g, b = (min(255, round(part * light)) for part in colour)
    return r, g, b


def gradient(stops: Sequence[tuple[float, Colour]], size: tuple[int, int]) -> Image.Image:
    """A vertical gradient. `stops` are colours at shares of the height, from the top."""
    column = Image.new("RGB", (1, 256))
    for row in range(256):
        at = row / 255
        after = next((n for n, stop in enumerate(stops) if stop[0] >= at), len(stops) - 1)
        (start, one), (end, other) = stops[max(0, after - 1)], stops[after]
        share = (at - start) / (end - start) if end > start else 0.0
        column.putpixel((0, row), mixed(one, other, share))
    return column.resize(size, Image.Resampling.BICUBIC)


def clouds(random: Random, cells: tuple[int, int], size: tuple[int, int]) -> Image.Image:
    """Soft noise around 128, in five steps, each finer and weaker."""
    # A sixteenth of the work. The noise is soft, so it does not show.
    small = size[0] // 4, size[1] // 4
    made = Image.new("L", small, 128)
    for step in range(5):
        wide, high = cells[0] << step, cells[1] << step
        grid = Image.frombytes("L", (wide, high), random.randbytes(wide * high))
        made = Image.blend(made, grid.resize(small, Image.Resampling.BICUBIC), 0.5 / (1 + step))
    return made.resize(size, Image.Resampling.BICUBIC)


def glow(at: tuple[float, float], wide: float, high: float, colour: Colour) -> Image.Image:
    """A light on black, to be screened over a picture."""
    # Pillow's gradient is 181 where its circle touches the edges, and goes on into the corners.
    round_one = Image.radial_gradient("L").point(lambda v: max(0, 180 - v) ** 2 // 127)
    mask = Image.new("L", SIZE)
    mask.paste(
        round_one.resize((round(wide), round(high)), Image.Resampling.BICUBIC),
        (round(at[0] - wide / 2), round(at[1] - high / 2)),
    )
    return tinted(mask, colour)


def tinted(mask: Image.Image, colour: Colour) -> Image.Image:
    return Image.composite(Image.new("RGB", SIZE, colour), Image.new("RGB", SIZE), mask)


def developed(image: Image.Image, random: Random, grain: int, exposure: float) -> Image.Image:
    """Adds the effects of a lens and film: bright parts bleed, corners darken, grain lies over all."""
    image = image.point(lambda v: 255 * (1 - (1 - v / 255) ** exposure))
    bright = image.point(lambda v: max(0, v - 150) * 2).reduce(4)
    bleed = bright.filter(ImageFilter.GaussianBlur(7)).resize(SIZE, Image.Resampling.BICUBIC)
    image = ImageChops.screen(image, bleed.point(lambda v: v * 0.4))
    corners = Image.radial_gradient("L").point(lambda v: 255 - v * v // 800)
    image = ImageChops.multiply(image, corners.resize(SIZE).convert("RGB"))
    one, other = (Image.frombytes("L", SIZE, random.randbytes(WIDTH * HEIGHT)) for _ in range(2))
    noise = Image.blend(one, other, 0.5).filter(ImageFilter.GaussianBlur(0.7))
    noise = noise.point(lambda v: v * grain / 128)
    return ImageChops.add(image, Image.merge("RGB", (noise,) * 3), 1, -grain)
