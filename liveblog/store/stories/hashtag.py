"""A hashtag as it is looked up, however it was written."""

from __future__ import annotations

import unicodedata

LONGEST = 256  # as it is sent; as it is kept it has at most 64 characters


def folded(topic: str) -> str:
    """Without `#` and without regard to case and to how its letters are composed."""
    # To put marks in order takes the square of their number.
    return unicodedata.normalize("NFC", topic[:LONGEST].strip().removeprefix("#")).casefold()
