"""Pictures as phones and newsrooms send them: what is taken, at which sizes, and in how much memory."""

from __future__ import annotations

import asyncio
import fcntl
import io
import json
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from desk_client import Editor, add_token
from photos import encoded, jpeg, photo
from PIL import Image, ImageChops, ImageCms, ImageFilter
from PIL.PngImagePlugin import PngInfo
from processes import PATIENCE, Server, command_line, gone
from uploads import upload, uploaded

from liveblog.content import decoding
from liveblog.content.pictures import OF_A_CARD, OF_AN_ENTRY, written_anew
from liveblog.content.pixels import Bounds, fitted
from liveblog.errors import Invalid
from liveblog.newsroom.decoder import Decoder

RED, WHITE = (230, 20, 20), (255, 255, 255)
CHANCE = random.Random(11)
FIGURE = 300  # MiB: docs/media.md
PHOTO_FIGURE = 120


def texts(kind: str) -> PngInfo:
    """1.2 MB when compressed."""
    text, info = "".join(CHANCE.choices("abcdefghijklmnop", k=2_400_000)), PngInfo()
    getattr(info, f"add_{kind}")("Comment", text, zip=True)
    return info


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def see_through(image: Image.Image) -> Image.Image:
    clear = image.convert("RGBA")
    clear.putalpha(0)
    return clear


def png_of(width: int, height: int, depth: int, kind: int, row: bytes) -> bytes:
    """With rows that are all the same; made without the memory that it takes to decode."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    deflate, lines = zlib.compressobj(1), b"\0" + row
    data = b"".join(deflate.compress(lines) for _ in range(height)) + deflate.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


PHOTO = photo(600, 400)
COLOURS = PHOTO.quantize(16)
FRAMES = [photo(600, 400, seed) for seed in (2, 3)]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
# What came, and the colour of its first pixel.
TAKEN: dict[str, tuple[Callable[[], bytes], tuple[int, int, int]]] = {
    "png_large_itxt": (lambda: encoded(PHOTO, "PNG", pnginfo=texts("itxt")), RED),
    "png_large_ztxt": (lambda: encoded(PHOTO, "PNG", pnginfo=texts("text")), RED),
    "png_large_profile": (
        lambda: encoded(PHOTO, "PNG", icc_profile=CHANCE.randbytes(1_500_000)), RED,
    ),
    "png_swelling_profile": (lambda: encoded(PHOTO, "PNG", icc_profile=bytes(60_000_000)), RED),
    "jpeg_large_profile": (
        lambda: encoded(PHOTO, "JPEG", icc_profile=CHANCE.randbytes(1_500_000)), RED,
    ),
    "webp_large_profile": (
        lambda: encoded(PHOTO, "WEBP", icc_profile=CHANCE.randbytes(1_500_000)), RED,
    ),
    "profile_of_other_colours": (lambda: encoded(PHOTO, "JPEG", icc_profile=LAB), RED),
    "profile_of_grey": (lambda: encoded(PHOTO.convert("L"), "JPEG", icc_profile=SRGB), (83,) * 3),
    "jpeg_without_end": (lambda: jpeg(PHOTO)[:-2], RED),
    "jpeg_with_half_an_end": (lambda: jpeg(PHOTO)[:-1], RED),
    "jpeg_progressive": (lambda: encoded(PHOTO, "JPEG", progressive=True), RED),
    "jpeg_progressive_without_end": (lambda: encoded(PHOTO, "JPEG", progressive=True)[:-2], RED),
    "jpeg_with_trailer": (lambda: jpeg(PHOTO) + bytes(1000), RED),
    "jpeg_of_inks": (lambda: encoded(PHOTO.convert("CMYK"), "JPEG"), RED),
    "jpeg_broken_exif": (lambda: encoded(PHOTO, "JPEG", exif=b"Exif\0\0nothing"), RED),
    "png_without_end": (lambda: encoded(PHOTO, "PNG")[:-12], RED),
    "png_16_bits": (lambda: encoded(Image.new("I;16", (600, 400), 0x8000), "PNG"), (128,) * 3),
    "png_grey_and_alpha": (lambda: encoded(PHOTO.convert("LA"), "PNG"), (83,) * 3),
    "png_black_and_white": (lambda: encoded(Image.new("1", (600, 400), 1), "PNG"), WHITE),
    "png_transparent": (lambda: encoded(see_through(PHOTO), "PNG"), WHITE),
    "png_palette_transparent": (
        lambda: encoded(COLOURS, "PNG", transparency=COLOURS.getpixel((5, 5))), WHITE,
    ),
    "gif_transparent": (
        lambda: encoded(COLOURS, "GIF", transparency=COLOURS.getpixel((5, 5))), WHITE,
    ),
    "gif_without_end": (lambda: encoded(COLOURS, "GIF")[:-1], RED),
    "gif_moving": (lambda: encoded(PHOTO, "GIF", save_all=True, append_images=FRAMES), RED),
    "webp_moving": (lambda: encoded(PHOTO, "WEBP", save_all=True, append_images=FRAMES), RED),
    "png_moving": (lambda: encoded(PHOTO, "PNG", save_all=True, append_images=FRAMES), RED),
    "jpeg_of_a_phone": (lambda: encoded(PHOTO, "MPO", save_all=True, append_images=FRAMES), RED),
}  # fmt: skip


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_sent_as_a_picture_is_taken(what: str) -> None:
    content, first = TAKEN[what]
    picture = written_anew(io.BytesIO(content()))
    assert [(v.type, v.width, v.height) for v in picture.variants] == [
        ("image/webp", 600, 400),
        ("image/jpeg", 600, 400),
    ]
    with Image.open(io.BytesIO(picture.variants[-1].content)) as image:
        found = image.convert("RGB").getpixel((5, 5))
        assert not {"exif", "icc_profile", "comment"} & image.info.keys()
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, first, strict=True)) <= 12


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_as_its_file_says(kind: str) -> None:
    """Each corner is where Exif's eight orientations have it (CIPA DC-008, tag Orientation)."""
    for orientation in range(1, 9):
        content = encoded(PHOTO, kind, exif=turned(orientation))
        whole = written_anew(io.BytesIO(content)).variants[-1]
        assert (whole.width, whole.height) == ((600, 400) if orientation < 5 else (400, 600))
        left, top = orientation in {1, 4, 5, 8}, orientation in {1, 2, 5, 6}
        at = (5 if left else whole.width - 6, 5 if top else whole.height - 6)
        with Image.open(io.BytesIO(whole.content)) as image:
            red, green, blue = image.getpixel(at)  # type: ignore[misc]  # RGB
        assert (red > 200, green < 60, blue < 60) == (True, True, True), orientation


