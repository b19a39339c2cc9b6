"""Replaces real names by public names in entries and media."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from liveblog.models.content import Credit, Entry, Medium, Source
from liveblog.models.members import OWN_ACCOUNTS, Protection, User
from liveblog.models.names import compared, seen
from liveblog.newsroom.permissions import Right, may
from liveblog.store import Author

# What separates the names and other words of a credit: "Photo: A / Agency", "A and B", "Photo by A (Agency)".
BETWEEN = re.compile(
    r"(\s*[:/,;&|()<>\[\]\u2013\u2014·•©]\s*|\s+-\s+|\s*(?<!\S)(?:and|by|for|via)\s+)",
    re.IGNORECASE,
)
PARTS = 3  # of one name at most, such as "Doe, Jane"
LONGEST = 200  # characters, as of any credit


def replaced_for(actor: User | None, named: Sequence[Author]) -> list[Author]:
    """Returns those of `named` whose real names are replaced when `actor` writes. None: the
    schedule.

    A replacement tells the actor which real name belongs to a public one. So if the actor may not
    publish, only the actor's own name is replaced. The other names are replaced when an editor or
    the schedule publishes the entry.
    """
    if actor is None or may(actor, Right.PUBLISH):
        return list(named)
    return [one for one in named if one.email == actor.email]


def credited(entry: Entry, author: Author | None, *, signs: bool = False) -> Entry:
    """Credits the author of a new entry without credits by the public name.

    An author without a public name is not credited: they did not choose their name for the public. Where accounts sign
    (`signs`), they are told so when they choose it; then it is used, unless they are protected in any way.
    """
    if author is None or entry.credits:
        return entry
    name, handle = author.protection.byline, author.protection.handle
    if name is None:
        if not signs or author.protection != Protection() or author.email in OWN_ACCOUNTS:
            return entry
        name = author.name
    return entry.model_copy(update={"credits": (Credit(role="text", name=name, handle=handle),)})


def bylined(entry: Entry, author: Author | None, named: Sequence[Author]) -> Entry:
    """Returns the entry with public names in its credits, sources and media.

    They replace the real names and addresses of the author and of the people in `named`, if they
    have a public name.
    """
    people = _public_names(author, named)
    if not people:
        return entry

    def credit(one: Credit) -> Credit:
        found = _replaced(people, one.name)
        if found is None and one.handle and (by_handle := _replaced(people, one.handle)):
            found = _Replaced(by_handle.byline.name, by_handle.byline)
        if found is None:
            return one
        # Without the URL, which is theirs too and would tell who they are.
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
    """Returns a medium with public names in its credit."""
    return _signed(medium, _public_names(None, named))


class _Byline(NamedTuple):
    name: str
    handle: str | None


class _Replaced(NamedTuple):
    text: str
    byline: _Byline


def _public_names(author: Author | None, named: Sequence[Author]) -> dict[str, _Byline]:
    """The public names, by real names and addresses in the form in which they are compared.

    If two people have the same name, it is the author's.
    """
    found: dict[str, _Byline] = {}
    for one in [*named, *([author] if author else [])]:
        byline, handle = one.protection.byline, one.protection.handle
        if byline is not None:
            real = {compared(one.name), compared(one.email)} - {compared(byline), ""}
            found |= dict.fromkeys(real, _Byline(byline, handle))
    if author:
        found.pop(compared(author.protection.byline or author.name), None)
    return found


def _signed(medium: Medium, people: Mapping[str, _Byline]) -> Medium:
    found = _replaced(people, medium.credit) if medium.credit else None
    return medium.model_copy(update={"credit": found.text}) if found else medium


def _replaced(people: Mapping[str, _Byline], text: str) -> _Replaced | None:
    """Returns a credit with public names for all of it or for parts; None if it names nobody."""
    whole = compared(text)
    if known := people.get(whole):
        return _Replaced(known.name, known)
    if not any(name in whole for name in people):
        return None
    first: _Byline | None = None
    said: list[str] = []
    pieces = BETWEEN.split(seen(text))  # parts and separators, in turn
    while pieces:
        for taken in range(min(2 * PARTS, len(pieces) + 1) - 1, 0, -2):
            if known := people.get(compared("".join(pieces[:taken]))):
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
