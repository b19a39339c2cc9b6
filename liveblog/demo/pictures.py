"""Draws the demo's pictures when they are needed: the same pixels each time, and no files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from liveblog.demo.camera import (
    FINE,
    HEIGHT,
    SIZE,
    WIDTH,
    Camera,
    Colour,
    Point,
    clouds,
    developed,
    glow,
    gradient,
    lit,
    mixed,
)


def drawn(name: str) -> bytes:
    """A picture of `SCENES` as JPEG. Takes a good part of a second, so call it in a thread."""
    out = io.BytesIO()
    SCENES[name](Random(name)).save(out, "JPEG", quality=92)
    return out.getvalue()


def skyline(random: Random) -> Image.Image:
    """A city at night from a high window, with few lit windows and a glow at the horizon."""
    stops = ((0.0, (9, 13, 23)), (0.35, (20, 25, 38)), (0.56, (50, 46, 50)), (1.0, (24, 22, 26)))
    sky = gradient(stops, SIZE)
    cover = clouds(random, (3, 6), SIZE).point(lambda v: max(0, min(255, (v - 70) * 2)))
    sky = ImageChops.multiply(sky, cover.point(lambda v: 150 + v * 0.41).convert("RGB"))
    for wide, high, colour in ((2300, 860, (150, 72, 30)), (900, 360, (235, 128, 52))):
        light = glow((1090, 600), wide, high, colour)
        sky = ImageChops.screen(
            sky, ImageChops.multiply(light, cover.point(lambda v: 70 + v * 0.72).convert("RGB"))
        )
    canvas = sky.resize((WIDTH * FINE, HEIGHT * FINE))
    camera = Camera(canvas, 34, 0.56, 0.95)
    lights = Image.new("RGB", canvas.size)
    for z in (1500, 1150, 880, 660, 480, 350, 250, 180, 130):
        haze = min(1.0, z / 1500)
        _row_of_houses(camera, ImageDraw.Draw(lights), random, z, haze)
    image = canvas.reduce(FINE).filter(ImageFilter.GaussianBlur(0.8))
    shining = lights.reduce(FINE)
    image = ImageChops.screen(image, shining.filter(ImageFilter.GaussianBlur(0.8)))
    halo = shining.reduce(4).filter(ImageFilter.GaussianBlur(2.25))
    image = ImageChops.screen(image, halo.resize(SIZE, Image.Resampling.BICUBIC))
    return developed(image, random, 15, 1.75)


def _row_of_houses(
    camera: Camera, lights: ImageDraw.ImageDraw, random: Random, z: float, haze: float
) -> None:
    edge = z * 0.56
    x = -edge - random.uniform(0, 30)
    while x < edge:
        wide = random.choice((14, 22, 38, 64))
        tall = random.choice((12, 15, 15, 18, 27, 27, 30, 48 if z > 300 else 27))
        warm = max(0.0, 1 - abs(x / z - 0.17) * 2.6)
        wall = mixed((15, 17, 23), mixed((38, 38, 46), (98, 66, 46), warm), haze**0.8)
        wall = lit(wall, random.uniform(0.85, 1.15))
        camera.frontal((x, x + wide), (-5, tall), z, wall)
        deep = 12 if x < 0 else -12
        side = x + wide if x < 0 else x
        camera.upright(side, (z, z + abs(deep)), (-5, tall), lit(wall, 1.3 if x < 0 else 0.8))
        camera.level((x, x + wide), tall, (z, z + 12), lit(wall, 1.45))
        for _ in range(wide // 12):
            on = x + random.uniform(1, wide - 3)
            camera.frontal((on, on + random.uniform(0.4, 2.6)), (tall, tall + 2), z + 5, wall)
        if z < 900:
            _windows(camera, lights, random, (x, x + wide), tall, z, wall)
        x += wide + random.choice((2, 6, 14, 30))


def _windows(
    camera: Camera,
    lights: ImageDraw.ImageDraw,
    random: Random,
    x: tuple[float, float],
    tall: float,
    z: float,
    wall: Colour,
) -> None:
    for floor in range(int(tall // 3)):
        for column in range(int((x[1] - x[0] - 1) // 2.8)):
            left, low = x[0] + 1.2 + column * 2.8, 1 + floor * 3
            box = camera.at((left, low + 1.5, z)), camera.at((left + 1.4, low, z))
            camera.draw.rectangle(box, fill=lit(wall, random.uniform(0.5, 0.85)))
            if random.random() < 0.017:
                warm = random.choice(((255, 190, 105), (255, 205, 140), (225, 222, 205)))
                lights.rectangle(box, fill=lit(warm, random.uniform(0.35, 0.95)))


def barricade(random: Random) -> Image.Image:
    """A street in the grey before sunrise, closed with steel hedgehogs, concrete and sandbags."""
    mist = (176, 182, 188)
    canvas = gradient(
        ((0.0, (128, 137, 148)), (0.5, mist), (0.56, (150, 153, 156)), (1.0, (62, 62, 64))),
        (WIDTH * FINE, HEIGHT * FINE),
    )
    camera = Camera(canvas, 1.75, 0.55, 0.82)
    for far in range(17, -1, -1):
        for side in (-1, 1):
            _house(camera, random, side, 5 + far * 13, mist)
    for side in (-1, 1):
        camera.level((side * 6.2, side * 9), 0.14, (3, 200), (112, 114, 116))
        camera.upright(side * 6.2, (3, 200), (0, 0.14), (84, 85, 87))
    for z in (90, 62, 40, 26):
        _lamp(camera, z, mixed((44, 47, 51), mist, z / 110))
    whole = canvas.size
    ground = clouds(random, (5, 24), whole).point(lambda v: 132 + v * 0.78)
    below = Image.new("L", whole)
    road = [camera.at((x, 0, z)) for x, z in ((-9, 150), (9, 150), (9, 2), (-9, 2))]
    ImageDraw.Draw(below).polygon(road, fill=255)
    textured = ImageChops.multiply(canvas, ground.convert("RGB"))
    canvas.paste(textured, mask=below)
    _banks(camera, random)
    image = canvas.reduce(FINE)
    veil = glow((800, 560), 2000, 840, (120, 124, 128))
    image = ImageChops.screen(image, veil.point(lambda v: v * 0.35))
    return developed(image.filter(ImageFilter.GaussianBlur(0.7)), random, 13, 1.1)


def _house(camera: Camera, random: Random, side: int, z: float, mist: Colour) -> None:
    far, x = z + 13, side * 9.0
    tall = random.uniform(12.5, 19)
    wall = random.choice(((116, 108, 98), (104, 105, 106), (122, 112, 104), (98, 98, 102)))
    wall = lit(wall, 0.82 if side < 0 else 0.7)
    for step in range(13):
        near = z + step
        pale = 1 - 0.985**near
        tone = mixed(wall, mist, min(0.95, pale * 1.15))
        camera.upright(x, (near, near + 1.05), (0, tall), tone)
    tone = mixed(wall, mist, min(0.95, (1 - 0.985 ** (z + 6)) * 1.15))
    camera.upright(x, (z, far), (tall - 0.5, tall), lit(tone, 0.8))
    camera.upright(x, (z, far), (3.9, 4.15), lit(tone, 1.1))
    camera.upright(x, (z, z + 0.12), (0, tall), lit(tone, 0.75))
    for floor in range(int((tall - 1.5) // 3.4)):
        for column in range(5):
            at, low = z + 0.8 + column * 2.45, 0.9 + floor * 3.4 + (0.4 if floor else 0)
            dark = lit(tone, random.uniform(0.42, 0.62))
            camera.upright(x, (at - 0.1, at + 1.4), (low - 0.12, low + 2.05), lit(tone, 1.12))
            camera.upright(x, (at, at + 1.3), (low, low + 1.95), dark)
            camera.upright(x, (at + 0.6, at + 0.68), (low, low + 1.95), lit(tone, 0.9))


def _lamp(camera: Camera, z: float, tone: Colour) -> None:
    for side in (-1, 1):
        x = side * 6.6
        camera.bar((x, 0, z), (x, 7.4, z), 0.16, tone)
        camera.bar((x, 7.4, z), (x - side * 1.8, 7.9, z), 0.1, tone)
        camera.bar((x - side * 1.6, 7.9, z), (x - side * 2.3, 7.85, z), 0.2, tone)
    camera.bar((-6.6, 6.6, z), (0, 6.1, z), 0.03, tone)
    camera.bar((0, 6.1, z), (6.6, 6.6, z), 0.03, tone)


def _banks(camera: Camera, random: Random) -> None:
    """Draws the barriers that close the street, from far to near."""
    for x, z in ((-2.7, 17.5), (0.4, 17), (3.4, 18)):
        _hedgehog(camera, random, x, z, (70, 68, 67))
    for x in (-6.0, -3.6, 1.6, 4.0):
        camera.frontal((x, x + 2.1), (0, 0.95), 14.5, (116, 117, 117))
        camera.level((x, x + 2.1), 0.95, (14.5, 15.3), (146, 148, 150))
        camera.frontal((x, x + 2.1), (0, 0.1), 14.45, (56, 56, 57))
    for first, bags, z in ((-5.6, 8, 12.6), (1.3, 8, 12.2)):
        camera.level((first - 0.5, first + bags * 0.58), 0.0, (z - 0.7, z), (58, 58, 59))
        for layer in range(5):
            for bag in range(bags - layer // 2):
                x = first + bag * 0.58 + (layer % 2) * 0.29 + random.uniform(-0.04, 0.04)
                tone = lit((112, 106, 92), random.uniform(0.78, 1.06))
                camera.lump((x, layer * 0.23 + random.uniform(-0.02, 0.02), z), 0.64, 0.27, tone)
    for x, z in ((-1.7, 9.6), (3.9, 9.0)):
        _hedgehog(camera, random, x, z, (50, 47, 46))


def _hedgehog(camera: Camera, random: Random, x: float, z: float, tone: Colour) -> None:
    """Draws three crossed steel beams."""
    camera.level((x - 0.9, x + 0.9), 0.0, (z - 0.5, z + 0.5), (66, 66, 67))
    turn = random.uniform(-0.12, 0.12)
    for start, end, light in (
        ((x - 0.75, 0.0, z + 0.4), (x + 0.7 + turn, 1.25, z - 0.4), 0.85),
        ((x + 0.8, 0.0, z + 0.3), (x - 0.65 + turn, 1.3, z - 0.3), 1.0),
        ((x - 0.15, 0.0, z - 0.6), (x + 0.12 - turn, 1.35, z + 0.5), 1.2),
    ):
        camera.bar(start, end, 0.17, lit(tone, light))
        camera.bar(_raised(start), _raised(end), 0.05, lit(tone, light * 1.5))


def _raised(point: Point) -> Point:
    return point[0] - 0.02, point[1] + 0.06, point[2]


def platform(random: Random) -> Image.Image:
    """A metro platform at night, with beds along both sides of it."""
    canvas = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), (30, 32, 30))
    camera = Camera(canvas, 1.6, 0.5, 0.72)
    for far in range(60, 1, -1):
        _stretch(camera, far, 0.28 + 0.72 * 0.972**far)
    for far in range(58, 2, -4):
        light = 0.3 + 0.7 * 0.972**far
        for side in (-1, 1):
            _pillar(camera, side, far, light)
    mirrored = _mirrored(canvas, round(camera.horizon))
    canvas.paste(mirrored[0], mask=mirrored[1])
    for far in range(58, 4, -3):
        light = 0.3 + 0.7 * 0.972**far
        for side in (-1, 1):
            _bed(camera, random, side, far + random.uniform(0, 1), light)
    image = canvas.reduce(FINE).filter(ImageFilter.GaussianBlur(0.7))
    stains = clouds(random, (6, 5), SIZE).point(lambda v: 190 + v * 0.4)
    image = ImageChops.multiply(image, stains.convert("RGB"))
    image = ImageChops.screen(image, glow((800, 500), 1000, 740, (74, 66, 44)))
    return developed(image, random, 14, 1.2)


def _stretch(camera: Camera, z: float, light: float) -> None:
    """Draws a metre of the hall: floor, ceiling with lamps, tracks and the walls behind them."""
    seam = 0.9 if z % 2 else 1.0
    ends = (float(z), z + 1.02)
    camera.level((-5.2, 5.2), 0, ends, lit((116, 108, 96), light * seam))
    camera.level((-5.2, -4.8), 0.01, ends, lit((150, 142, 120), light * 0.9))
    camera.level((4.8, 5.2), 0.01, ends, lit((150, 142, 120), light * 0.9))
    camera.level((-9, 9), 4.3, ends, lit((150, 146, 132), light * (0.6 if z % 4 < 1 else 0.85)))
    for side in (-1, 1):
        camera.level((side * 5.2, side * 9), -1.1, ends, lit((22, 22, 22), light))
        tiles = lit((104, 110, 104), light * (0.5 if z % 4 else 0.44))
        camera.upright(side * 9, ends, (-1.1, 4.3), tiles)
        camera.upright(side * 9, ends, (1.7, 2.1), lit(tiles, 0.7))
    if z % 4 in {1, 2}:
        camera.level((-0.55, 0.55), 4.28, ends, mixed((90, 86, 70), (255, 246, 216), light))


def _pillar(camera: Camera, side: int, z: float, light: float) -> None:
    inner, outer = side * 3.1, side * 4.0
    camera.upright(inner, (z, z + 0.9), (0, 4.3), lit((176, 166, 146), light))
    camera.frontal((min(inner, outer), max(inner, outer)), (0, 4.3), z, lit((128, 120, 106), light))
    camera.frontal((min(inner, outer), max(inner, outer)), (0, 0.22), z, lit((58, 52, 46), light))
    camera.upright(inner, (z, z + 0.9), (0, 0.22), lit((70, 62, 54), light))


def _mirrored(canvas: Image.Image, horizon: int) -> tuple[Image.Image, Image.Image]:
    """The reflection of the hall in its polished floor, and a mask for its strength."""
    above = canvas.crop((0, 0, canvas.width, horizon)).reduce(4)
    upside = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).filter(ImageFilter.BoxBlur((2, 14)))
    mirror = canvas.copy()
    mirror.paste(upside.resize((canvas.width, horizon)), (0, horizon))
    mask = Image.new("L", canvas.size)
    camera = Camera(mask.convert("RGB"), 1.6, 0.5, 0.72)
    floor = [camera.at((x, 0, z)) for x, z in ((-5.2, 60), (5.2, 60), (5.2, 1.5), (-5.2, 1.5))]
    ImageDraw.Draw(mask).polygon(floor, fill=96)
    return mirror, mask


CLOTHS: Sequence[Colour] = (
    (58, 68, 86), (74, 86, 76), (66, 66, 70), (66, 84, 92), (88, 92, 98), (86, 92, 72), (50, 56, 66),
)  # fmt: skip


def _bed(camera: Camera, random: Random, side: int, z: float, light: float) -> None:
    """Draws a bed on the floor: a mat, a rumpled or folded blanket, a pillow, and bags beside it."""
    x = side * random.uniform(2.0, 2.4)
    cloth = lit(random.choice(CLOTHS), light)
    camera.level((x - 0.95, x + 0.95), 0.01, (z - 0.45, z + 0.8), lit((62, 58, 52), light))
    camera.level((x - 0.85, x + 0.85), 0.05, (z - 0.35, z + 0.8), lit((98, 93, 84), light))
    camera.lump((x + side * 0.62, 0.05, z + 0.2), 0.5, 0.2, lit((150, 144, 132), light))
    if random.random() < 0.75:
        tops = [random.uniform(low, low + 0.12) for low in (0.08, 0.14, 0.1, 0.16, 0.2, 0.1)]
        camera.heap((x - side * 0.12, 0.04, z), 1.35, tops[::side], cloth)
        turned = [top * 0.7 for top in tops[2:5]]
        camera.heap((x + side * 0.25, 0.04, z - 0.12), 0.55, turned, lit(cloth, 1.15))
    else:
        for up in range(3):
            tone = lit(random.choice(CLOTHS), light)
            camera.lump((x - side * 0.2, 0.04 + up * 0.11, z), 0.66, 0.13, tone, 0.3)
    for beside in (1.05, 1.4)[: random.choice((0, 1, 2))]:
        bag, high = lit(random.choice(CLOTHS), light * 0.6), random.uniform(0.28, 0.44)
        camera.lump((x + side * beside, 0.0, z + 0.3), 0.34, high, bag, 0.26)


SCENES: dict[str, Callable[[Random], Image.Image]] = {
    "skyline": skyline,
    "barricade": barricade,
    "platform": platform,
}
