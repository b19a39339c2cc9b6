"""Labels of entries: those that the interface knows are said in its language, and look alike in every language."""

from __future__ import annotations

from typing import NamedTuple

from liveblog.content.language import Language
from liveblog.errors import for_readers

KNOWN = {
    "breaking": for_readers("Breaking"),
    "analysis": for_readers("Analysis"),
    "quote": for_readers("Quote"),
    "opinion": for_readers("Opinion"),
    "editorial": for_readers("Editorial"),
    "correction": for_readers("Correction"),
}


class Label(NamedTuple):
    """`name` is the same in every language, for styles; `words` are shown. `known`: they are of the interface."""

    name: str
    words: str
    known: bool


def label(text: str, spoken: Language) -> Label:
    """A label as an editor typed it, in English or in the language of the interface, in any case."""
    folded = text.casefold()
    for name, message in KNOWN.items():
        words = spoken.translated(message)
        if folded in {name, words.casefold()}:
            return Label(name, words, known=True)
    return Label(text.lower(), text[:1].upper() + text[1:], known=False)
