"""Removes the parts of a picture file that a decoder does not need, and adds a missing end.

Nothing is copied: a spliced file reads parts of the uploaded file.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
# The chunks of a still picture (PNG, third edition, 5.6). Text, times and animation are left out.
PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"iCCP", b"eXIf"}
PNG_END = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
MOST_CHUNKS = 200_000
MOST_PROFILE = 4 * 1024 * 1024  # bytes of an ICC profile; the largest of printers have 3 MB
MOST_EXIF = 1024 * 1024
JPEG_END = b"\xff\xd9"
# Start of frame markers (ITU-T T.81, table B.1).
PROGRESSIVE, SEQUENTIAL = {0xC2, 0xC6, 0xCA, 0xCE}, {0xC0, 0xC1, 0xC5, 0xC9, 0xCD}
# In place of missing coded data a JPEG decoder reads these bytes, and draws noise.
NOISE = bytes((37 * n + 11) % 251 for n in range(64 * 1024))


class Part(NamedTuple):
    """The bytes of the file from `start` up to, not including, `end`."""

    start: int
    end: int


class Spliced(io.RawIOBase):
    """A read-only file made of parts of another file and of given bytes."""

    def __init__(self, file: BinaryIO, parts: Sequence[Part | bytes]) -> None:
        self._file = file
        self._places: list[tuple[int, Part | bytes]] = []
        self._size = self._at = 0
        for part in parts:
            self._places.append((self._size, part))
            self._size += len(part) if isinstance(part, bytes) else part.end - part.start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        for place, part in reversed(self._places):
            if place <= self._at < self._size:
                inside = self._at - place
                if isinstance(part, bytes):
                    found = part[inside : inside + len(buffer)]
                else:
                    self._file.seek(part.start + inside)
                    found = self._file.read(min(len(buffer), part.end - part.start - inside))
                buffer[: len(found)] = found
                self._at += len(found)
                return len(found)
        return 0


def spliced(file: BinaryIO, parts: Sequence[Part | bytes]) -> BinaryIO:
    """A buffered `Spliced` file."""
    return io.BufferedReader(Spliced(file, parts), 64 * 1024)


def still_png(file: BinaryIO) -> BinaryIO:
    """A PNG without text, times, animation and oversized profiles, and with an end chunk.

    Data after a broken chunk stay unchanged: the decoder refuses them.
    """
    parts: list[Part | bytes] = [PNG_HEAD]
    for kind, part in _png_chunks(file):
        if kind not in PNG_CHUNKS or (kind == b"eXIf" and part.end - part.start > MOST_EXIF):
            continue
        if kind == b"iCCP" and not _is_usable_profile(file, part):
            continue
        last = parts[-1]
        if isinstance(last, Part) and last.end == part.start:
            parts[-1] = Part(last.start, part.end)
        else:
            parts.append(part)
    return spliced(file, [*parts, PNG_END])


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, Part]]:
    """The type and the place of each chunk before the end chunk."""
    size, at = file.seek(0, io.SEEK_END), len(PNG_HEAD)
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        end = at + 12 + int(struct.unpack(">I", head[:4])[0])
        yield head[4:], Part(at, min(end, size))
        at = end


def _is_usable_profile(file: BinaryIO, part: Part) -> bool:
    """Whether the profile of an `iCCP` chunk (a name, NUL, 0, then deflated data) can be inflated to at most
    `MOST_PROFILE` bytes."""
    if part.end - part.start > MOST_PROFILE:
        return False
    file.seek(part.start + 8)
    data = file.read(part.end - part.start - 12)
    inflate = zlib.decompressobj()
    try:
        inflate.decompress(data[data.index(b"\0") + 2 :], MOST_PROFILE)
    except (ValueError, zlib.error):
        return False
    return inflate.eof


def ended_jpeg(file: BinaryIO, filler: bytes = b"") -> BinaryIO:
    """A JPEG with the missing end marker (ITU-T T.81, B.1.1.3) added, and `filler` before the marker."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) == b"\xff":  # the first half of a marker
        size -= 1
    return spliced(file, [Part(0, size), filler, JPEG_END])


def needs_all_coefficients(file: BinaryIO) -> bool:
    """Whether a JPEG has several scans, so that a decoder keeps the coefficients of the whole picture in memory."""
    at, components = 2, 0
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[0] != 0xFF:
            return False
        if head[1] in PROGRESSIVE:
            return True
        if head[1] in SEQUENTIAL:
            components = head[9]
        elif head[1] == 0xDA:
            return head[4] < components
        at += 1 if head[1] == 0xFF else 2 + int.from_bytes(head[2:4], "big")
    return False


def has_all_scans(file: BinaryIO) -> bool:
    """Whether a progressive JPEG has started its last scan: the scans so far cover every coefficient of every
    component to its last bit (ITU-T T.81, G.1.1)."""
    file.seek(0)
    data = file.read()
    left: set[tuple[int, int]] = set()
    for at in _markers(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker in PROGRESSIVE and len(body) > 5:
            components = body[6 : 6 + 3 * body[5] : 3]
            left = {(component, n) for component in components for n in range(64)}
        elif marker == 0xDA and len(body) > 3 and len(body) >= 4 + 2 * body[0]:
            first, last, bits = body[-3:]
            if bits & 0x0F == 0:
                for component in body[1 : 1 + 2 * body[0] : 2]:
                    left -= {(component, n) for n in range(first, last + 1)}
    return not left


def _markers(data: bytes) -> Iterator[int]:
    """The places where segments with a length begin."""
    at = 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 4:
        marker = data[at + 1]
        if marker in {0x00, 0xFF, 0x01} or 0xD0 <= marker <= 0xD9:
            at += 1 if marker == 0xFF else 2
            continue
        yield at
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
