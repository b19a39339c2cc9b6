"""Decodes a picture to pixels within a memory limit (Pillow)."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from math import ceil, floor, sqrt
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

from liveblog.content.spliced import (
    MOST_PROFILE,
    NOISE,
    ended_jpeg,
    has_all_scans,
    needs_all_coefficients,
    still_png,
)
from liveblog.errors import Invalid, Unsupported

MOST_PIXELS = 51_000_000  # "50 megapixels", as cameras count them: up to 8160x6144
LONGEST_SIDE = 32_000
MOST_BYTES = 205 * 1024 * 1024  # of memory to decode; the whole process then takes 300 MiB
BAND = 1_000_000  # pixels that are converted at once
# Bytes for each pixel in Pillow, by mode (https://pillow.readthedocs.io/en/stable/handbook/concepts.html#modes).
BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
WEBP_BYTES = 16  # for each pixel: two canvases of the decoder, its result, and the picture
# The values of Exif's tag 0x0112, the orientation.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {TURNS[5], TURNS[6], TURNS[7], TURNS[8]}
# The exceptions that Pillow's decoders raise for broken files.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ZeroDivisionError,
    struct.error,
)
PngImagePlugin.MAX_TEXT_CHUNK = MOST_PROFILE  # Pillow counts a profile as text


class Bounds(NamedTuple):
    """The size of the largest picture that is written, in pixels.

    A long and narrow picture, as a screenshot of a whole page, may exceed `width` or `height`: its shorter side
    keeps up to `short` pixels, as long as the picture has at most `area` pixels and no side exceeds `side`.
    """

    width: int
    height: int
    short: int = 0
    area: int = 0
    side: int = 16_383  # the most that WebP allows


def fitted(size: tuple[int, int], most: Bounds) -> tuple[int, int]:
    """The width and height of a picture scaled down to fit the bounds. It is never enlarged."""
    width, height = size
    scale = min(1.0, most.width / width, most.height / height)
    if most.short:
        long = min(most.short / min(size), sqrt(most.area / (width * height)))
        scale = max(scale, min(1.0, long, most.side / max(size)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def decoded(file: BinaryIO, kind: str, most: Bounds) -> Image.Image:
    """The picture upright, in sRGB, opaque, within bounds, and without metadata.

    `kind` is the format by the first bytes. Raises `Invalid` for a picture that is broken, too large or too
    costly to decode, `Unsupported` if Pillow does not recognise it.
    """
    try:
        if kind == "PNG":
            return _flat(still_png(file), most).upright()
        try:
            return _flat(file, most).upright()
        except OSError as error:
            if kind == "JPEG" and "truncated" in str(error):
                return _without_end(file, most).upright()
            raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise Unsupported({"file": "is not a picture that can be opened"}) from None
    except BROKEN:
        raise _broken() from None


class _Flat(NamedTuple):
    """A decoded picture before it is turned: the turn it needs, and the number of rows in its last blocks."""

    image: Image.Image
    turn: Image.Transpose | None
    last: int

    def upright(self) -> Image.Image:
        return self.image if self.turn is None else self.image.transpose(self.turn)

    def above_last(self) -> bytes:
        whole = self.image.width, max(0, self.image.height - self.last)
        return self.image.crop((0, 0, *whole)).tobytes()


def _without_end(file: BinaryIO, most: Bounds) -> _Flat:
    """Decode a JPEG that lacks its end marker, if at most part of its last row of blocks is missing.

    It is decoded twice, once with noise in place of the missing data. Raises `Invalid` if the two pictures differ
    above the last row, or if scans are missing.
    """
    found = _flat(ended_jpeg(file), most)
    other = _flat(ended_jpeg(file, NOISE), most)
    if found.above_last() != other.above_last() or not has_all_scans(file):
        raise _broken()
    return found


def _flat(file: BinaryIO, most: Bounds) -> _Flat:
    with _opened(file) as opened:
        turn = _turn(opened)
        width, height = opened.size
        if turn in SIDEWAYS:
            size = fitted((height, width), most)[::-1]
        else:
            size = fitted((width, height), most)
        opened.draft(None, size)  # lets a JPEG be decoded close to the wanted size
        _require_memory(file, opened, width * height)
        opened.load()
        return _Flat(_scaled(opened, size), turn, ceil(16 * size[1] / height) + 1)


def _turn(opened: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(opened.getexif().get(0x0112, 1))
    except BROKEN:
        return None  # broken metadata


def _opened(file: BinaryIO) -> Image.Image:
    file.seek(0)
    opened = Image.open(file, formats=("JPEG", "PNG", "WEBP", "GIF"))
    if max(opened.size) > LONGEST_SIDE:
        raise Invalid(
            {
                "file": f"is too long: at most {LONGEST_SIDE} pixels are accepted for its longest side"
            }
        )
    if opened.width * opened.height > MOST_PIXELS:
        raise _too_many_pixels()
    return opened


def _require_memory(file: BinaryIO, opened: Image.Image, pixels: int) -> None:
    """Raise `Invalid` if decoding would take more than `MOST_BYTES`.

    `opened` has the size it will be decoded to, `pixels` is the number of pixels in the file.
    """
    decoded_pixels = opened.width * opened.height
    for_each = WEBP_BYTES if opened.format == "WEBP" else BYTES.get(opened.mode, 4)
    taken = for_each * decoded_pixels
    if isinstance(opened, JpegImagePlugin.JpegImageFile):
        place = file.tell()
        if needs_all_coefficients(file):
            sampled = [across * down for _, across, down, _ in opened.layer]
            taken += 2 * pixels * sum(sampled) // max(sampled)
        file.seek(place)
    if taken > MOST_BYTES:
        most = pixels * MOST_BYTES // taken // 1_000_000
        raise Invalid(
            {
                "file": "takes too much memory to decode; "
                f"at most {most} megapixels are accepted in this encoding"
            }
        )


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in sRGB, scaled to `size`. It is converted in bands to save memory."""
    in_srgb = _to_srgb(image)
    out = Image.new("RGB", size)
    step = image.height / size[1]
    margin = 0 if size == image.size else 3 * step + 1  # the support of the Lanczos filter
    rows = max(1, floor(BAND / image.width / step))
    for top in range(0, size[1], rows):
        bottom = min(top + rows, size[1])
        first = max(0, floor(top * step - margin))
        last = min(image.height, ceil(bottom * step + margin))
        band = in_srgb(image.crop((0, first, image.width, last)))
        if size != image.size:
            box = (0, top * step - first, image.width, min(bottom * step, image.height) - first)
            band = band.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box=box)
        out.paste(band, (0, top))
    return out


