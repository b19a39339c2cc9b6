"""Ogg with Opus or Vorbis (RFC 3533, RFC 7845, Vorbis I): the comments, which may hold any text, become spaces.

Pages keep their offsets and lengths. Only the pages with comments get new contents and a new checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from liveblog.content.recordings.broken import Broken

HEAD = struct.Struct("<4sBBqIIIB")
FIRST = 2  # the flag of a stream's first page
# By the first bytes of a stream: the first bytes of its comments, and the bytes that must end them (Vorbis has a
# framing bit).
CODECS = {b"OpusHead": (b"OpusTags", b""), b"\x01vorbis": (b"\x03vorbis", b"\x01")}


class Page(NamedTuple):
    """A page by its offsets in bytes: `start`, `body` after the head, `end`. `lacing` is its segment table."""

    start: int
    flags: int
    serial: int
    lacing: bytes
    body: int
    end: int


def scrub(file: BinaryIO) -> tuple[str, str, str]:
    """Blank the comments in place: `(kind, media type, suffix)`. Raises `Broken`."""
    file.seek(0)
    data = bytearray(file.read())
    streams: dict[int, list[Page]] = {}
    codecs: dict[int, bytes] = {}
    for page in _pages(data):
        if page.flags & FIRST:
            begins = bytes(data[page.body : page.body + 8])
            codec = next((one for one in CODECS if begins.startswith(one)), None)
            if codec is None or page.serial in codecs:
                raise Broken("in a codec that is not accepted in Ogg; send Opus or Vorbis")
            codecs[page.serial] = codec
        if page.serial not in codecs:
            raise Broken("a broken Ogg")
        streams.setdefault(page.serial, []).append(page)
    if not codecs:
        raise Broken("a broken Ogg")
    for serial, pages in streams.items():
        _blank_comments(data, pages[1:], *CODECS[codecs[serial]])
    file.seek(0)
    file.write(data)
    return "audio", "audio/ogg", "ogg"


def _pages(data: bytearray) -> Iterator[Page]:
    place = 0
    while place < len(data):
        if len(data) - place < HEAD.size:
            raise Broken("cut short, or a broken Ogg")
        name, version, flags, _, serial, _, _, segments = HEAD.unpack_from(data, place)
        body = place + HEAD.size + segments
        lacing = bytes(data[place + HEAD.size : body])
        end = body + sum(lacing)
        if name != b"OggS" or version != 0 or end > len(data):
            raise Broken("cut short, or a broken Ogg")
        yield Page(place, flags, serial, lacing, body, end)
        place = end


def _blank_comments(data: bytearray, pages: list[Page], begins: bytes, ends: bytes) -> None:
    """Replace the first packet of these pages, the comments. It may span several pages. Raises `Broken`."""
    pieces: list[tuple[Page, int]] = []
    for page in pages:
        length = 0
        for size in page.lacing:
            length += size
            if size < 255:
                break
        pieces.append((page, length))
        if any(size < 255 for size in page.lacing):
            break
    total = sum(length for _, length in pieces)
    first = pieces[0][0] if pieces else None
    if first is None or data[first.body : first.body + len(begins)] != begins:
        raise Broken("a broken Ogg")
    packet = blank(begins, ends, total)
    for page, length in pieces:
        data[page.body : page.body + length], packet = packet[:length], packet[length:]
        data[page.start + 22 : page.start + 26] = bytes(4)
        data[page.start + 22 : page.start + 26] = struct.pack(
            "<I", _checksum(data[page.start : page.end])
        )


def blank(begins: bytes, ends: bytes, total: int) -> bytes:
    """A packet of `total` bytes with no comments: its vendor is spaces.

    `begins` and `ends` are the first and the last bytes of the packet. Raises `Broken` if `total` is too small.
    """
    room = total - len(begins) - 8 - len(ends)
    if room < 0:
        raise Broken("a broken Ogg")
    return begins + struct.pack("<I", room) + b" " * room + struct.pack("<I", 0) + ends


def _checksum(data: bytearray) -> int:
    """CRC-32 of polynomial 0x04C11DB7, without reflection (RFC 3533, 6)."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ TABLE[crc >> 24 ^ byte]
    return crc


def _row(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


TABLE = tuple(_row(value) for value in range(256))
