"""No text takes long, whatever it repeats."""

from __future__ import annotations

import time
from contextlib import suppress

from filled_texts import SIZE
from hypothesis import given, settings
from hypothesis import strategies as st

from liveblog.content.markup.markdown import rendered
from liveblog.errors import Invalid

CPU_SECONDS = 3.0  # the dearest that was found takes a tenth of it


# What begins, ends or resembles markup, and what may stand between.
PIECES = st.sampled_from(
    [
        *"*_~`[]()<>|\\!&#-+=:\"' \n\ta1",
        *("\n\n", "**", "](", "[a]: b", "](<", "](b \"", "```", "~~~", "<http://a", "&#x", "&amp;", "\n> ",
          "\n- ", "\n1. ", "\n|-|-|\n", "|a|b|", "    ", "  \n", "\n===\n", "https://a/(", "a@b", "\n# ",
          "[a][b]", "\\\n", "「", "é", "\u0301"),
    ]
)  # fmt: skip


@settings(max_examples=25)
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
