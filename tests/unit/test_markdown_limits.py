"""What a text may cost is counted, and what is over it is refused in words that say what is accepted."""

from __future__ import annotations

import re

import pytest

from liveblog.content.markup.markdown import rendered, rendered_if_short
from liveblog.errors import Invalid

TAKEN = {
    "a long report": (
        "The mayor said that **water** is back in [most](https://example.org/a) districts, at 14:30.\n\n"
        * 680
    ),
    "a table of places": "| a | b | c |\n|---|---|---|\n" + "| Kharkiv | 12 | hit |\n" * 1_500,
    "as many columns as are accepted": "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "|a" * 50 + "|",
    "a list of names": "- Somebody\n" * 4_000,
    "code": "```\n" + "|a[*_<&\n" * 7_000 + "```",
}


@pytest.mark.parametrize("what", TAKEN)
def test_what_people_write_is_taken_whole(what: str) -> None:
    html = rendered(TAKEN[what]).html
    words = re.findall(r"\w+", TAKEN[what])[-1]
    assert words in html


def test_one_rendering_gives_html_links_and_whether_there_is_anything_to_see() -> None:
    found = rendered(
        "Words https://example.org/b\n\nhttps://example.org/a\n\nhttps://example.org/a"
    )
    assert found.links == ("https://example.org/a",)
    assert found.html.count('<a href="https://example.org/a"') == 2
    assert not found.blank
    assert rendered("[a]: b").blank


def test_what_is_short_is_rendered_alike_and_what_is_not_goes_elsewhere() -> None:
    text = "**Two** were hurt, says [the mayor](https://example.org).\n\n- one\n- two"
    assert rendered_if_short(text) == rendered(text)
    for dear in ("[" * 3_000, "a\n\n" * 1_000, "x" * 5_000, "<https://a.b>" * 60):
        assert rendered_if_short(dear) is None
    with pytest.raises(Invalid):  # at once: no more work will change it
        rendered_if_short("> " * 30 + "a")
