"""Text as people write it: what readers get of a line, by the server and in the desk's editor."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hostile import MARKDOWN, MARKUP, UNICODE
from markdown_lines import ADDRESSES, AR, DEAD, DIRECTIONS, OTHERS, plain
from vectors import by_technique

from liveblog.content.markup.directions import directed, direction
from liveblog.content.markup.markdown import rendered, to_html, to_text
from liveblog.errors import Invalid


@pytest.mark.parametrize("source", [*ADDRESSES, *OTHERS])
def test_what_readers_get_of_a_line(source: str) -> None:
    assert plain(to_html(source)) == (ADDRESSES | OTHERS)[source]


@pytest.mark.parametrize("source", DEAD)
def test_what_is_no_address_is_no_link_and_is_not_lost(source: str) -> None:
    html = to_html(source)
    assert "<a" not in html
    assert "href" not in html
    words = re.findall(
        r"[a-z0-9]{2,}", re.sub(r"\]\([^ ]*\)", "]", source.replace("\\", "").lower())
    )
    shown = to_text(html).lower().replace("¹", "1")
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize(
    "texts",
    [MARKUP, MARKDOWN, UNICODE, by_technique(), ADDRESSES, DEAD],
    ids="mark md uni vec adr dead".split(),
)
def test_every_link_leads_to_the_web_a_mailbox_or_a_telephone(texts: list[str]) -> None:
    for text in texts:
        for markup in (
            text,
            f"x {text}",
            f"[{text}]({text})",
            f"<{text}>",
            f"[a]\n\n[a]: {text}",
            f"www.a.example/{text}",
        ):
            html = to_html(markup)
            for opening in re.findall(r"<a\b[^>]*", html):
                assert re.match(
                    r'<a (?:dir="ltr" )?href="(?:https?://|mailto:|tel:)[^/"]',
                    opening,
                    re.IGNORECASE,
                ), (markup, opening)
            assert not re.search(
                r"<(?!/?(?:p|br|strong|em|s|code|pre|blockquote|ul|ol|li|a|h[3-6]|hr|table|thead|tbody|tr|t[hd]|su[pb])\b)",
                html,
            )


def test_an_address_alone_is_a_card_also_where_it_is_odd() -> None:
    odd = [
        "https://example.org/?a[]=1&b=2",
        "https://example.org/a_(b)",
        "https://приклад.укр/Київ",
        "http://a.example/*x*y",
    ]
    assert rendered("\n\n".join(odd)).links == tuple(odd)
    assert rendered("www.example.org/x\n\n<https://example.org/y>").links == (
        "https://www.example.org/x",
        "https://example.org/y",
    )
    assert rendered(r"https://example.org/?a\[\]=1").links == ("https://example.org/?a[]=1",)
    for text in (
        "https://example.org/x.",
        "see https://example.org",
        "desk@example.org",
        "https://a.example https://b.example",
    ):
        assert rendered(text).links == ()


def test_plain_text_makes_no_other_number() -> None:
    assert (
        to_text(to_html("10<sup>3</sup> 4<sup>th</sup> 10<sup>3,5</sup> x<sub>1,2</sub>"))
        == "10³ 4th 10^(3,5) x_(1,2)"
    )


@pytest.mark.parametrize("source", DIRECTIONS)
def test_each_block_has_its_own_direction(source: str) -> None:
    html = to_html(source)
    for base, wanted in zip(("ltr", "rtl"), DIRECTIONS[source], strict=True):
        # The page of a story makes sure of what the text alone could not know.
        shown = directed(html, base)  # type: ignore[arg-type]
        found = re.findall(r"<(?:p|li|blockquote|h3|ul)( dir=\"([lr])tr?l?\")?>", shown)
        assert " ".join(way or "-" for _, way in found) == wanted
        assert directed(shown, base) == shown  # type: ignore[arg-type]
    if "r" in DIRECTIONS[source][0]:
        assert directed(html, "ltr") == html


def test_code_and_addresses_run_from_left_to_right() -> None:
    html = to_html(f"{AR} `x = y` https://example.org/a\n\n```\n{AR}\n```")
    assert '<code dir="ltr">x' in html
    assert '<a dir="ltr" href="https://example.org/a"' in html
    assert '<pre dir="ltr"><code dir="ltr">' in html
    assert direction("`") is None


def test_an_attribute_of_the_text_is_not_taken_for_one_of_ours() -> None:
    html = to_html(f'[x](https://a.example "a > b dir=\'rtl\'") <p dir="rtl">\n\n{AR}')
    assert html.count('dir="rtl"') == 2
    assert (
        directed(html, "rtl").count("title=\"a &gt; b dir='rtl'\"")
        + directed(html, "rtl").count("title=\"a > b dir='rtl'\"")
        == 1
    )


ODD = (
    "https://", "http://a.b/", "www.a.b/)", "a@b.cd ", "*https://a.b/* ", "[https://a.b](c) ", "[^1]", "<sup>", "https://a.b/(((",
    "https://a.b/)", "_https://a.b/_", "https://a.b/ああ", "[https://a.b/x ", "http://a.b@", f"{AR} ", f"{AR} `x` https://a.b\n\n",
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_the_work_grows_with_the_length(odd: str) -> None:
    """Twice the text takes about twice the time: not four times, as where each address is read to the end."""
    taken = []
    for size in (16_000, 64_000):
        begun = time.process_time()
        with suppress(Invalid):  # too many marks: counted while it is parsed
            to_html(odd * (size // len(odd.encode())))
        taken.append(time.process_time() - begun)
    assert taken[1] < 12 * taken[0] + 0.5
