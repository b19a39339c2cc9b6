"""Addresses in what programs get of an entry are whole."""

from __future__ import annotations

import pytest

from liveblog.web.entry_json import with_whole_addresses


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ('<a href="/a">x</a>', '<a href="https://n.example/a">x</a>'),
        ("<a href='/a'>x</a>", '<a href="https://n.example/a">x</a>'),
        ('<a href="#e1">x</a>', '<a href="https://n.example/stories/s#e1">x</a>'),
        ('<a href="/a?b=1&amp;c=2">x</a>', '<a href="https://n.example/a?b=1&amp;c=2">x</a>'),
        ('<a title="href=\'/a\' > b" href="/a">x</a>', '<a title="href=\'/a\' > b" href="https://n.example/a">x</a>'),
        (
            """<a title="x src='/y onmouseover=alert(1) z'" href="/a">x</a>""",
            """<a title="x src='/y onmouseover=alert(1) z'" href="https://n.example/a">x</a>""",
        ),
        ('<p>href="/a" src="/b" &lt;a href="/a"&gt;</p>', '<p>href="/a" src="/b" &lt;a href="/a"&gt;</p>'),
        ('<img src="data:image/png;base64,AA/B+=">', '<img src="data:image/png;base64,AA/B+=">'),
        ('<source srcset="/a 1w, /b 2w">', '<source srcset="https://n.example/a 1w, https://n.example/b 2w">'),
        ('<a href="mailto:a@b.example">x</a>', '<a href="mailto:a@b.example">x</a>'),
        ('<a href="http://[x">x</a>', '<a href="http://[x">x</a>'),
        ('<a data-href="/a" href="https://o.example/?a=\'">x</a>', '<a data-href="/a" href="https://o.example/?a=\'">x</a>'),
    ],
)  # fmt: skip
def test_addresses_become_whole_and_nothing_else_changes(given: str, whole: str) -> None:
    assert with_whole_addresses(given, "https://n.example/stories/s") == whole
