"""Pictures, videos and recordings made for the tests, with things in them that no reader may get."""

from __future__ import annotations

import io
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SECRET = "Olena-was-here"
PLACE = ("50.00455", "36.23104")
WORDS = f"-metadata title={SECRET} -metadata comment={SECRET} -metadata location=+50.0045+036.2310/"


def photo(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """Large shapes: the top left is red, whatever the seed."""
    chance = random.Random(seed)
    tones = [chance.randrange(256) for _ in range(4 * 3 * 3)]
    tones[:3] = [230, 20, 20]
    shapes = Image.frombytes("RGB", (4, 3), bytes(tones))
    return shapes.resize((width, height), Image.Resampling.NEAREST)


def jpeg(image: Image.Image | None = None, **how: object) -> bytes:
    return encoded(image or photo(), "JPEG", **how)


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def telling_jpeg(folder: Path) -> bytes:
    """12 megapixels, on its side, with the place and a name in EXIF, XMP, IPTC, comment and thumbnail."""
    path, thumbnail = folder / "telling.jpg", folder / "thumbnail.jpg"
    path.write_bytes(jpeg(photo(4000, 3000)))
    thumbnail.write_bytes(jpeg(photo(160, 120), comment=SECRET.encode()))
    tags = {
        "EXIF:Artist": SECRET, "EXIF:Model": SECRET, "EXIF:SerialNumber": SECRET,
        "EXIF:GPSLatitude": PLACE[0], "EXIF:GPSLatitudeRef": "N",
        "EXIF:GPSLongitude": PLACE[1], "EXIF:GPSLongitudeRef": "E",
        "EXIF:ThumbnailImage<": str(thumbnail), "EXIF:Orientation#": "6",
        "EXIF:DateTimeOriginal": "2022:02:25 14:32:00",
        "XMP:Creator": SECRET, "XMP:GPSLatitude": PLACE[0], "XMP:GPSLongitude": PLACE[1],
        "IPTC:By-line": SECRET, "IPTC:City": SECRET, "Comment": SECRET,
    }  # fmt: skip
    exiftool("-q", "-overwrite_original", *(f"-{k}={v}" for k, v in tags.items()), str(path))
    return path.read_bytes()


def telling_png() -> bytes:
    texts = PngInfo()
    texts.add_text("Author", SECRET)
    texts.add_text("Location", ",".join(PLACE), zip=True)
    texts.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta><a>{SECRET}</a></x:xmpmeta>")
    exif = Image.Exif()
    exif[0x013B] = SECRET
    return encoded(photo().convert("RGBA"), "PNG", pnginfo=texts, exif=exif)


def exiftool(*words: str) -> str:
    done = subprocess.run(["exiftool", *words], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def recording(folder: Path, name: str, more: Sequence[str] = ()) -> bytes:
    """Two seconds of picture and sound, or of sound, that name a place and a person."""
    codecs = {
        "a.mp4": "-c:v libx264 -pix_fmt yuv420p -c:a aac",
        "a.mov": "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart",
        "a.webm": "-c:v libvpx -deadline realtime -c:a libopus",
        "a.m4a": "-map 1 -c:a aac",
        "a.mp3": "-map 1 -c:a libmp3lame",
        "a.ogg": "-map 1 -c:a libopus",
        "v.ogg": "-map 1 -c:a libvorbis",
    }
    sources = "-f lavfi -i testsrc=d=2:s=160x120:r=10 -f lavfi -i sine=d=2"
    command = f"ffmpeg -y -loglevel error {sources} {codecs[name]} {WORDS}".split()
    subprocess.run([*command, *more, str(folder / name)], check=True)
    return (folder / name).read_bytes()


def frames(path: Path) -> list[str]:
    """What a player gets of it: a digest of each packet."""
    command = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-map", "0", "-c", "copy"]
    done = subprocess.run([*command, "-f", "framemd5", "-"], capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    return [line.split(",")[5].strip() for line in lines if not line.startswith("#")]
