"""Video and sound: what is left of what a file says, and how it is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk_client import Editor
from photos import SECRET, exiftool, frames, recording
from processes import NO_TLS, PATIENCE

from liveblog.content import recordings
from liveblog.errors import Invalid

pytestmark = pytest.mark.anyio

TYPES = {
    "a.mp4": ("video/mp4", "video"),
    "a.mov": ("video/mp4", "video"),
    "a.webm": ("video/webm", "video"),
    "a.m4a": ("audio/mp4", "audio"),
    "a.mp3": ("audio/mpeg", "audio"),
    "a.ogg": ("audio/ogg", "audio"),
    "v.ogg": ("audio/ogg", "audio"),
}


@pytest.fixture
def anybody() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=PATIENCE, trust_env=False, verify=NO_TLS) as client:
        yield client


def cleaned(folder: Path, name: str, content: bytes) -> Path:
    container = recordings.sniffed(content[:64])
    assert container is not None
    clean = folder / f"clean-{name}"
    with (folder / name).open("rb") as raw:
        made = recordings.cleaned(raw, container)
        with made.content as file:
            clean.write_bytes(file.read())
    assert (made.type, made.kind, made.size) == (*TYPES[name], clean.stat().st_size)
    return clean


@pytest.mark.parametrize("name", TYPES)
def test_every_frame_stays_and_nothing_that_the_file_says(tmp_path: Path, name: str) -> None:
    """Bytes between the samples, which only a telemetry track would refer to, go as well."""
    raw = recording(tmp_path, name)
    assert SECRET.encode() in raw
    if name == "a.mp4":
        raw = with_telemetry(raw)
        (tmp_path / name).write_bytes(raw)
    before = frames(tmp_path / name)
    clean = cleaned(tmp_path, name, raw)
    assert SECRET.encode() not in clean.read_bytes()
    assert b"+50.0045" not in clean.read_bytes()
    assert frames(clean) == before
    assert len(before) > 40
    told = exiftool("-a", "-u", "-G1", "-ee", str(clean))
    assert "GPS" not in told
    assert "Encoder" not in told


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.m4a", "a.webm"])
def test_neither_maker_nor_language_stays(tmp_path: Path, name: str) -> None:
    """Cameras write their makers into brands, vendors, and boxes beside how samples are coded."""
    raw = recording(tmp_path, name, "-metadata:s language=ukr -color_trc bt709".split())
    for ours, theirs in ((b"isom", b"pana"), (b"FFMP", b"pana"), (b"pasp", b"MAKR")):
        raw = raw.replace(ours, theirs)
    (tmp_path / name).write_bytes(raw)
    before = frames(tmp_path / name)
    clean = cleaned(tmp_path, name, raw)
    assert frames(clean) == before
    assert not {word for word in (b"pana", b"FFMP", b"MAKR") if word in clean.read_bytes()}
    told = exiftool("-a", "-u", "-G1", "-ee", str(clean))
    assert "ukr" not in told
    assert "Language Code             : uk" not in told
    assert "Panasonic" not in told


def test_a_language_beside_long_times_goes_and_the_duration_stays(tmp_path: Path) -> None:
    raw = with_long_times(recording(tmp_path, "a.mp4", "-metadata:s language=ukr".split()))
    (tmp_path / "a.mp4").write_bytes(raw)
    of_tracks = ("-a", "-u", "-G1", "-MediaLanguageCode", "-MediaDuration")
    before = exiftool(*of_tracks, str(tmp_path / "a.mp4"))
    assert "ukr" in before
    clean = cleaned(tmp_path, "a.mp4", raw)
    told = exiftool(*of_tracks, str(clean))
    assert "ukr" not in told
    assert told.count("Media Duration") == 2
    assert told.replace("und", "ukr") == before
    assert frames(clean) == frames(tmp_path / "a.mp4")


def with_long_times(boxes: bytes) -> bytes:
    """The same MP4 with times and durations of 64 bits (version 1 of `mdhd`); its index comes last."""
    made = b""
    while boxes:
        size, name = int.from_bytes(boxes[:4], "big"), boxes[4:8]
        body, boxes = boxes[8:size], boxes[size:]
        if name in {b"moov", b"trak", b"mdia"}:
            body = with_long_times(body)
        elif name == b"mdhd":
            begun, changed, scale, duration = (body[at : at + 4] for at in (4, 8, 12, 16))
            wide = bytes(4).join((b"", begun, changed)) + scale + bytes(4) + duration
            body = b"\1" + body[1:4] + wide + body[20:]
        made += (8 + len(body)).to_bytes(4, "big") + name + body
    return made


def with_telemetry(raw: bytes) -> bytes:
    """Something behind the last sample, within the media data (its offsets stay)."""
    place = raw.index(b"mdat") - 4
    size = int.from_bytes(raw[place : place + 4], "big")
    more = b"freeGPS +50.0045+036.2310 " + SECRET.encode()
    whole = (size + len(more)).to_bytes(4, "big") + raw[place + 4 : place + size] + more
    return raw[:place] + whole + raw[place + size :]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.ogg", "a.mp3"])
def test_broken_ones_are_refused(tmp_path: Path, name: str) -> None:
    raw = recording(tmp_path, name)
    for broken in (raw[:200], raw[:40] + bytes(200)):
        path = tmp_path / "broken"
        path.write_bytes(broken)
        with (
            path.open("rb") as file,
            pytest.raises(Invalid, match=r"file: is .*(broken|cut short)"),
        ):
            recordings.cleaned(file, recordings.sniffed(raw[:64]) or "").content.close()


def test_ranges_are_served_as_the_standard_says(
    editor: Editor, anybody: httpx2.Client, tmp_path: Path
) -> None:
    raw = recording(tmp_path, "a.mp3")
    made = uploaded(editor, raw, "a.mp3", "audio/mpeg")
    assert (made["kind"], made["variants"][0]["type"]) == ("audio", "audio/mpeg")
    editor.post(editor.story(), media=[made["id"]])
    whole = anybody.get(made["url"])
    size, tag = len(whole.content), whole.headers["etag"]
    assert (whole.headers["accept-ranges"], whole.headers["content-length"]) == ("bytes", str(size))
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        (f"bytes={size - 5}-", size - 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=10-{size * 2}", 10, size),
        (f"bytes=-{size * 2}", 0, size),
    ):
        part = anybody.get(made["url"], headers={"Range": asked, "If-Range": tag})
        assert part.status_code == 206, asked
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert part.content == whole.content[start:end]
    for asked in (f"bytes={size}-", "bytes=-0"):
        none = anybody.get(made["url"], headers={"Range": asked})
        assert (none.status_code, none.headers["content-range"]) == (416, f"bytes */{size}")
    for headers in (
        {"Range": "bytes=9-2"},
        {"Range": "bytes=a-b"},
        {"Range": "bytes=-"},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "bytes=0-1", "If-Range": '"another"'},
    ):
        assert anybody.get(made["url"], headers=headers).status_code == 200, headers
    head = anybody.head(made["url"])
    assert (head.headers["content-length"], head.content) == (str(size), b"")


def uploaded(editor: Editor, content: bytes, name: str, kind: str) -> dict[str, Any]:
    answer = editor.http.post("/api/media", files={"file": (name, content, kind)})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