def _to_srgb(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """A function that turns a part of this picture into opaque RGB on white, by the picture's colour profile.

    Without a usable profile the colours stay unchanged.
    """
    mode = _plain_mode(image)
    convert = _conversion(image.info.get("icc_profile"), mode)

    def in_srgb(part: Image.Image) -> Image.Image:
        if image.mode.startswith("I") or image.mode == "F":  # 16 bits of grey
            part = part.convert("I").point(lambda value: value / 256).convert("L")
        elif part.mode != mode:
            part = part.convert(mode)
        if convert is not None:
            part = ImageCms.applyTransform(part, convert) or part
        if part.mode == "RGBA":
            ground = Image.new("RGB", part.size, "white")
            ground.paste(part, mask=part.getchannel("A"))
            return ground
        return part.convert("RGB")

    return in_srgb


def _plain_mode(image: Image.Image) -> str:
    if image.mode.startswith("I") or image.mode == "F":
        return "L"
    if image.mode in {"PA", "LA", "La", "RGBa", "RGBA"} or "transparency" in image.info:
        return "RGBA"
    return image.mode if image.mode in {"L", "CMYK"} else "RGB"


def _conversion(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    if not profile or len(profile) > MOST_PROFILE:
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _broken() -> Invalid:
    return Invalid({"file": "is broken or cut short; send the picture again"})


def _too_many_pixels() -> Invalid:
    return Invalid({"file": "has too many pixels; at most 50 megapixels are accepted"})
