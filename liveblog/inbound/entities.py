"""Telegram's text with entities (https://core.telegram.org/bots/api#messageentity) to Markdown.

Mentioned people are not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any, NamedTuple

from liveblog.inbound.marks import Run, block, cleaned, led_to, marked, paragraphs, quotation

MOST = 100  # entities that Telegram sends with a message
SOMEBODY = "@…"
_STYLES = {"bold": "bold", "italic": "italic", "strikethrough": "strike", "code": "code"}
_QUOTATIONS = frozenset({"blockquote", "expandable_blockquote"})
_BLOCKS = _QUOTATIONS | {"pre"}
_LINKS = frozenset({"url", "text_link"})
_PEOPLE = frozenset({"mention", "text_mention"})
_LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,30}")


class Entity(NamedTuple):
    """A marked part of a message. `start` and `end` are in UTF-16 code units, as in Telegram."""

    kind: str
    start: int
    end: int
    url: str
    language: str


def from_telegram(text: object, entities: Iterable[Any] = ()) -> str:
    """The Markdown of a text or caption with its entities. Only the first `MOST` valid entities are used."""
    units = cleaned(text if isinstance(text, str) else "").encode("utf-16-le", "surrogatepass")
    whole = len(units) // 2
    read = (_entity(raw, whole) for raw in islice(entities, 2 * MOST))
    found = [entity for entity in read if entity is not None][:MOST]
    done, at = [], 0
    for one in _apart(found, _BLOCKS):
        done += [_marked(units, at, one.start, found), _block(units, one, found)]
        at = one.end
    return paragraphs("".join([*done, _marked(units, at, whole, found)]))


def _entity(raw: Any, whole: int) -> Entity | None:
    if not isinstance(raw, dict):
        return None
    start, length = raw.get("offset"), raw.get("length")
    if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 1:
        return None
    if start >= whole:
        return None
    url, language = str(raw.get("url", "")), str(raw.get("language", ""))
    return Entity(str(raw.get("type")), start, min(start + length, whole), url, language)


def _apart(entities: Iterable[Entity], kinds: frozenset[str]) -> Iterator[Entity]:
    """The entities of some kinds in their order, without those that overlap an earlier one."""
    at = 0
    some = [one for one in entities if one.kind in kinds]
    for one in sorted(some, key=lambda entity: (entity.start, -entity.end)):
        if one.start >= at:
            yield one
            at = one.end


def _block(units: bytes, one: Entity, entities: Sequence[Entity]) -> str:
    if one.kind == "pre":
        language = one.language if _LANGUAGE.fullmatch(one.language) else ""
        return block(_plain(units, one.start, one.end), language)
    return quotation(_marked(units, one.start, one.end, entities))


def _marked(units: bytes, start: int, end: int, entities: Sequence[Entity]) -> str:
    """The Markdown of the text between two places. A run ends where an entity begins or ends."""
    if start >= end:
        return ""
    within = [one for one in entities if one.start < end and one.end > start]
    whole = [one for one in within if one.kind in _LINKS | _PEOPLE]
    leading = {one: _address(units, one) for one in _apart(whole, _LINKS | _PEOPLE)}
    places = {start, end} | {place for one in within for place in (one.start, one.end)}
    cuts = sorted(place for place in places if start <= place <= end)
    runs, told = [], set()
    for here, there in pairwise(cuts):
        over = [one for one in within if one.start <= here and one.end >= there]
        styles = frozenset(_STYLES[one.kind] for one in over if one.kind in _STYLES)
        at = next((one for one in over if one in leading), None)
        if at and at.kind in _PEOPLE:
            runs += [] if at in told else [Run(SOMEBODY, styles)]
            told.add(at)
            continue
        runs.append(Run(_plain(units, here, there), styles, leading[at] if at else ""))
    return marked(runs)


def _address(units: bytes, one: Entity) -> str:
    """The target of a link that readers can follow; empty for other entities."""
    address = one.url if one.kind == "text_link" else _plain(units, one.start, one.end)
    return address if one.kind in _LINKS and led_to(address) else ""


def _plain(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")
