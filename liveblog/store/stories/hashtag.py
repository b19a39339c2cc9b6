"""The normal form of a hashtag."""

from __future__ import annotations

import unicodedata

LONGEST = 256  # characters, as sent; at most 64 are stored


def folded(topic: str) -> str:
    """A hashtag without `#`, in one normal form (NFC), and without regard to case."""
    # Normalizing takes quadratic time in the number of combining marks.
    return unicodedata.normalize("NFC", topic[:LONGEST].strip().removeprefix("#")).casefold()
