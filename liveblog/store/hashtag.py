"""A hashtag as it is looked up, however it was written."""

from __future__ import annotations

import unicodedata


def folded(topic: str) -> str:
    """Without `#` and without regard to case and to how its letters are composed."""
    return unicodedata.normalize("NFC", topic.strip().removeprefix("#")).casefold()
