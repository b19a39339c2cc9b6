"""The details of an entry that readers do not get. They are for editors and for the entry's author."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from starlette.requests import HTTPConnection

from liveblog.content.templates import iso
from liveblog.errors import NotFound
from liveblog.models.content import Entry, EntryStatus
from liveblog.models.entry_fields import Trait, named
from liveblog.models.members import Protection, User, WithheldPlace
from liveblog.models.revisions import Takedown
from liveblog.newsroom.permissions import owns, sees_inside
from liveblog.newsroom.safety.rules import held
from liveblog.store import Author
from liveblog.web.context import parts


class Withheld(NamedTuple):
    """The protection of an entry, as far as the viewer may know it.

    `held_until` is the time before which the author's delay does not let a scheduled entry be published. `place` is
    the withheld place and time. An unpublished entry also has its `author` if they are protected, and `earliest`,
    the time at which it would appear if it were published now; None means at once.
    """

    held_until: datetime | None = None
    place: WithheldPlace | None = None
    author: Author | None = None
    earliest: datetime | None = None

    def json(self) -> dict[str, Any]:
        """The API's fields `held_until` and `withheld`."""
        known = self.place
        return {
            "held_until": iso(self.held_until) if self.held_until else None,
            "withheld": known.model_dump(mode="json", include=SHOWN) if known else None,
        }


SHOWN = {"dateline", "occurred_at", "show_at"}
NOTHING = Withheld()
WAITING = frozenset({EntryStatus.DRAFT, EntryStatus.SUBMITTED, EntryStatus.SCHEDULED})
# These fields show to the minute when somebody was at work.
TIMES = named(Trait.WRITING_TIME)


def untold(viewer: User, entry: Entry) -> dict[str, None]:
    """Null values for the times of writing, if the viewer may not see them; otherwise an empty dict."""
    return {} if sees_inside(viewer, entry) else dict.fromkeys(TIMES)


async def takedown(
    connection: HTTPConnection, viewer: User, slug: str, entry_id: str
) -> Takedown | None:
    """The report of an entry's removal; None if there is none or the viewer may not see it."""
    stories = parts(connection).newsroom.store.stories
    try:
        entry = (await stories.entry(slug, entry_id))[1]
    except NotFound:
        return None
    if not sees_inside(viewer, entry):
        return None
    reports = [revision.report for revision in await stories.history(entry) if revision.report]
    return reports[-1] if reports else None


async def withheld(
    connection: HTTPConnection,
    viewer: User,
    entries: Collection[Entry],
    places: Mapping[str, WithheldPlace] | None = None,
) -> dict[str, Withheld]:
    """The protection of entries by entry id, as far as the viewer may know it.

    An entry without protection has no key. `places` is what is withheld of the entries, if that is known already.
    """
    protections = parts(connection).newsroom.store.protections
    theirs = [entry for entry in entries if sees_inside(viewer, entry)]
    if not theirs:
        return {}
    if places is None:
        places = await protections.withheld_places([entry.id for entry in theirs])
    known = {
        entry.id: places[entry.id]
        for entry in theirs
        if entry.id in places and _differs(entry, places[entry.id])
    }
    waiting = [entry for entry in theirs if entry.status in WAITING and entry.created_by]
    authors = await protections.authors({entry.created_by for entry in waiting if entry.created_by})
    guarded = [entry for entry in waiting if entry.created_by in authors]
    written = await protections.written_at(guarded)
    now = parts(connection).newsroom.clock()
    found = {identity: Withheld(place=one) for identity, one in known.items()}
    for entry in guarded:
        author = authors[entry.created_by or 0]
        delayed = entry.status is EntryStatus.SCHEDULED and author.protection.delay
        own = owns(viewer, entry)
        found[entry.id] = found.get(entry.id, NOTHING)._replace(
            held_until=entry.published_at if delayed else None,
            author=author if safe(author.protection) else None,
            earliest=earliest(author.protection, now if own else written[entry.id], now),
        )
    return found


def earliest(protection: Protection, written: datetime, now: datetime) -> datetime | None:
    """The time at which a text written at `written` would appear if it were published now; None means at once."""
    _, at = held(protection, written, EntryStatus.PUBLISHED, None, now)
    return at if at is not None and at > now else None


def safe(protection: Protection) -> bool:
    """Whether the protection hides anything from readers."""
    return protection != Protection()


def _differs(entry: Entry, known: WithheldPlace) -> bool:
    """Whether the withheld place or time differs from the public one. A value that an editor has confirmed is
    equal.
    """
    place = known.dateline not in {None, entry.dateline}
    return place or known.occurred_at not in {None, entry.occurred_at}