def fine_grained(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB").filter(ImageFilter.BLUR)


CUT = {
    "jpeg_in_half": lambda: half(jpeg(fine_grained(800, 600))),
    "jpeg_tenth_missing": lambda: jpeg(fine_grained(800, 600))[:-9000],
    "jpeg_in_half_with_noise_behind": lambda: half(jpeg(fine_grained(800, 600))) + bytes(200),
    "jpeg_progressive_in_half": lambda: half(jpeg(fine_grained(800, 600), progressive=True)),
    "jpeg_progressive_last_scan_missing": lambda: without_last_scan(
        jpeg(fine_grained(800, 600), progressive=True)
    ),
    "jpeg_turned_in_half": lambda: half(jpeg(fine_grained(800, 600), exif=turned(6))),
    "png_in_half": lambda: half(encoded(fine_grained(300, 200), "PNG")),
    "webp_in_half": lambda: half(encoded(fine_grained(300, 200), "WEBP")),
    "gif_in_half": lambda: half(encoded(fine_grained(300, 200).quantize(64), "GIF")),
}


def in_three_scans(side: int) -> bytes:
    """A grey square as a sequential JPEG with a scan for each component, of which a decoder keeps all coefficients."""
    small = encoded(Image.new("RGB", (8, 8), "grey"), "JPEG", subsampling=0)
    head = bytearray(small[: small.index(b"\xff\xda")])
    frame = head.index(b"\xff\xc0")
    head[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    scans = b""
    for component, coded in ((1, b"\x28\xa2\x8a"), (2, bytes(2)), (3, bytes(2))):  # four blocks
        scan = b"\xff\xda\0\x08\x01" + bytes([component, 0 if component == 1 else 0x11, 0, 63, 0])
        scans += scan + coded * (-((-side // 8) ** 2) // 4 + 1)
    return bytes(head) + scans + b"\xff\xd9"


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_last_scan(content: bytes) -> bytes:
    return content[: content.rindex(b"\xff\xda")]


@pytest.mark.parametrize("what", CUT)
def test_a_picture_that_is_not_whole_is_refused(what: str) -> None:
    with pytest.raises(Invalid, match="is broken or cut short; send the picture again"):
        written_anew(io.BytesIO(CUT[what]()))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: png_of(1, 49_000, 1, 0, b"\0"), "at most 32000 pixels are accepted"),
        (lambda: png_of(8000, 7000, 8, 0, bytes(8000)), "at most 50 megapixels"),
        (lambda: encoded(Image.new("RGB", (4100, 4000)), "WEBP", method=0), "at most 13 megapixels"),
        (
            lambda: encoded(Image.new("RGB", (6000, 6000)), "JPEG", progressive=True, subsampling=0),
            "at most 30 megapixels",
        ),
        (lambda: in_three_scans(7000), "at most 30 megapixels"),
    ],
)  # fmt: skip
def test_what_takes_too_much_memory_is_refused_before_it_is_decoded(
    content: Callable[[], bytes], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        written_anew(io.BytesIO(content()))


@pytest.mark.parametrize(
    ("size", "written"),
    [
        ((8, 8), (8, 8)),
        ((300, 200), (300, 200)),
        ((4000, 3000), (1920, 1440)),
        ((3000, 4000), (1920, 2560)),
        ((1320, 2868), (1178, 2560)),  # a phone's screen
        ((1080, 12_000), (1080, 12_000)),  # a page on it
        ((1440, 30_000), (786, 16_383)),
        ((3000, 16_000), (1080, 5760)),
        ((12_000, 1080), (12_000, 1080)),
        ((2000, 30_000), (1033, 15_492)),
        ((1, 32_000), (1, 16_383)),
    ],
)
def test_a_long_picture_keeps_a_width_at_which_it_can_be_read(
    size: tuple[int, int], written: tuple[int, int]
) -> None:
    assert fitted(size, OF_AN_ENTRY) == written
    assert written[0] * written[1] <= 1.001 * OF_AN_ENTRY.area
    width, height = fitted(size, OF_A_CARD)
    assert width <= OF_A_CARD.width
    assert height <= OF_A_CARD.height


def test_what_is_scaled_in_bands_is_as_if_scaled_at_once() -> None:
    image = fine_grained(1600, 1500)
    whole = written_anew(io.BytesIO(encoded(image, "PNG")), Bounds(700, 700)).variants[-1]
    out = io.BytesIO()
    image.resize((700, 656), Image.Resampling.LANCZOS).save(
        out, "JPEG", quality=80, optimize=True, progressive=True
    )
    with Image.open(io.BytesIO(whole.content)) as made, Image.open(out) as expected:
        difference = ImageChops.difference(made, expected).convert("L")
    assert max(difference.tobytes()) <= 12  # of 255, after JPEG


def test_contents_decide_what_a_file_is(editor: Editor) -> None:
    """Whatever its name and its sender say: a WebP that a browser saved as .jpg is one."""
    webp, png = encoded(PHOTO, "WEBP"), encoded(photo(200, 100), "PNG")
    for content, name, kind, width in (
        (webp, "download.jpg", "image/jpeg", 600),
        (jpeg(), "screen.png", "image/png", 640),
        (png, "photo.heic", "image/heic", 200),
        (png, "notes.txt", "text/plain", 200),
        (png, "", "", 200),
    ):
        made = uploaded(editor, content, name=name or "x", kind=kind or "application/octet-stream")
        assert [v["type"] for v in made["variants"][:2]] == ["image/webp", "image/jpeg"]
        assert made["width"] == width


def family(pid: int) -> Iterator[int]:
    """A process and all that come of it."""
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                # Between vfork(2) and exec(2), a child shows its parent's memory as its own.
                if command_line(int(child)) != command_line(pid):
                    yield from family(int(child))


def resident(pid: int) -> int:
    """MiB."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return 0


class Peak:
    """How much more memory a server's processes take together, at most, than at the beginning."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._before = self.highest = self._now()
        self._thread = threading.Thread(target=self._watch)

    def _now(self) -> int:
        return sum(map(resident, set(family(self._server.pid))))

    def _watch(self) -> None:
        while not self._ended.wait(0.005):  # the kernel tells nobody
            self.highest = max(self.highest, self._now())

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def more(self) -> int:
        return self.highest - self._before


def test_pictures_take_no_more_memory_than_the_docs_say(
    shared_server: Server, editor: Editor
) -> None:
    seven = png_of(7000, 7000, 8, 2, b"\xe6\x14\x14" * 7000)
    long = encoded(Image.new("RGB", (1600, 31_000), RED), "PNG", compress_level=1)
    webp = encoded(Image.new("RGB", (3600, 3600), RED), "WEBP", method=0)
    figures = {}
    for name, content, most in (
        ("12 megapixels", jpeg(photo(4000, 3000)), PHOTO_FIGURE),
        ("7000x7000", seven, FIGURE),
        ("1600x31000", long, FIGURE),
        ("webp", webp, FIGURE),
    ):
        with Peak(shared_server) as peak:
            assert upload(editor, content).status_code == 201, name
        figures[name] = peak.more
        assert 20 < peak.more <= most, figures
    thin = upload(editor, png_of(1, 49_000_000 // 1000, 1, 0, b"\0"))
    assert thin.status_code == 422
    assert "longest side" in thin.text


def decoders(server: Server) -> list[int]:
    """Those that are bound to their limits, and so to their server."""
    found = []
    for pid in family(server.pid):
        if "liveblog.content.decoding" in command_line(pid):
            with suppress(FileNotFoundError, ProcessLookupError):
                if str(decoding.MEMORY) in Path(f"/proc/{pid}/limits").read_text():
                    found.append(pid)
    return found


@contextmanager
def being_decoded(server: Server, editor: Editor) -> Iterator[tuple[int, list[int]]]:
    """The process that decodes a picture, which stands still; and the status of the answer when it came."""
    statuses: list[int] = []

    def send() -> None:
        with suppress(Exception):  # of a server that is killed there is no answer
            statuses.append(upload(editor, jpeg(fine_grained(1500, 1000))).status_code)

    sending = threading.Thread(target=send)
    sending.start()
    until = time.monotonic() + PATIENCE
    while not (found := decoders(server)):
        assert time.monotonic() < until
    os.kill(found[0], signal.SIGSTOP)
    try:
        yield found[0], statuses
    finally:
        with suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGCONT)
        sending.join(PATIENCE)


def test_a_decoder_that_dies_refuses_its_picture_and_nothing_else(
    shared_server: Server, editor: Editor
) -> None:
    with being_decoded(shared_server, editor) as (decoder, statuses):
        assert editor.http.get("/livez").status_code == 200
        os.kill(decoder, signal.SIGSEGV)
    assert statuses == [422]
    assert uploaded(editor)["width"] == 640


@pytest.mark.anyio
async def test_a_killed_server_leaves_no_decoder(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        editor = Editor(server.url, add_token(server.env))
        with being_decoded(server, editor) as (decoder, _):
            server.kill()
            await gone([decoder])
        editor.close()


@pytest.mark.anyio
async def test_all_processes_together_decode_two_at_once(tmp_path: Path) -> None:
    """Other processes hold both turns, as this test does."""
    decoder, places = Decoder(tmp_path), [tmp_path / f"decoding.{number}" for number in range(2)]
    with places[0].open("ab") as first, places[1].open("ab") as second:
        for place in (first, second):
            fcntl.flock(place, fcntl.LOCK_EX)
        waiting = asyncio.create_task(decoder.written_anew(io.BytesIO(jpeg()), OF_AN_ENTRY))
        done, _ = await asyncio.wait([waiting], timeout=1)
        assert not done
        for place in (first, second):
            fcntl.flock(place, fcntl.LOCK_UN)
        picture = await asyncio.wait_for(waiting, PATIENCE)
    assert picture.variants[-1].width == 640


def test_a_decoder_may_have_no_more_memory_than_its_limit(tmp_path: Path) -> None:
    """Also where it was judged too low what a picture takes."""
    start = "from liveblog.content import decoding; decoding.MEMORY = 60 << 20; decoding.main(*sys.argv[1:])"
    (tmp_path / "large.png").write_bytes(png_of(5000, 5000, 8, 2, bytes(15_000)))
    with (tmp_path / "large.png").open("rb") as file:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                f"import sys; {start}",
                json.dumps(OF_AN_ENTRY),
                str(os.getpid()),
            ],
            stdin=file,
            capture_output=True,
            check=True,
        )
    message = "takes too much memory to decode; send a smaller picture"
    assert json.loads(done.stdout) == {"status": 422, "fields": {"file": message}}
