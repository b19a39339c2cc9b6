"""What stands below a picture: its caption and its credit, each once, as newspapers print them."""

from __future__ import annotations

import re
from typing import NamedTuple

from liveblog.models.content import Medium

# What people type before a name, in our languages: the page says it by itself.
_BEFORE = re.compile(
    r"(?:photo(?:graph)?s?|pictures?|images?|video|credit|fotos?|fotograf[íi]as?|bild(?:er)?|fotografie|cr[ée]dit|vid[ée]o|imagen"
    r"|фото|світлина|відео|صور|صورة|تصوير|فيديو)(?:\s*(?:credit|by|par|von|por|de))?\s*[::]\s*|©\s*",
    re.IGNORECASE,
)
_ENDS = ".!?…。؟۔"  # noqa: RUF001 - the full stops of Chinese, Arabic and Urdu
_CLOSES = "\"'”’»“)]"  # noqa: RUF001 - quotation marks


class Caption(NamedTuple):
    """`text` and `credit` of a medium; either may be empty."""

    text: str
    credit: str


def caption(medium: Medium) -> Caption:
    """The caption, with a full stop where a credit follows it, and the credit, without words as "Photo:".

    A caption that names the credit at its end has it already, and the credit is not said again.
    """
    text, credit = (medium.caption or "").strip(), (medium.credit or "").strip()
    whose = _BEFORE.sub("", credit, count=1).strip() if _BEFORE.match(credit) else credit
    if not text or not whose:
        return Caption(text, whose)
    bare = _bare(_BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text)
    if bare == _bare(whose):
        return Caption("", whose)
    if _bare(text).endswith(_bare(whose)) and _said_apart(text, whose):
        return Caption(text, "")
    if text.rstrip(_CLOSES)[-1:] not in _ENDS:
        text += "."
    return Caption(text, whose)


def _bare(text: str) -> str:
    return text.strip().rstrip(_ENDS + _CLOSES).casefold()


def _said_apart(text: str, credit: str) -> bool:
    """Whether a caption ends with a credit that is no part of its last sentence: `…, Photo: Ana`, `… (Ana)`."""
    before = text[: _bare(text).rfind(_bare(credit))].rstrip()
    return before.endswith((":", "(", "©", "—", "/", *_ENDS))
