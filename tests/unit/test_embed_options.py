"""The widget's options: one list, which the scripts, the desk's form and the documentation agree with."""

from __future__ import annotations

import re

import pytest
from paths import ROOT
from starlette.datastructures import QueryParams

from liveblog.store import Show, View
from liveblog.web.desk.codes import FEEDS
from liveblog.web.desk.embed_page import FIELDS, read
from liveblog.web.public.embed_options import FEW, MOST, OPTIONS, THEMES, At, Options, read_options
from liveblog.web.routes import FORMATS

EMBED = ROOT / "static" / "embed"
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
