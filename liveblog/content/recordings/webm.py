"""WebM (RFC 8794, RFC 9559): only the frames, and the elements that a player needs, are kept.

Any other element becomes a `Void` of zeros with the same length: titles, times, tags, attachments, chapters, names
of tracks and of programs.
"""

from __future__ import annotations

import mmap
from typing import BinaryIO, NamedTuple

from liveblog.content.recordings import ogg
from liveblog.content.recordings.broken import Broken

VOID = 0xEC
EBML, SEGMENT, CLUSTER, TRACKS, INFO = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0x1654AE6B, 0x1549A966
TRACK, TRACK_TYPE, CODEC_PRIVATE = 0xAE, 0x83, 0x63A2
PICTURE, SOUND = 1, 2
OPEN = -1  # an unknown length: the element ends at the next one of its level
# The children that each element keeps, by the numbers of RFC 9559.
KEPT: dict[int, frozenset[int]] = {
    EBML: frozenset({0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285}),
    SEGMENT: frozenset({0x114D9B74, INFO, TRACKS, CLUSTER, 0x1C53BB6B}),
    INFO: frozenset({0x2AD7B1, 0x4489, 0x4D80, 0x5741}),
    TRACKS: frozenset({TRACK}),
    TRACK: frozenset(
        {
            0xD7,
            0x73C5,
            TRACK_TYPE,
            0xB9,
            0x88,
            0x55AA,
            0x9C,
            0x23E383,
            0x86,
            CODEC_PRIVATE,
        }
        | {0x56AA, 0x56BB, 0xE0, 0xE1, 0x55EE, 0x6DE7, 0x6DF8}
    ),
    CLUSTER: frozenset({0xE7, 0xA7, 0xAB, 0xA3, 0xA0}),
}
# The names of the programs that wrote the file. The elements are mandatory, so their text becomes spaces.
NAMES = frozenset({0x4D80, 0x5741})


class Element(NamedTuple):
    """An element by its offsets in bytes: `start` of its head, `body` after the head, `end`."""

    id: int
    start: int
    body: int
    end: int  # or OPEN


class Scrub:
    """Removes the metadata of one file in place. `types` are the track types that were found."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.types: set[int] = set()

    def run(self) -> None:
        """Raises `Broken`."""
        place, seen = 0, []
        while place < len(self.data):
            one = self._element(place, len(self.data))
            seen.append(one.id)
            end = len(self.data) if one.end == OPEN else one.end
            if one.id == EBML and b"webm" in self.data[one.body : end]:
                self._within(one, end)
            elif one.id == SEGMENT:
                self._segment(one.body, end)
            elif one.id != VOID:
                raise Broken("not a WebM; Matroska is not accepted")
            else:
                self._blank(one)
            place = end
        if seen[:2] != [EBML, SEGMENT] or not self.types:
            raise Broken("a broken WebM")

    def _segment(self, place: int, end: int) -> None:
        while place < end:
            one = self._element(place, end)
            if one.id == CLUSTER and one.end == OPEN:
                place = self._open_cluster(one.body, end)
                continue
            if one.end == OPEN:
                raise Broken("a broken WebM")
            if one.id not in KEPT[SEGMENT]:
                self._blank(one)
            elif one.id in KEPT:
                self._within(one, one.end)
            place = one.end

    def _open_cluster(self, place: int, end: int) -> int:
        """Clean a cluster of unknown length, as live recordings have them. Returns the place of its end."""
        while place < end:
            one = self._element(place, end)
            if one.id in KEPT[SEGMENT] or one.id.bit_length() > 24:
                return place
            if one.end == OPEN:
                raise Broken("a broken WebM")
            if one.id not in KEPT[CLUSTER]:
                self._blank(one)
            place = one.end
        return end

    def _within(self, parent: Element, end: int) -> None:
        place = parent.body
        while place < end:
            one = self._element(place, end)
            if one.end == OPEN:
                raise Broken("a broken WebM")
            if one.id not in KEPT[parent.id]:
                self._blank(one)
            elif one.id in NAMES:
                self.data[one.body : one.end] = b" " * (one.end - one.body)
            elif one.id == TRACK:
                self._within(one, one.end)
            elif one.id == CODEC_PRIVATE:
                self._blank_comments(one)
            elif one.id == TRACK_TYPE:
                kind = int.from_bytes(self.data[one.body : one.end], "big")
                if kind not in {PICTURE, SOUND}:
                    raise Broken("a WebM with more than picture and sound; leave out subtitles")
                self.types.add(kind)
            place = one.end

    def _blank_comments(self, private: Element) -> None:
        """Blank the comments of Vorbis, which stand between its two other headers."""
        start = self.data.find(b"\x03vorbis", private.body, private.end)
        end = self.data.find(b"\x05vorbis", max(start, 0), private.end)
        if start >= 0 and end >= 0:
            self.data[start:end] = ogg.blank(b"\x03vorbis", b"\x01", end - start)

    def _element(self, place: int, end: int) -> Element:
        """The element at `place`, which must not reach beyond `end`. Raises `Broken`."""
        identity, body = self._number(place, end, marked=True)
        length, body = self._number(body, end, marked=False)
        if length != OPEN and body + length > end:
            raise Broken("cut short, or a broken WebM")
        return Element(identity, place, body, OPEN if length == OPEN else body + length)

    def _number(self, place: int, end: int, *, marked: bool) -> tuple[int, int]:
        """A number of variable length (RFC 8794, 4), with or without its length marker, and the place after it.

        Raises `Broken`.
        """
        first = self.data[place] if place < end else 0
        width = 9 - first.bit_length()
        if first == 0 or place + width > end:
            raise Broken("cut short, or a broken WebM")
        value = int.from_bytes(self.data[place : place + width], "big")
        if marked:
            return value, place + width
        bare = value & (1 << 7 * width) - 1
        return (OPEN if bare == (1 << 7 * width) - 1 else bare), place + width

    def _blank(self, one: Element) -> None:
        """Replace an element by a `Void` of the same total length.

        Its length field takes up to eight bytes, so that any total length is possible.
        """
        whole = one.end - one.start
        width = min(8, whole - 1)
        length = whole - 1 - width
        mark = 1 << 7 * width
        self.data[one.start : one.end] = (
            bytes([VOID]) + (mark | length).to_bytes(width, "big") + bytes(length)
        )


def scrub(file: BinaryIO) -> tuple[str, str, str]:
    """Remove the metadata in place: `(kind, media type, suffix)`. Raises `Broken`."""
    file.flush()
    with mmap.mmap(file.fileno(), 0) as data:
        found = Scrub(data)
        found.run()
        data.flush()
    if PICTURE in found.types:
        return "video", "video/webm", "webm"
    return "audio", "audio/webm", "weba"
