"""Compares two texts word by word: which words were struck, and which were inserted (difflib)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

# Public pages compare texts of up to 64 KiB. The common beginning and the common end are cut off first. The
# rest is compared word by word up to MOST_PAIRS, then sentence by sentence up to MOST_SENTENCE_PAIRS; beyond
# that the whole rest counts as replaced.
MOST_PAIRS = 500 * 500
MOST_SENTENCE_PAIRS = 2000 * 2000
CONTEXT = 12  # unchanged words that are shown on each side of a change
# Chinese and Japanese put no spaces between words, so each character counts as a word.
_CHARACTERS = re.compile(
    "([\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    "[\u3099\u309a\ufe00-\ufe0f]*)"
)
_CLOSING = '.,;:!?\u2026)]\u00bb\u201d\u2019"\u060c\u061b\u061f\u3002\u3001\uff01\uff1f\u300d\u300f'
_ENDS = frozenset(".!?\u2026\u061f\u3002\uff01\uff1f")


class Kind(StrEnum):
    """The kind of a piece. `LEFT_OUT` is a gap in a long unchanged run."""

    SAME = "same"
    STRUCK = "struck"
    INSERTED = "inserted"
    LEFT_OUT = "left out"


class Piece(NamedTuple):
    """A run of words. Without the struck pieces the joined pieces are the new text, without the inserted ones
    the old text; only white space and the words left out are missing."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in reading order; empty if no word differs."""
    before, after = _words(old), _words(new)
    if _bare(before) == _bare(after):
        return []
    return list(_shortened(_joined(_compared(before, after))))


Run = tuple[Kind, list[str]]


def _words(text: str) -> list[str]:
    """The words, each with the space before it. Closing punctuation is a word of its own."""
    words: list[str] = []
    for word in text.split():
        bare = word.rstrip(_CLOSING) or word
        parts = [part for part in _CHARACTERS.split(bare) if part]
        if len(bare) < len(word):
            parts.append(word[len(bare) :])
        words += [f" {parts[0]}", *parts[1:]]
    return [words[0].lstrip(), *words[1:]] if words else []


def _bare(words: list[str]) -> list[str]:
    return [word.strip() for word in words]


def _compared(before: list[str], after: list[str]) -> Iterator[Run]:
    old, new = _bare(before), _bare(after)
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    rest = shortest - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    yield Kind.SAME, after[:head]
    yield from _middle(before[head : len(before) - tail], after[head : len(after) - tail])
    yield Kind.SAME, after[len(after) - tail :]


def _middle(before: list[str], after: list[str]) -> Iterator[Run]:
    if len(before) * len(after) <= MOST_PAIRS:
        for kind, a, b in _matched(_bare(before), _bare(after)):
            yield from _run(kind, before[a], after[b])
        return
    old, new = _sentences(before), _sentences(after)
    if len(old) * len(new) > MOST_SENTENCE_PAIRS:
        yield from _run(None, before, after)
        return
    for kind, a, b in _matched([_key(s) for s in old], [_key(s) for s in new]):
        struck, inserted = list(chain(*old[a])), list(chain(*new[b]))
        small = len(struck) * len(inserted) <= MOST_PAIRS
        if kind is None and struck and inserted and small:
            yield from _middle(struck, inserted)
        else:
            yield from _run(kind, struck, inserted)


def _matched(old: list[str], new: list[str]) -> Iterator[tuple[Kind | None, slice, slice]]:
    for tag, a, to_a, b, to_b in SequenceMatcher(None, old, new).get_opcodes():
        yield Kind.SAME if tag == "equal" else None, slice(a, to_a), slice(b, to_b)


def _run(kind: Kind | None, before: list[str], after: list[str]) -> Iterator[Run]:
    if kind is Kind.SAME:
        yield Kind.SAME, after
    else:
        yield Kind.STRUCK, before
        yield Kind.INSERTED, after


def _sentences(words: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in words:
        found[-1].append(word)
        if _ENDS & set(word):
            found.append([])
    return [sentence for sentence in found if sentence]


def _key(sentence: list[str]) -> str:
    return " ".join(_bare(sentence))


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Join neighbours of the same kind. Between two unchanged runs, struck words come before inserted ones."""
    same: list[str] = []
    struck: list[str] = []
    inserted: list[str] = []
    for kind, words in runs:
        if kind is Kind.SAME and words:
            if struck or inserted:
                yield from ((Kind.SAME, same), (Kind.STRUCK, struck), (Kind.INSERTED, inserted))
                same, struck, inserted = [], [], []
            same += words
        elif kind is Kind.STRUCK:
            struck += words
        else:
            inserted += words
    yield from ((Kind.SAME, same), (Kind.STRUCK, struck), (Kind.INSERTED, inserted))


def _shortened(runs: Iterator[Run]) -> Iterator[Piece]:
    """Shorten long unchanged runs to the `CONTEXT` words beside each change."""
    found = [(kind, words) for kind, words in runs if words]
    for number, (kind, words) in enumerate(found):
        first, last = number == 0, number == len(found) - 1
        if kind is not Kind.SAME or len(words) <= 2 * CONTEXT + 1:
            yield Piece(kind, "".join(words))
            continue
        if not first:
            yield Piece(kind, "".join(words[:CONTEXT]))
        yield Piece(Kind.LEFT_OUT, "")
        if not last:
            yield Piece(kind, "".join(words[-CONTEXT:]))
