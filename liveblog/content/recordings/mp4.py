"""MP4, M4A and QuickTime (ISO/IEC 14496-12; QuickTime File Format): only picture and sound tracks are kept.

Any other box becomes a `free` box of zeros with the same size. Media data that no kept track refers to becomes
zeros. This removes places (`©xyz`, `loci`), devices, timed metadata of phones and action cameras, and telemetry
between the samples. Recording times are set to zero, languages to undetermined. The names of encoders and
vendors in the sample descriptions are removed too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from liveblog.content.recordings.broken import Broken

Tree = Mapping[bytes, "Tree | None"]

MOST_INDEX = 64 * 1024 * 1024  # bytes of `moov`: enough for hours
ZEROS = bytes(1024 * 1024)
LEAF: Tree | None = None
TABLES = "stsd stts ctts cslg stss sdtp stsc stsz stz2 stco co64 sgpd sbgp"
KEPT: Tree = {
    b"mvhd": LEAF,
    b"trak": {
        b"tkhd": LEAF,
        b"edts": {b"elst": LEAF},
        b"mdia": {
            b"mdhd": LEAF,
            b"hdlr": LEAF,
            b"minf": {
                b"vmhd": LEAF,
                b"smhd": LEAF,
                b"hdlr": LEAF,
                b"dinf": {b"dref": LEAF},
                b"stbl": {name.encode(): LEAF for name in TABLES.split()},
            },
        },
    },
}
# The codecs that browsers play. With other codecs, samples may be at places that this module does not know.
CODECS = {
    b"vide": {b"avc1", b"avc3", b"hvc1", b"hev1", b"vp08", b"vp09", b"av01", b"mp4v"},
    b"soun": {b"mp4a", b"Opus", b"alac", b"fLaC", b"ac-3", b"ec-3", b".mp3"},
}
TIMED = {b"mvhd", b"tkhd", b"mdhd"}
UNDETERMINED = b"\x55\xc4"  # the language "und" (ISO/IEC 14496-12, 8.4.2.3)
# Brands that name a kind of file. Others may name the maker of a camera.
BRANDS = {f"{name:4}".encode() for name in (
    "isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 avc1 av01 M4V M4A qt 3gp4 3gp5 3gp6".split()
)}  # fmt: skip
MOST_BRANDS = 1024  # bytes
# Boxes about the coding, shape and colours of samples. Other boxes there may identify the file's author.
CODING = {name.encode() for name in (
    "avcC hvcC lhvC vpcC av1C avcE hvcE dvcC dvvC dvwC esds dOps dfLa alac dac3 dec3 colr pasp clap btrt"
    " fiel gama mdcv clli chan chnl srat wave frma mp4a enda"
).split()}  # fmt: skip
COLOURS = {b"nclx", b"nclc"}  # colour parameters; a whole colour profile is removed
END = bytes(4)  # ends a list in QuickTime
# Offsets in bytes of the boxes within a sample description: for pictures, and for sound by its version
# (1 and 2 are QuickTime's).
OF_PICTURES: tuple[int, ...] = (86,)
OF_SOUND: dict[int, tuple[int, ...]] = {0: (36,), 1: (52, 36), 2: (72, 36)}


class Box(NamedTuple):
    """A box by its offsets in bytes: `start` of its head, `body` after the head, `end` after the body."""

    type: bytes
    start: int
    body: int
    end: int


def scrub(file: BinaryIO) -> tuple[str, str, str]:
    """Remove the metadata in place: `(kind, media type, suffix)`. Raises `Broken`."""
    size = file.seek(0, 2)
    data, index = [], None
    for box in _top(file, size):
        if box.type == b"mdat":
            data.append(box)
        elif box.type == b"moov" and index is None:
            index = box
        elif box.type in {b"moof", b"sidx", b"styp"}:
            raise Broken("a fragmented MP4; export it as an ordinary one")
        elif box.type == b"ftyp":
            _keep_plain_brands(file, box)
        else:
            _blank(file, box)
    if index is None or not data or index.end - index.body > MOST_INDEX:
        raise Broken("a broken MP4")
    file.seek(index.body)
    tables = bytearray(file.read(index.end - index.body))
    try:
        handlers, ranges = _scrub_index(tables)
    except (struct.error, IndexError, ValueError):
        raise Broken("a broken MP4") from None
    file.seek(index.body)
    file.write(tables)
    for box in data:
        _keep_only(file, box, ranges)
    if b"vide" in handlers:
        return "video", "video/mp4", "mp4"
    return "audio", "audio/mp4", "m4a"


def _top(file: BinaryIO, size: int) -> Iterator[Box]:
    place = 0
    while place < size:
        file.seek(place)
        head = file.read(16)
        box = _box(head, 0, size - place)
        yield Box(box.type, place, place + box.body, place + box.end)
        place += box.end


def _box(data: bytes | bytearray, start: int, end: int) -> Box:
    """The box that begins at `start` and must not reach beyond `end`. Raises `Broken`."""
    if end - start < 8:
        raise Broken("a broken MP4")
    length, kind = struct.unpack_from(">I4s", data, start)
    body = start + 8
    if length == 1 and end - start >= 16:
        (length,) = struct.unpack_from(">Q", data, start + 8)
        body = start + 16
    elif length == 0:
        length = end - start
    if not body - start <= length <= end - start:
        raise Broken("cut short, or a broken MP4")
    return Box(kind, start, body, start + length)


def _children(data: bytearray, start: int, end: int) -> Iterator[Box]:
    while end - start >= 8:
        box = _box(data, start, end)
        yield box
        start = box.end
    data[start:end] = bytes(end - start)  # QuickTime ends some lists with four bytes of zero


def _blank(file: BinaryIO, box: Box) -> None:
    file.seek(box.start + 4)
    file.write(b"free")
    _zero(file, box.body, box.end)


def _keep_plain_brands(file: BinaryIO, box: Box) -> None:
    """Replace brands that are not in `BRANDS` by `isom`, and set the version to zero. Raises `Broken`."""
    if box.end - box.body > MOST_BRANDS:
        raise Broken("a broken MP4")
    file.seek(box.body)
    said = file.read(box.end - box.body)
    brands = [said[place : place + 4] for place in range(0, len(said) - 3, 4)]
    brands = [one if one in BRANDS else b"isom" for one in brands]
    brands[1:2] = [bytes(4)] * len(brands[1:2])  # the version of the first brand
    file.seek(box.body)
    file.write(b"".join(brands).ljust(len(said), b"\0"))


def _zero(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        start += file.write(ZEROS[: end - start])


def _scrub_index(data: bytearray) -> tuple[set[bytes], list[tuple[int, int]]]:
    """Remove the metadata from the body of `moov`, in place. Raises `Broken`.

    Returns the handlers of the kept tracks, and the ranges of their samples in the file, sorted, in bytes.
    """
    handlers: set[bytes] = set()
    ranges: list[tuple[int, int]] = []
    for box in _children(data, 0, len(data)):
        if box.type == b"mvex":
            raise Broken("a fragmented MP4; export it as an ordinary one")
        if box.type == b"trak":
            handler = _handler(data, box)
            if handler not in CODECS:
                _blank_within(data, box)
                continue
            _scrub_tree(data, box, KEPT[b"trak"])
            handlers.add(handler)
            ranges += _samples(data, box, handler)
        elif box.type in KEPT:
            _scrub_leaf(data, box)
        else:
            _blank_within(data, box)
    if not handlers:
        raise Broken("an MP4 without picture and sound that browsers play")
    return handlers, sorted(ranges)


def _find(data: bytearray, box: Box, *path: bytes) -> Box | None:
    for name in path:
        found = [one for one in _children(data, box.body, box.end) if one.type == name]
        if not found:
            return None
        box = found[0]
    return box


def _handler(data: bytearray, track: Box) -> bytes:
    found = _find(data, track, b"mdia", b"hdlr")
    return bytes(data[found.body + 8 : found.body + 12]) if found else b""


def _scrub_tree(data: bytearray, parent: Box, kept: Tree | None) -> None:
    for box in _children(data, parent.body, parent.end):
        if kept is None or box.type not in kept:
            _blank_within(data, box)
        elif kept[box.type] is LEAF:
            _scrub_leaf(data, box)
        else:
            _scrub_tree(data, box, kept[box.type])


def _blank_within(data: bytearray, box: Box) -> None:
    data[box.start + 4 : box.start + 8] = b"free"
    data[box.body : box.end] = bytes(box.end - box.body)


def _scrub_leaf(data: bytearray, box: Box) -> None:
    if box.type in TIMED:
        times = 16 if data[box.body] == 1 else 8
        _put(data, box, box.body + 4, bytes(times))
        if box.type == b"mdhd":
            # The language follows the two times, the scale (4 bytes) and the duration (as long as one time).
            _put(data, box, box.body + 8 + times + times // 2, UNDETERMINED)
    elif box.type == b"hdlr":  # the name of the handler may name the device
        data[box.body + 12 : box.end] = bytes(box.end - box.body - 12)
    elif box.type == b"dref":
        for entry in _children(data, box.body + 8, box.end):
            data[entry.body + 4 : entry.end] = bytes(max(0, entry.end - entry.body - 4))


def _put(data: bytearray, box: Box, place: int, new: bytes) -> None:
    """Write `new` at `place`. Raises `Broken` if it reaches beyond the box."""
    if place + len(new) > box.end:
        raise Broken("a broken MP4")
    data[place : place + len(new)] = new


def _scrub_description(data: bytearray, entry: Box, handler: bytes) -> None:
    """Remove vendor and encoder from a sample description, in place. Raises `Broken`."""
    if handler == b"vide":
        _put(data, entry, entry.start + 16, bytes(16))  # the vendor in QuickTime, unused in MP4
        _put(data, entry, entry.start + 50, bytes(32))  # the compressor's name
        places = OF_PICTURES
    else:
        (version,) = struct.unpack_from(">H", data, entry.start + 16)
        _put(data, entry, entry.start + 18, bytes(6))
        places = OF_SOUND.get(version, OF_SOUND[0])
    for place in places:
        try:
            boxes = list(_children(data, entry.start + place, entry.end))
        except Broken:
            continue
        return _scrub_coding(data, boxes)
    raise Broken("a broken MP4")


def _scrub_coding(data: bytearray, boxes: list[Box]) -> None:
    for box in boxes:
        profile = box.type == b"colr" and bytes(data[box.body : box.body + 4]) not in COLOURS
        if box.type == END:
            data[box.body : box.end] = bytes(box.end - box.body)
        elif box.type not in CODING or profile:
            _blank_within(data, box)
        elif box.type == b"wave":
            _scrub_coding(data, list(_children(data, box.body, box.end)))


def _samples(data: bytearray, track: Box, handler: bytes) -> Iterator[tuple[int, int]]:
    """The range of each chunk of a track in the file, `(start, end)` in bytes. Raises `Broken`."""
    tables = _find(data, track, b"mdia", b"minf", b"stbl")
    boxes = {box.type: box for box in _children(data, tables.body, tables.end)} if tables else {}
    if not {b"stsd", b"stsc"} <= boxes.keys():
        raise Broken("a broken MP4")
    for entry in _children(data, boxes[b"stsd"].body + 8, boxes[b"stsd"].end):
        if entry.type not in CODECS[handler]:
            name = entry.type.decode("latin-1")
            raise Broken(f"in a codec that browsers do not play ({name!r}); send H.264 and AAC")
        _scrub_description(data, entry, handler)
    sizes = _sizes(data, boxes)
    chunks = _offsets(data, boxes)
    (runs,) = struct.unpack_from(">I", data, boxes[b"stsc"].body + 4)
    steps = [
        struct.unpack_from(">II", data, boxes[b"stsc"].body + 8 + 12 * run) for run in range(runs)
    ]
    sample = 0
    for number, (first, each) in enumerate(steps):
        last = steps[number + 1][0] if number + 1 < len(steps) else len(chunks) + 1
        for chunk in range(first, min(last, len(chunks) + 1)):
            length = sum(sizes[sample : sample + each]) if isinstance(sizes, list) else sizes * each
            sample += each
            yield chunks[chunk - 1], chunks[chunk - 1] + length


def _sizes(data: bytearray, boxes: Mapping[bytes, Box]) -> list[int] | int:
    """The size of each sample in bytes, or one size for all of them. Raises `Broken`."""
    box = boxes.get(b"stsz")
    if box is None:
        raise Broken("an MP4 of an uncommon kind; export it as an ordinary one")
    all_of_them, count = struct.unpack_from(">II", data, box.body + 4)
    if all_of_them:
        return int(all_of_them)
    return list(struct.unpack_from(f">{count}I", data, box.body + 12))


def _offsets(data: bytearray, boxes: Mapping[bytes, Box]) -> list[int]:
    """The offset of each chunk in the file, in bytes. Raises `Broken`."""
    box = boxes.get(b"stco") or boxes.get(b"co64")
    if box is None:
        raise Broken("a broken MP4")
    (count,) = struct.unpack_from(">I", data, box.body + 4)
    letter = "I" if box.type == b"stco" else "Q"
    return list(struct.unpack_from(f">{count}{letter}", data, box.body + 8))


def _keep_only(file: BinaryIO, box: Box, ranges: list[tuple[int, int]]) -> None:
    """Overwrite with zeros everything in a box of media data that is outside `ranges`."""
    place = box.body
    for start, end in ranges:
        if end <= place or start >= box.end:
            continue
        _zero(file, place, min(start, box.end))
        place = max(place, end)
    _zero(file, place, box.end)
