"""Names in the form in which they are compared, so that a name is found in any case and Unicode form."""

from __future__ import annotations

import unicodedata


def seen(text: str) -> str:
    """The text in one normal form, without invisible characters (Unicode's format characters)."""
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", visible)


def compared(text: str) -> str:
    """The text as it is seen, without regard to case and spaces."""
    return " ".join(unicodedata.normalize("NFKC", seen(text).casefold()).split())
