"""Public names in the place of real ones, wherever an entry or a medium names people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from liveblog.models.content import Credit, Entry, Medium, Source
from liveblog.models.members import User
from liveblog.newsroom.permissions import Right, may
from liveblog.store import Author

# Between the names and other words of a credit: "Photo: A / Agency", "A and B", "Photo by A (Agency)".
BETWEEN = re.compile(
    r"(\s*[:/,;&|()<>\[\]\u2013\u2014·•©]\s*|\s+-\s+|\s*(?<!\S)(?:and|by|for|via)\s+)",
    re.IGNORECASE,
)
PARTS = 3  # that one name may have, such as "Doe, Jane"
LONGEST = 200  # characters, as of any credit


def replaced_for(actor: User | None, named: Sequence[Author]) -> list[Author]:
    """Whose names are replaced in what somebody writes. Whoever may not publish would learn by it which
    real name stands behind a public one: only theirs are, until an editor or the schedule comes to it."""
    if actor is None or may(actor, Right.PUBLISH):
        return list(named)
    return [one for one in named if one.email == actor.email]


def credited(entry: Entry, author: Author | None) -> Entry:
    """The new entry of somebody who has a public name and credited nobody, credited by it: a name that
    was not chosen for the public is never added."""
    if author is None or author.protection.byline is None or entry.credits:
        return entry
    credit = Credit(role="text", name=author.protection.byline, handle=author.protection.handle)
    return entry.model_copy(update={"credits": (credit,)})


def bylined(entry: Entry, author: Author | None, named: Sequence[Author]) -> Entry:
    """The entry with public names wherever credits, sources or media hold the real name or the address
    of somebody who has one: of its author, or of any others (`named`)."""
    people = _public_names(author, named)
    if not people:
        return entry

    def credit(one: Credit) -> Credit:
        found = _replaced(people, one.name)
        if found is None and one.handle and (by_handle := _replaced(people, one.handle)):
            found = _Replaced(by_handle.byline.name, by_handle.byline)
        if found is None:
            return one
        # The address is theirs as well, and would say who they are.
        return Credit(role=one.role, name=found.text, handle=found.byline.handle)

    def source(one: Source) -> Source:
        found = _replaced(people, one.name)
        return one.model_copy(update={"name": found.text, "url": None}) if found else one

    return entry.model_copy(
        update={
            "media": tuple(_signed(medium, people) for medium in entry.media),
            "credits": tuple(credit(one) for one in entry.credits),
            "sources": tuple(source(one) for one in entry.sources),
        }
    )


def signed(medium: Medium, named: Sequence[Author]) -> Medium:
    """A medium whose credit is no real name of somebody who has a public one."""
    return _signed(medium, _public_names(None, named))


class _Byline(NamedTuple):
    name: str
    handle: str | None


class _Replaced(NamedTuple):
    text: str
    byline: _Byline


def _public_names(author: Author | None, named: Sequence[Author]) -> dict[str, _Byline]:
    """By real names and addresses, as they are compared. The author of an entry comes first: where two
    people have one name, it is theirs."""
    found: dict[str, _Byline] = {}
    for one in [*named, *([author] if author else [])]:
        byline, handle = one.protection.byline, one.protection.handle
        if byline is not None:
            real = {_compared(one.name), _compared(one.email)} - {_compared(byline), ""}
            found |= dict.fromkeys(real, _Byline(byline, handle))
    if author:
        found.pop(_compared(author.protection.byline or author.name), None)
    return found


def _signed(medium: Medium, people: Mapping[str, _Byline]) -> Medium:
    found = _replaced(people, medium.credit) if medium.credit else None
    return medium.model_copy(update={"credit": found.text}) if found else medium


def _replaced(people: Mapping[str, _Byline], text: str) -> _Replaced | None:
    """A credit with public names for all of it or for parts of it; None where it names none of them."""
    whole = _compared(text)
    if known := people.get(whole):
        return _Replaced(known.name, known)
    if not any(name in whole for name in people):
        return None
    first: _Byline | None = None
    said: list[str] = []
    pieces = BETWEEN.split(_seen(text))  # parts, and between them what stands between them
    while pieces:
        for taken in range(min(2 * PARTS, len(pieces) + 1) - 1, 0, -2):
            if known := people.get(_compared("".join(pieces[:taken]))):
                first = first or known
                said.append(known.name)
                break
        else:
            taken = 1
            said.append(pieces[0])
        said += pieces[taken : taken + 1]
        pieces = pieces[taken + 1 :]
    if first is None:
        return None
    result = "".join(said)
    return _Replaced(result if len(result) <= LONGEST else first.name, first)


def _seen(text: str) -> str:
    """In one normal form, and without characters that nobody sees (Unicode's format characters)."""
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def _compared(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", _seen(text).casefold()).split())
