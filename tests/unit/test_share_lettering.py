"""Share pictures: what is drawn, in which order, and what is left out."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from photos import jpeg, photo
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFont, features

from liveblog.content.share import card, fonts, lettering
from liveblog.content.share.card import BADGES, GROUND, INK, LIVE, MOST_BYTES, PAPER, SOFT, drawn
from liveblog.content.share.lettering import Direction, Style, clean, fitted, legible, runs, width
from liveblog.resources import folder

PLAIN = card.Share(
    title="Shelling of the city continues",
    masthead="The Example Courier",
    status="Live",
    live=True,
    when="25 February 2026, 14:32 EET",
)
ARABIC = PLAIN._replace(
    title="القوات تنسحب من خاركيف", language="ar", direction="rtl", turned="rtl"
)
TITLE = 64, 120, 1136, 530  # the place of the headline where there is nothing above it
NOISE = jpeg(Image.effect_noise((1600, 900), 120).convert("RGB"))


@pytest.fixture(params=["shaped by Pillow", "shaped here"])
def shaping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """With FriBiDi, and on a machine that has none."""
    shaped = request.param == "shaped by Pillow"
    if shaped and not fonts.can_shape():
        pytest.skip("FriBiDi is not installed")
    kept = (fonts.can_shape, fonts.faces, fonts.font)
    for one in kept:
        one.cache_clear()
    monkeypatch.setattr(features, "check", lambda _: shaped)
    yield shaped
    for one in kept:
        one.cache_clear()


def opened(file: bytes) -> Image.Image:
    assert len(file) <= MOST_BYTES
    with Image.open(io.BytesIO(file)) as image:
        assert (image.format, image.size) == ("PNG", (1200, 630))
        assert not {"exif", "xmp", "icc_profile"} & image.info.keys()
        return image.convert("RGB")


def share_of(image: Image.Image, colour: str, box: tuple[int, int, int, int]) -> float:
    """How much of a part of the picture has nearly a colour."""
    part = image.crop(box)
    away = ImageChops.difference(part, Image.new("RGB", part.size, colour)).convert("L")
    near = sum(away.histogram()[:12])
    return near / (part.width * part.height)


@pytest.mark.usefixtures("shaping")
def test_the_headline_is_drawn() -> None:
    one, other = opened(drawn(PLAIN)), opened(drawn(PLAIN._replace(title="Ceasefire agreed")))
    assert share_of(one, PAPER, TITLE) > 0.03
    assert ImageChops.difference(one.crop(TITLE), other.crop(TITLE)).getbbox()


@pytest.mark.parametrize("tone", BADGES)
def test_how_sure_it_is_stands_out(tone: str) -> None:
    without, image = opened(drawn(PLAIN)), opened(drawn(PLAIN._replace(sure="Unsure", tone=tone)))
    badge = 64, 132, 250, 190
    assert share_of(image, BADGES[tone], badge) > 0.4
    assert share_of(image, INK, badge) > 0.05
    assert share_of(without, BADGES[tone], (0, 0, 1200, 630)) < 0.001


def test_a_retracted_headline_is_struck() -> None:
    struck, disputed = (
        opened(drawn(PLAIN._replace(sure="Unsure", tone=tone)))
        for tone in ("retracted", "disputed")
    )
    under_the_badge = 64, 214, 1136, 530
    assert share_of(struck, BADGES["retracted"], under_the_badge) > 0.002
    assert share_of(disputed, BADGES["disputed"], under_the_badge) < 0.0005


def test_live_is_red_and_ended_is_not() -> None:
    foot = 64, 546, 200, 589
    assert share_of(opened(drawn(PLAIN)), LIVE, foot) > 0.3
    ended = opened(drawn(PLAIN._replace(live=False, status="Ended")))
    assert share_of(ended, LIVE, foot) == 0


def luminance(colour: tuple[int, ...]) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [value / 255 for value in colour]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_text_has_contrast_on_any_picture(direction: Direction) -> None:
    """White snow is the worst."""
    nothing = PLAIN._replace(title="", masthead="", status="", when="", direction=direction)
    image = opened(drawn(nothing, jpeg(Image.new("RGB", (960, 640), "white"))))
    if direction == "rtl":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    worst = max(
        (image.getpixel((x, 300)) for x in range(64, 64 + card.NARROW)),
        key=luminance,  # type: ignore[arg-type]  # RGB
    )
    for colour in (PAPER, SOFT):
        assert contrast(ImageColor.getrgb(colour), worst) >= 4.5  # type: ignore[arg-type]  # RGB
    assert image.getpixel((1190, 300)) > (200, 200, 200)  # type: ignore[operator]  # the picture is seen


def test_words_on_colours_have_contrast() -> None:
    pairs = [(colour, INK) for colour in BADGES.values()]
    for one, other in [*pairs, (LIVE, PAPER), (SOFT, INK), (GROUND, PAPER), (GROUND, SOFT)]:
        assert contrast(ImageColor.getrgb(one), ImageColor.getrgb(other)) >= 4.5, (one, other)


@pytest.mark.usefixtures("shaping")
def test_arabic_is_joined_and_runs_from_right_to_left() -> None:
    """The letters of a word in the forms of their places, the last one first (Unicode, presentation forms B)."""
    line = runs("خاركيف", Style("ar", "rtl"))
    assert [[hex(ord(one)) for one in run.text] for run in line] == [
        ["0xfed2", "0xfef4", "0xfedb", "0xfead", "0xfe8e", "0xfea7"]
    ]


def test_arabic_looks_as_harfbuzz_draws_it() -> None:
    if not fonts.can_shape():
        pytest.skip("FriBiDi is not installed")
    text = "القوات تنسحب من خاركيف"
    path = str(folder("fonts") / "NotoSansArabic.ttf")
    raqm = ImageFont.truetype(path, 60, layout_engine=ImageFont.Layout.RAQM)
    raqm.set_variation_by_axes([700])
    there, here = Image.new("L", (1000, 120)), Image.new("L", (1000, 120))
    ImageDraw.Draw(there).text((20, 80), text, fill=255, font=raqm, anchor="ls", direction="rtl")
    style = Style("ar", "rtl", 60)
    lettering.write(ImageDraw.Draw(here), (20, 80), text, style, "white")
    assert there.getbbox() is not None
    assert abs(width(text, style) - raqm.getlength(text, direction="rtl")) < 12
    differing = sum(ImageChops.difference(there, here).histogram()[128:])
    assert differing < 0.25 * sum(there.histogram()[128:])


@pytest.mark.parametrize(
    ("text", "direction", "seen"),
    [
        ("אבג (xyz) 12", "rtl", "12 (xyz) גבא"),
        ("אבג (דה) 12", "rtl", "12 (הד) גבא"),
        ("abc (אבג) x", "ltr", "abc (גבא) x"),
        ("abc «אבג» [def", "rtl", "def] «גבא» abc"),
        ("5 > 3", "ltr", "5 > 3"),
    ],
)
def test_both_directions_in_one_line(text: str, direction: str, seen: str) -> None:
    line = runs(text, Style("he", direction))  # type: ignore[arg-type]
    assert "".join(run.text for run in line) == seen


def test_an_arabic_card_begins_at_the_right() -> None:
    image = opened(drawn(ARABIC))
    box = image.crop(TITLE).convert("L").point(lambda value: 255 * (value > 128)).getbbox()
    assert box is not None
    assert box[0] > 100
    assert box[2] > 1060


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ceasefire agreed 🎉🎉 today", "Ceasefire agreed today"),
        ("Rescued 👨‍👩‍👧‍👦", "Rescued"),
        ("He said \U000e0041 so\ue000 on Tuesday", "He said so on Tuesday"),
        ("The word \U0001e900\U0001e901 was said by two people", "The word … was said by two people"),
        ("\U0001e900\U0001e901 \U0001e902 \U0001e903 ok", ""),
        ("🎉🎉", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_no_glyph_that_is_missing_is_drawn(text: str, shown: str) -> None:
    """Neither as a box nor as a word that lacks a letter. If too little remains, nothing is."""
    assert legible(text, "en") == shown


def test_a_title_that_cannot_be_drawn_leaves_the_masthead_and_the_badge() -> None:
    share = PLAIN._replace(title="\U0001e900\U0001e901", sure="Unverified", tone="unverified")
    image = opened(drawn(share))
    assert share_of(image, PAPER, (64, 240, 1136, 400)) > 0.02
    assert share_of(image, BADGES["unverified"], (64, 150, 400, 206)) > 0.2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\u202eb\u2066c\u200bd\x00\x1b[31m", "abcd[31m"),
        ("two\nlines\t here\u2028", "two lines here"),
        ("e" + "\u0301\u0316\u0317\u0318" * 50, "é\u0316\u0317"),
        ("x" * 100_000, "x" * lettering.LONGEST),
    ],
)
def test_hostile_text_is_cleaned(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.usefixtures("shaping")
@pytest.mark.parametrize(
    "title",
    [
        "Long words and more words that go on and on " * 10,
        "W" * 400,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 4,
        "القوات الروسية تنسحب من ضواحي " * 12,
        "ב" * 400,
    ],
)
def test_a_long_title_fits_and_its_end_is_marked(title: str) -> None:
    style, box = Style("en"), (760, 400)
    text = fitted(legible(title, "en"), style, card.SIZES, box, card.LEADING)
    assert text.lines
    assert all(width(line, text.style) <= box[0] for line in text.lines)
    assert len(text.lines) * text.style.size * card.LEADING <= box[1] + text.style.size
    assert text.whole == (not text.lines[-1].endswith("…"))
    assert not text.whole or len(title) < 400


def test_a_line_is_shortened_between_words() -> None:
    style = Style("en")
    most = width("Shelling of the ci…", style)
    assert lettering.shortened("Shelling of the city", style, most) == "Shelling of the…"
    assert lettering.shortened("Shelling of the city", style, 1000) == "Shelling of the city"
    assert lettering.shortened("Shellingofthecity", style, 100).endswith("…")


def test_a_short_title_is_set_larger_than_a_long_one() -> None:
    box = (1072, 380)
    short = fitted("Ceasefire", Style("en"), card.SIZES, box, card.LEADING)
    longer = fitted("Long words and more " * 8, Style("en"), card.SIZES, box, card.LEADING)
    assert short.style.size == card.SIZES[0] > longer.style.size
    assert longer.whole


@pytest.mark.parametrize("title", ["Shelling " * 40, "القوات تنسحب " * 30, PLAIN.title])
@pytest.mark.parametrize(
    "behind", [NOISE, jpeg(photo(1200, 800)), jpeg(photo(100, 4000)), b"no picture"]
)
def test_it_is_small_whatever_is_behind(title: str, behind: bytes) -> None:
    opened(drawn(PLAIN._replace(title=title), behind))


def test_a_picture_with_too_many_pixels_is_left_out() -> None:
    large = jpeg(Image.new("RGB", (3000, 2000), "white"))
    assert drawn(PLAIN, large) == drawn(PLAIN)


def test_the_same_content_gives_the_same_file() -> None:
    behind = jpeg(photo(1200, 800))
    assert drawn(ARABIC, behind) == drawn(ARABIC, behind)


def test_our_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder("fonts") / "OFL.txt").read_text()
    for letter in "aЖїΩשعԱა":
        assert legible(letter * 3, "en") == letter * 3
