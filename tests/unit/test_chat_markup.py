"""What people type in chats is shown as they typed it, and its formatting as they meant it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveblog.content.markup.markdown import to_html, to_text
from liveblog.inbound.entities import from_telegram
from liveblog.inbound.mrkdwn import from_slack

ODD = st.text(st.sampled_from("ab 1ж🔥*_`~[](){}<>&#!|\\;:/'\"amp"), max_size=40)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(ODD)
def test_plain_text_is_shown_as_it_was_typed(typed: str) -> None:
    assert to_text(to_html(from_telegram(typed))) == " ".join(typed.split())


KINDS = st.sampled_from(
    "bold italic strikethrough underline code pre blockquote url text_link mention odd".split()
)
ENTITY = st.fixed_dictionaries(
    {
        "type": KINDS,
        "offset": st.integers(-1, 30),
        "length": st.integers(-1, 30),
        "url": st.sampled_from(["https://a.org/(x)>y", "javascript:alert(1)", "tg://user?id=1"]),
    }
)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.text(max_size=30), st.lists(ENTITY | st.none(), max_size=5))
def test_no_message_can_break_the_reader_or_the_page(text: str, entities: list[object]) -> None:
    for markdown in (from_telegram(text, entities), from_slack(text)):
        shown = to_html(markdown)
        assert "javascript:" not in shown
        assert 'href="tg:' not in shown


@pytest.mark.parametrize(
    ("slack", "markdown"),
    [
        ("*bold* _it_ ~gone~ `co*de`", "**bold** *it* ~~gone~~ `co*de`"),
        ("2 * 3 * 4 and snake_case_name", r"2 \* 3 \* 4 and snake_case_name"),
        ("*_both_*", "***both***"),
        ("<https://example.org>", "<https://example.org>"),
        ("<https://example.org/a b|Text>", "[Text](<https://example.org/a%20b>)"),
        ("<mailto:a@b.org|a@b.org>", r"[a@b.org](<mailto:a@b.org>)"),
        ("<javascript:alert(1)|here>", "here"),
        ("<!channel> <#C1|general> <@U1|ann>", "@channel #general @…"),
        ("one\ntwo", "one\n\ntwo"),
        ("• one\n• two", "- one\n\n- two"),
        ("&gt; said\n&gt; so\nand", "> said\n> so\n\nand"),
        ("```a\n\n  b```", "```\na\n\n  b\n```"),
        ("# no heading, &lt;b&gt; &amp;amp;", r"\# no heading, \<b> \&amp;"),
    ],
)
def test_slacks_formatting(slack: str, markdown: str) -> None:
    assert from_slack(slack) == markdown


def test_entities_within_each_other_have_an_end() -> None:
    nested = [{"type": "bold", "offset": at, "length": 3000 - 2 * at} for at in range(1000)]
    assert "x" * 500 in from_telegram("x" * 3000, nested)
