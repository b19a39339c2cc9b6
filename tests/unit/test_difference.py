"""What was struck and what was inserted: right by its words, readable, and never slow."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveblog.content.difference import Kind, difference


def marked(old: str, new: str) -> str:
    """The difference as `-[struck]` and `+[inserted]`."""
    signs = {Kind.SAME: "{}", Kind.STRUCK: "-[{}]", Kind.INSERTED: "+[{}]", Kind.LEFT_OUT: "…"}
    return "".join(signs[piece.kind].format(piece.text) for piece in difference(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("The same words.", " The  same words.\n", ""),
        ("", "It began.", "+[It began.]"),
        ("Twelve were hurt.", "Two were hurt.", "-[Twelve]+[Two] were hurt."),
        ("It has been hit.", "It has not been hit.", "It has+[ not] been hit."),
        ("It was hit.", "It was hit hard.", "It was hit+[ hard]."),
        ("3.5 km", "3.7 km", "-[3.5]+[3.7] km"),
        ("He said “no”.", "He said “yes”.", "He said-[ “no]+[ “yes]”."),
        ("سقطت المدينة.", "لم تسقط المدينة.", "-[سقطت]+[لم تسقط] المدينة."),
        ("自由は大切です", "自由はとても大切です", "自由は+[とても]大切です"),
        ("हिन्दी शब्द", "हिंदी शब्द", "-[हिन्दी]+[हिंदी] शब्द"),
    ],
)
def test_words_are_struck_and_inserted(old: str, new: str, expected: str) -> None:
    assert marked(old, new) == expected


def test_of_what_stayed_only_the_neighbourhood_is_shown() -> None:
    around = " ".join(f"w{n}" for n in range(50))
    assert marked(f"{around} old {around}", f"{around} new {around}") == (
        "… " + " ".join(f"w{n}" for n in range(38, 50)) + "-[ old]+[ new] "
        + " ".join(f"w{n}" for n in range(12)) + "…"
    )  # fmt: skip


TEXT = st.lists(st.sampled_from(["one", "two.", "“three”", "四五", "…", "six,", "7.5"])).map(
    " ".join
)


@given(TEXT, TEXT)
def test_the_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = difference(old, new)
    if not any(piece.kind is Kind.LEFT_OUT for piece in pieces):
        before = "".join(piece.text for piece in pieces if piece.kind is not Kind.INSERTED)
        after = "".join(piece.text for piece in pieces if piece.kind is not Kind.STRUCK)
        assert "".join(before.split()) == ("".join(old.split()) if pieces else "")
        assert "".join(after.split()) == ("".join(new.split()) if pieces else "")
    assert bool(pieces) == (old.split() != new.split())


LONG = 64 * 1024
WORDS = [f"word{n}" for n in range(110)]
RANDOM = random.Random(7)


@pytest.mark.parametrize(
    "text",
    [
        lambda: " ".join(RANDOM.choice("ab") for _ in range(LONG // 2)),
        lambda: " ".join(RANDOM.choice(WORDS) for _ in range(LONG // 7)),
        lambda: " ".join(f"{RANDOM.choice(WORDS)}." for _ in range(1990)),
        lambda: "." * (LONG - 1) + RANDOM.choice("ab"),
        lambda: "".join(RANDOM.choice("日本語") for _ in range(LONG // 3)),
        lambda: "a. " * (LONG // 3) + RANDOM.choice("ab"),
    ],
)
def test_no_text_takes_long(text: object) -> None:
    assert callable(text)
    begun = time.process_time()
    difference(text(), text())
    assert time.process_time() - begun < 5


def test_small_edits_far_apart_in_a_long_text_are_found() -> None:
    chance = random.Random(7)  # whatever ran before
    words = [chance.choice(WORDS) + ("." if n % 12 == 11 else "") for n in range(9000)]
    edited = list(words)
    edited[5], edited[8990] = "first", "last"
    pieces = difference(" ".join(words), " ".join(edited))
    changed = [piece.text.strip() for piece in pieces if piece.kind is Kind.INSERTED]
    assert changed == ["first", "last"]
