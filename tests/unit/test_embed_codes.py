"""Embed codes that are pasted become the address in them, on every way; what has none stays text."""

from __future__ import annotations

import time

import pytest
from embed_codes import CODES, YOUTUBE, YOUTUBE_CODE

from liveblog.content.markup.embed_codes import addressed

TEXTS = (
    "<iframe src='javascript:alert(1)'></iframe>", "<iframe srcdoc='<b>x</b>'></iframe>", "<iframe src=/desk/logout></iframe>",
    "<iframe src='https://localhost/x'></iframe>", "<iframe src='https://a.example/\"x'></iframe>", "<iframe src='https://[::1'></iframe>",
    '<blockquote class="twitter-tweet"><a href="javascript:alert(1)">x</a></blockquote>', "<blockquote>Said</blockquote>",
    '<script data-telegram-post="../desk/1"></script>', "<script>alert(1)</script>", "<div>Words</div>", "<video src='https://a.example/x'>",
    f"```html\n{YOUTUBE_CODE}\n```", f"`{YOUTUBE_CODE}`", f"\\{YOUTUBE_CODE}", "1 < 2 and <b>2 > 1</b>",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_a_code_becomes_its_address(code: str) -> None:
    address = CODES[code]
    address = f"https:{address}" if address.startswith("//") else address
    assert addressed(code) == address
    assert addressed(f"Look: {code} There.\n\nMore.") == f"Look:\n\n{address}\n\nThere.\n\nMore."
    assert addressed(f"{code}\n\n{code}\n") == f"{address}\n\n{address}"


@pytest.mark.parametrize("text", TEXTS)
def test_what_has_no_address_stays_text(text: str) -> None:
    assert addressed(text) == text


def test_a_code_in_a_list_or_a_quotation_stays_there() -> None:
    assert addressed(f"- {YOUTUBE_CODE}\n- two") == f"- {YOUTUBE}\n\n- two"
    assert addressed(f"> {YOUTUBE_CODE}") == f"> {YOUTUBE}"


SOUNDCLOUD = '<iframe src="https://w.soundcloud.com/?url=api.soundcloud.com"></iframe>'
ONE_END = {
    f'{SOUNDCLOUD}<p><a href="https://soundcloud.com/`">': "</p>",
    '<blockquote class="twitter-tweet"><a href="https://x.com/`">': "</blockquote>",
    '<iframe src="https://w.soundcloud.com/?url=api.soundcloud.com">': "</iframe>"
    + "</div>" * 3_000,
}


@pytest.mark.parametrize("odd", ONE_END)
def test_codes_that_share_one_end_are_read_once(odd: str) -> None:
    begun = time.process_time()
    addressed(odd * (256_000 // len(odd)) + ONE_END[odd])
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("odd", ["<iframe ", "<iframe>", "<div>", "<div><div></div>", "<blockquote class='twitter-tweet'>", "</div>",
                                 "<script data-telegram-post='a/1'>", "<iframe src='https://a.org/x'>", "```\n<iframe src='https://a.org'>",
                                 '<div class="tiktok-embed"><a href="x">', "<p><a "])  # fmt: skip
def test_the_work_grows_with_the_length(odd: str) -> None:
    begun = time.process_time()
    addressed(odd * (64_000 // len(odd)))
    assert time.process_time() - begun < 3
