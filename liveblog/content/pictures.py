"""Uploaded pictures: decoded to pixels, and encoded again in several sizes (Pillow).

Only pixels are copied, so no metadata survives: EXIF, XMP, IPTC, comments, thumbnails, colour profiles
(docs/media.md). This follows OWASP's File Upload Cheat Sheet.
"""

from __future__ import annotations

import base64
import io
import zipfile
from typing import BinaryIO, NamedTuple

from PIL import Image

from liveblog.content.pixels import Bounds, decoded, fitted
from liveblog.errors import Invalid, Unsupported

OF_AN_ENTRY = Bounds(1920, 2560, short=1080, area=16_000_000)
OF_A_CARD = Bounds(960, 1280)  # twice the width of a card
TINY = Bounds(16, 16)
WIDTHS = (480, 960, 1440, 1920)
# The media types that senders use for each format.
NAMES = {
    "JPEG": "image/jpeg image/jpg image/pjpeg",
    "PNG": "image/png image/apng image/vnd.mozilla.apng",
    "WebP": "image/webp",
    "GIF": "image/gif",
}
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
HEIF = {b"mif1", b"mif2", b"msf1"}  # brands that HEIC and AVIF files share
TYPES = {"JPEG": "image/jpeg", "WEBP": "image/webp"}
ACCEPTED = "a picture (JPEG, PNG, WebP, GIF), a video (MP4, WebM) or a recording (MP3, M4A, Ogg)"
# Signs that another program would open the picture as a page or a script.
MARKUP = (b"<script", b"<!doctype", b"<?php", b"<iframe", b"<html", b"__halt_compiler")
WINDOW = 64 * 1024
JPEG = {"quality": 80, "optimize": True, "progressive": True}
WEBP = {"quality": 76, "method": 4}


class Written(NamedTuple):
    """One variant: its file name, media type, size in pixels, and content."""

    name: str
    type: str
    width: int
    height: int
    content: bytes


class Picture(NamedTuple):
    """The variants, smallest first, and in each size WebP before JPEG: the last one is the whole picture in the
    format that every program can show. `placeholder` is a tiny picture as a data: URL."""

    variants: list[Written]
    placeholder: str


def sniffed(head: bytes) -> str | None:
    """The format of a picture by its first bytes: a key of `NAMES`; None if it is not an accepted format."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return "GIF" if head[:6] in {b"GIF87a", b"GIF89a"} else None


def refused(head: bytes) -> str | None:
    """The reason to refuse an AVIF or HEIC picture (ISO/IEC 23008-12), with the way to send it instead; None for
    other files."""
    if head[4:8] != b"ftyp":
        return None
    brand, others = head[8:12], head[16:]
    if brand in {b"avif", b"avis"} or (brand in HEIF and b"avi" in others):
        return "is AVIF; send it as JPEG or PNG"
    if brand in HEIC | HEIF:
        return "is HEIC; send it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)"
    return None


def written_anew(file: BinaryIO, most: Bounds = OF_AN_ENTRY) -> Picture:
    """Decode a picture and encode it again: about a second of CPU time for 12 megapixels.

    Of an animated picture only the first frame is kept. No variant is larger than `most`. Raises `Invalid`
    for a broken or too large picture, `Unsupported` for another format.
    """
    file.seek(0)
    kind = sniffed(file.read(16))
    if kind is None:
        raise Unsupported({"file": f"is not {ACCEPTED}"})
    _refuse_doubles(file)
    pixels = decoded(file, kind, most)
    variants = []
    for size in _sizes(pixels.size):
        scaled = pixels if size == pixels.size else pixels.resize(size, Image.Resampling.LANCZOS)
        for suffix, kind, how in (("webp", "WEBP", WEBP), ("jpg", "JPEG", JPEG)):
            content = _encoded(scaled, kind, how)
            variants.append(Written(f"{size[0]}.{suffix}", TYPES[kind], *size, content))
    small = pixels.resize(fitted(pixels.size, TINY), Image.Resampling.LANCZOS, reducing_gap=2.0)
    tiny = _encoded(small, "WEBP", {"quality": 30, "method": 6})
    return Picture(variants, f"data:image/webp;base64,{base64.b64encode(tiny).decode()}")


def _sizes(whole: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes of the variants, smallest first; the last is the whole picture."""
    width, height = whole
    smaller = [step for step in WIDTHS if step < width * 0.8]
    return [(step, max(1, round(height * step / width))) for step in smaller] + [whole]


def _encoded(image: Image.Image, kind: str, how: dict[str, int]) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def _refuse_doubles(file: BinaryIO) -> None:
    """Refuse a picture that is also a document, an archive or a page. Raises `Invalid`."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(WINDOW)
    file.seek(max(0, size - WINDOW))
    tail = file.read(WINDOW)
    file.seek(0)
    also = zipfile.is_zipfile(file) or b"%PDF-" in head + tail or b"Rar!\x1a\x07" in tail
    file.seek(0)
    if also or any(mark in (head + tail).lower() for mark in MARKUP):
        raise Invalid({"file": "is a picture and something else besides; send a plain picture"})
