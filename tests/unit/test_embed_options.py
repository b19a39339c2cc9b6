"""The widget's options: one list, which the scripts, the desk's form and the documentation agree with."""

from __future__ import annotations

import inspect
import json
import re

import pytest
from paths import ROOT
from starlette.datastructures import QueryParams

from liveblog.content.language import TAGS
from liveblog.store import Show, View
from liveblog.web.desk.codes import FEEDS, text_on
from liveblog.web.desk.embed_page import FIELDS, read
from liveblog.web.public.element import LIMITS
from liveblog.web.public.embed_options import (
    FEW,
    HOST,
    MOST,
    OPTIONS,
    THEMES,
    At,
    Options,
    read_options,
)
from liveblog.web.routes import FORMATS

EMBED = ROOT / "static" / "embed"
WORDPRESS = ROOT / "integrations" / "wordpress" / "liveblog-embed"
NAMES = {option.name for option in OPTIONS}


def listed(script: str, name: str) -> list[str]:
    """The strings of an array in a script."""
    (array,) = re.findall(rf"{name} = \[([^\]]*)\]", (EMBED / script).read_text())
    return re.findall(r'"(\w+)"', array)


def test_the_loader_knows_all_options() -> None:
    assert {*listed("embed.js", "OPTIONS"), "height"} == NAMES


def test_the_element_has_its_options_as_attributes() -> None:
    own = {option.name for option in OPTIONS if At.ELEMENT in option.at}
    # `compact` is for its stylesheet alone.
    known = {*listed("element.js", "observedAttributes"), *listed("element.js", "QUERY"), "compact"}
    assert known == own | {"src"}
    script = (EMBED / "element.js").read_text()
    assert f"LIMIT = {FEW}," in script
    assert f"MOST = {MOST};" in script


def test_the_frame_accepts_the_same_themes() -> None:
    assert f"/^({'|'.join(THEMES)})$/" in (EMBED / "embed-frame.js").read_text()


def php(name: str) -> dict[str, str] | list[str]:
    """A constant of the WordPress plugin's list: its strings, or its values by name."""
    source = (WORDPRESS / "includes" / "class-story.php").read_text()
    (body,) = re.findall(rf"const {name}\s*= array\((.*?)\);", source, re.DOTALL)
    pairs = re.findall(r"'(\w+)'\s*=>\s*(array\([^)]*\)|[\w:']+)", body)
    return dict(pairs) if pairs else re.findall(r"'?(\w+)'?", body)


def bounds(name: str) -> tuple[int, int]:
    """The least and the greatest number that an option accepts."""
    (option,) = (one for one in OPTIONS if one.name == name)
    fitting = [number for number in range(200_000) if option.fits(str(number))]
    assert fitting == list(range(fitting[0], fitting[-1] + 1))
    return fitting[0], fitting[-1]


def longest(name: str) -> int:
    (option,) = (one for one in OPTIONS if one.name == name)
    return next(length for length in range(1_000) if not option.fits("x" * (length + 1)))


def test_the_plugin_for_wordpress_takes_what_the_desk_writes_into_its_code() -> None:
    own = {option.name for option in OPTIONS if At.ELEMENT in option.at} | {"title"}
    assert {*php("NAMES")} == own
    numbers, choices, texts = php("NUMBERS"), php("CHOICES"), php("TEXTS")
    assert isinstance(numbers, dict)
    assert isinstance(choices, dict)
    assert isinstance(texts, dict)
    assert {*numbers, *choices, *texts, "compact"} == own
    for name, accepted in numbers.items():
        assert tuple(map(int, re.findall(r"\d+", accepted))) == bounds(name), name
    for name, characters in texts.items():
        assert int(characters) == longest(name), name
    assert php("LANGUAGES") == list(TAGS)
    assert choices.pop("lang") == "self::LANGUAGES"
    for name, accepted in choices.items():
        (option,) = (one for one in OPTIONS if one.name == name)
        words = set(re.findall(r"'(\w+)'", accepted)) - ({HOST} if name == "theme" else set())
        assert words == set(option.accepted.split(", ")), name
    assert php("DEFAULTS") == {
        option.name: f"'{option.default}'"
        for option in OPTIONS
        if option.name in choices and option.default
    }
    assert php("LIMITS") == [str(limit) for limit in LIMITS]


