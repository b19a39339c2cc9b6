"""The text of an entry as its page, its events and its widgets show it.

The stored HTML stays as it is: feeds and programs get that.

- An address alone on its line that became a card is said by the card. Its paragraph stays, with the class `carded`, for those
  who see no cards; the style sheet hides it.
- A table stands in a box of its own, which scrolls on a phone, and which a keyboard reaches.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable

from liveblog.content.markup.directions import Direction, directed

_LINK = r'<a href="[^"]*"[^>]*>[^<]*</a>'
_ADDRESSES = re.compile(rf"<p((?: dir=\"\w+\")?)>({_LINK}(?:(?:<br>)?\s*{_LINK})*)</p>")
_HREF = re.compile(r'<a href="([^"]*)"')
_TABLE = re.compile(r"<table[^>]*>.*?</table>", re.DOTALL)


def shown(
    safe_html: str,
    base: Direction,
    cards: Iterable[str],
    spelt: Callable[[str], str],
    table: str,
) -> str:
    """The sanitised HTML of a text, with the directions of its blocks in an element of direction `base`.

    `cards` are the addresses of the entry's cards, and `spelt` gives the address of a link as its card would have it. `table` is the
    name of a table for screen readers, as HTML.
    """
    text = directed(safe_html, base)
    if carded := frozenset(cards):

        def mark(found: re.Match[str]) -> str:
            links = (html.unescape(one) for one in _HREF.findall(found[2]))
            hides = all(link in carded or spelt(link) in carded for link in links)
            return f'<p class="carded"{found[1]}>{found[2]}</p>' if hides else found[0]

        text = _ADDRESSES.sub(mark, text)
    if "<table" in text:
        # A region that scrolls can be reached by a keyboard and has a name (WCAG 2.1.1, 4.1.2).
        box = f'<div class="table" role="group" tabindex="0" aria-label="{table}">'
        text = _TABLE.sub(lambda found: f"{box}{found[0]}</div>", text)
    return text
