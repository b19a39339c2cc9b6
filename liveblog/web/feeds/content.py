"""What all formats share: titles and contents with their direction, categories, and characters that may be sent."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from liveblog.content.markup.directions import direction
from liveblog.web.record import Item

# What XML 1.0 does not allow (2.2): most control characters, surrogates, U+FFFE and U+FFFF. JSON in UTF-8 allows no
# surrogates either (RFC 8259, 8.1).
FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\ufffd"
RIGHT_MARK, LEFT_MARK = "\u200f", "\u200e"
# Characters that change the direction of all that follows, and those that end them (Unicode, UAX 9).
EMBEDDINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
END_OF_EMBEDDING, END_OF_ISOLATE = "\u202c", "\u2069"


def sendable(document: str) -> str:
    """A document without the characters that no XML may hold, also not escaped. U+FFFD stands in their place."""
    return FORBIDDEN.sub(REPLACEMENT, document)


def titled(text: str, language_direction: str) -> str:
    """A plain title that feed readers show in the right direction.

    They take it from the first letter, so a mark before it says which one is right. What the text leaves open ends
    with it, and does not turn round the words of the feed reader.
    """
    right = (direction(text) or language_direction) == "rtl"
    first = next((letter for letter in text if direction(letter)), "")
    marked = text
    if first and (direction(first) == "rtl") != right:
        marked = f"{RIGHT_MARK if right else LEFT_MARK}{text}"
    opened = sum(marked.count(one) for one in EMBEDDINGS) - marked.count(END_OF_EMBEDDING)
    isolated = sum(marked.count(one) for one in ISOLATES) - marked.count(END_OF_ISOLATE)
    return marked + END_OF_EMBEDDING * max(0, opened) + END_OF_ISOLATE * max(0, isolated)


def title(item: Item) -> str:
    """The title of an item, with how sure it is."""
    return titled(item.titled, item.story.direction)


def content(item: Item) -> str:
    """The HTML of an item, in its language and direction."""
    story = item.story
    return f'<div lang="{escape(story.language)}" dir="{story.direction}">{item.html}</div>'


def categories(item: Item) -> list[str]:
    """The hashtags and labels of an entry, and the category of its story; each once, whatever its case."""
    words = [*item.entry.topics, *item.entry.labels, *filter(None, [item.story.category])]
    return list({word.casefold(): word for word in reversed(words)}.values())[::-1]


def file_of(medium: dict[str, Any]) -> tuple[str, str]:
    """The address of a medium's largest file, and its media type."""
    return medium["url"], medium["variants"][-1]["type"]


def words_of(medium: dict[str, Any]) -> str:
    """The words under or for a medium."""
    return medium["caption"] or medium["alt"] or ""
