"""Files that are uploaded, and those that no upload takes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import httpx2
from desk_client import Editor
from photos import encoded, jpeg, photo
from PIL import Image

# What exiftool says of any file, and what every JPEG or WebP must say of its pixels.
HARMLESS = {
    "SourceFile", "ExifTool:ExifToolVersion", "JFIF:JFIFVersion", "JFIF:ResolutionUnit",
    "JFIF:XResolution", "JFIF:YResolution", "Composite:ImageSize", "Composite:Megapixels",
    "RIFF:VP8Version", "RIFF:HorizontalScale", "RIFF:VerticalScale", "RIFF:ImageWidth",
    "RIFF:ImageHeight",
}  # fmt: skip


def upload(
    client: Editor, content: bytes, name: str = "photo.jpg", kind: str = "image/jpeg", **said: str
) -> httpx2.Response:
    return client.http.post("/api/media", files={"file": (name, content, kind)}, data=said)


def uploaded(client: Editor, content: bytes | None = None, **more: str) -> dict[str, Any]:
    answer = upload(client, content or jpeg(), **more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb() -> bytes:
    """3.6 gigapixels in a few hundred bytes."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(60_001))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("secret.txt", "text")
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


REFUSED = {
    "bomb": (bomb(), "a.png", "image/png", 422, "too many pixels"),
    "many_pixels": (
        encoded(Image.new("1", (9000, 9000)), "PNG"),
        "a.png", "image/png", 422, "too many pixels",
    ),
    "svg": (SVG, "a.svg", "image/svg+xml", 415, "is not a picture"),
    "svg_as_png": (SVG, "a.png", "image/png", 415, "is not a picture"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic", "image/heic", 415, "is HEIC; send it as JPEG"),
    "heic_as_video": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a.mp4", "video/mp4", 415, "is HEIC; send it as JPEG"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "a.avif", "image/avif", 415, "is AVIF; send it as JPEG or PNG"),
    "avif_by_another_brand": (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "a.avif", "image/avif", 415, "is AVIF"),
    "pdf": (b"%PDF-1.7\n...", "a.pdf", "application/pdf", 415, "is not a picture"),
    "archive": (archive(), "a.docx", "application/zip", 415, "is not a picture"),
    "page": (b"<!doctype html><p>", "a.html", "text/html", 415, "is not a picture"),
    "empty": (b"", "a.jpg", "image/jpeg", 415, "is not a picture"),
    "cut_short": (jpeg(photo(1600, 1200))[:9000], "a.jpg", "image/jpeg", 422, "cut short"),
    "cut_png": (encoded(photo(900, 900), "PNG")[:500], "a.png", "image/png", 422, "cut short"),
    "with_archive": (jpeg() + archive(), "a.jpg", "image/jpeg", 422, "something else besides"),
    "with_page": (
        encoded(photo(), "JPEG", comment=b"<script>alert(1)</script>"),
        "a.jpg", "image/jpeg", 422, "something else besides",
    ),
    "with_pdf": (jpeg() + b"%PDF-1.7", "a.jpg", "image/jpeg", 422, "something else besides"),
}  # fmt: skip
