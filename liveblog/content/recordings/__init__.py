"""Uploaded video and sound, without their metadata.

The samples are not encoded again, because there is no encoder. In a copy of the file, each part of the container
that is not on an allow-list is overwritten in place, so that no offset changes (docs/media.md).
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from liveblog.content.recordings import mp3, mp4, ogg, webm
from liveblog.content.recordings.broken import Broken
from liveblog.errors import Invalid


class Recording(NamedTuple):
    """A cleaned recording.

    `kind` is `video` or `audio`, `type` the media type, `size` in bytes. `content` is a temporary file, positioned
    at its beginning. The caller closes it.
    """

    kind: str
    type: str
    suffix: str
    size: int
    content: BinaryIO


FORMATS: dict[str, Callable[[BinaryIO], tuple[str, str, str]]] = {
    "MP4": mp4.scrub,
    "WebM": webm.scrub,
    "MP3": mp3.scrub,
    "Ogg": ogg.scrub,
}


def sniffed(head: bytes) -> str | None:
    """The container by its first bytes: a key of `FORMATS`; None if it is not accepted."""
    if head[4:8] in {b"ftyp", b"moov", b"wide"}:
        return "MP4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "WebM"
    if head.startswith(b"OggS"):
        return "Ogg"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and mp3.frame_bytes(head)):
        return "MP3"
    return None


def cleaned(file: BinaryIO, container: str) -> Recording:
    """A copy without metadata. `container` is a key of `FORMATS`. Raises `Invalid` if the file is not accepted."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
    try:
        file.seek(0)
        shutil.copyfileobj(file, copy, 1024 * 1024)
        kind, media_type, suffix = FORMATS[container](copy)
    except Broken as error:
        copy.close()
        raise Invalid({"file": f"is {error}"}) from None
    except BaseException:
        copy.close()
        raise
    size = copy.seek(0, io.SEEK_END)
    copy.seek(0)
    return Recording(kind, media_type, suffix, size, copy)
