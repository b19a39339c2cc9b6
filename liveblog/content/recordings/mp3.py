"""MP3 (ISO/IEC 11172-3): only the frames are kept.

Tags (ID3, APE, Lyrics3) are removed wherever they stand: before, between or after the frames.
"""

from __future__ import annotations

from typing import BinaryIO

from liveblog.content.recordings.broken import Broken

# Bit rates of layer III in kbit/s: for MPEG-1, then for MPEG-2 and 2.5. Sample rates of MPEG-1 in Hz.
RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
HERTZ = (44100, 48000, 32000)
MPEG_1, MPEG_2, MPEG_25 = 3, 2, 0


def frame_bytes(head: bytes) -> int:
    """The length in bytes of the frame that begins with these four bytes; 0 if they begin no frame."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, hertz = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer != 1 or rate in {0, 15} or hertz == 3:
        return 0
    bits = RATES[version != MPEG_1][rate] * 1000
    per_second = HERTZ[hertz] >> {MPEG_1: 0, MPEG_2: 1, MPEG_25: 2}[version]
    return (144 if version == MPEG_1 else 72) * bits // per_second + (head[2] >> 1 & 1)


def scrub(file: BinaryIO) -> tuple[str, str, str]:
    """Remove everything but the frames, in place: `(kind, media type, suffix)`. Raises `Broken`."""
    file.seek(0)
    data = file.read()
    frames, place = [], _begin(data)
    while place < len(data):
        length = frame_bytes(data[place : place + 4])
        if length and place + length <= len(data):
            frames.append(data[place : place + length])
            place += length
        else:
            place = _next(data, place + 1)
    if len(frames) < 3:
        raise Broken("a broken MP3")
    file.seek(0)
    file.writelines(frames)
    file.truncate()
    return "audio", "audio/mpeg", "mp3"


def _begin(data: bytes) -> int:
    """The place of the first frame, after the ID3v2 tags. Their length is written in bytes of seven bits."""
    place = 0
    while data[place : place + 3] == b"ID3" and place + 10 <= len(data):
        high, upper, lower, low = data[place + 6 : place + 10]
        place += 10 + (high << 21 | upper << 14 | lower << 7 | low)
    return place if frame_bytes(data[place : place + 4]) else _next(data, place)


def _next(data: bytes, place: int) -> int:
    """The place of the next two adjacent frames; the length of the data if there are none.

    One frame alone does not count, because the text of a tag may look like one.
    """
    while (place := data.find(b"\xff", place)) >= 0:
        length = frame_bytes(data[place : place + 4])
        if length and frame_bytes(data[place + length : place + length + 4]):
            return place
        place += 1
    return len(data)
