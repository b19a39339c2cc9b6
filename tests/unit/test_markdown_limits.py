"""What a text may cost is counted, and what is over it is refused in words that say what is accepted."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from bad_requests import check_problem
from desk_client import Editor
from hypothesis import given, settings
from hypothesis import strategies as st

from liveblog.content.markup.markdown import rendered, rendered_if_short
from liveblog.errors import Invalid

SIZE = 64 * 1024
CPU_SECONDS = 3.0  # the dearest that was found takes a tenth of it


def filled(unit: str) -> str:
    return unit * (SIZE // len(unit.encode()))


REFUSED = {
    "columns": ("|a" * 3000 + "|\n" + "|-" * 3000 + "|\n", "too many columns; at most 50"),
    "cells": ("|a|b|\n|-|-|\n" + "|a|b|\n" * 3_000, "too many cells in tables; at most 5,000"),
    "rows filled up": ("|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "x\n" * 200, "too many cells"),
    "small tables": ("a|b\n-|-\n\n" * 3_000, "too many cells"),
    "paragraphs": ("a\n\n" * 20_000, "too many short lines"),
    "items": ("- a\n" * 10_000, "too many short lines"),
    "lines in quotes": (">>>>>>>>a\n" + "b\n" * 10_000, "too many short lines"),
    "brackets": ("[" * 40_000, "too many marks; at most 30,000"),
    "emphasis": (filled("*a **a "), "too many marks"),
    "references": (
        f"[a]: https://example.org/{'b' * 2_000}\n\n" + "[a] " * 5_000,
        "repeats long addresses",
    ),
    "nesting": ("> " * 30 + "a", "too many lists or quotations in each other; at most 9"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_over_a_limit_is_refused_by_name(editor: Editor, what: str) -> None:
    text, why = REFUSED[what]
    slug = editor.story()
    answer = editor.http.post(f"/api/stories/{slug}/entries", json={"body": text})
    check_problem(answer, 422, {"body": why})
    assert editor.head(slug) == 0


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


# What begins, ends or resembles markup, and what may stand between.
PIECES = st.sampled_from(
    [
        *"*_~`[]()<>|\\!&#-+=:\"' \n\ta1",
        *("\n\n", "**", "](", "[a]: b", "](<", "](b \"", "```", "~~~", "<http://a", "&#x", "&amp;", "\n> ",
          "\n- ", "\n1. ", "\n|-|-|\n", "|a|b|", "    ", "  \n", "\n===\n", "https://a/(", "a@b", "\n# ",
          "[a][b]", "\\\n", "「", "é", "\u0301"),
    ]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=8).map("".join), min_size=1, max_size=4))
def test_no_text_takes_long_whatever_it_repeats(units: list[str]) -> None:
    share = SIZE // len(units)
    text = "".join(unit * (share // len(unit.encode())) for unit in units)
    html = ""
    begun = time.process_time()
    with suppress(Invalid):
        html = rendered(text).html
    assert len(html) < 4 * 1024 * 1024
    assert time.process_time() - begun < CPU_SECONDS