def test_the_block_for_wordpress_offers_the_same() -> None:
    script = (WORDPRESS / "block" / "editor.js").read_text()
    own = {option.name for option in OPTIONS if At.ELEMENT in option.at} | {"title"}
    block = json.loads((WORDPRESS / "block" / "block.json").read_text())["attributes"]
    assert block.keys() == own | {"story"}
    (named,) = re.findall(r'\["story", ([^\]]*)\]\.map', script)
    assert {*re.findall(r'"(\w+)"', named), "limit", "height", "compact"} == own
    for name in ("limit", "height"):
        least, most = bounds(name)
        assert f"number(text, {least}, {most})" in script
        assert f"min: {least},\n          max: {most}," in script
    assert f"number(given[name], 1, {bounds('height')[1]})" in script
    for name in ("topic", "author", "title"):
        assert re.search(rf'\[\s*"{name}",\s*{longest(name)},', script), name
    (tags,) = re.findall(r"LANGUAGES = \{([^}]*)\}", script)
    assert re.findall(r"(\w+):", tags) == list(TAGS)
    assert f"1 to {MOST}; {FEW} if it is empty" in script


def test_the_frame_and_the_codes_choose_the_same_colour_on_an_accent() -> None:
    script = (EMBED / "embed-frame.js").read_text()
    rule = script[script.index("const [r, g, b]") : script.index("const font")]
    numbers = re.compile(r"(?<![\w#])\d+(?:\.\d+)?\b")
    wanted = set(numbers.findall(inspect.getsource(text_on))) - {"0", "2", "4", "6"}
    assert set(numbers.findall(rule)) == wanted
    assert '> 0.18 ? "#000" : "#fff"' in rule


def test_the_form_asks_for_each_option_and_offers_what_is_accepted() -> None:
    assert FIELDS.keys() == NAMES
    for option in OPTIONS:
        for value, _ in FIELDS[option.name].choices:
            assert not value or option.fits(value), (option.name, value)
        assert not option.default or option.fits(option.default)


def test_each_option_is_documented() -> None:
    page = (ROOT / "docs" / "embedding.md").read_text()
    assert (
        set(re.findall(r"`data-(\w+)`", page.partition("## How large")[0])) - {"liveblog"} == NAMES
    )


def test_the_desk_names_each_format_of_feeds() -> None:
    assert [shape.name for shape in FORMATS] == list(FEEDS)


def test_the_page_takes_what_fits_and_nothing_else() -> None:
    query = QueryParams("limit=9&show=key&order=sideways&topic=%23Kharkiv&compact=1&theme=dark&x=y")
    options, taken = read_options(query)
    assert options == Options(View(Show.KEY, "kharkiv"), 9, None, compact=True)
    assert taken == {"limit": "9", "show": "key", "topic": "#Kharkiv", "compact": "1"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("limit", ("0", "51", "x", "1e3", "٣", "-1")),
        ("height", ("9", "100000", "50%", "x")),
        ("order", ("up",)),
        ("show", ("disputed", "all")),
        ("topic", ("x" * 101,)),
        ("author", ("x" * 101,)),
        ("lang", ("tlh", "EN")),
        ("theme", ("blue",)),
        ("compact", ("yes",)),
        ("title", ("x" * 201,)),
        ("accent", ("red", "#12345", "12345g")),
        ("font", ("a;b", "url(x)", "x" * 201)),
    ],
)
def test_a_wrong_option_is_named_keeps_its_value_and_is_in_no_code(
    name: str, wrong: tuple[str, ...]
) -> None:
    for value in wrong:
        form = read(QueryParams({name: value, "limit" if name != "limit" else "order": ""}))
        assert form.values == {name: value}
        assert form.chosen == {}
        (message,) = form.errors.values()
        assert message.startswith(FIELDS[name].label)
        assert next(option.accepted for option in OPTIONS if option.name == name) in message


def test_what_equals_the_default_is_not_chosen() -> None:
    usual = {option.name: option.default for option in OPTIONS if option.default}
    assert read(QueryParams(usual)).chosen == {}
    form = read(QueryParams(" accent=%23C2132F&title=%20Two%20%0A%20lines%20".strip()))
    assert form.chosen == {"accent": "c2132f", "title": "Two lines"}
