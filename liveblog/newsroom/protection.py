"""What keeps correspondents from being recognized or found: public names, delays, withheld places.

What is withheld never enters an entry: it stands in a table of its own (`Whereabouts`), so nothing that
shows entries, their revisions or their events can show it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from liveblog.members import Precision, Protection, Whereabouts
from liveblog.models import Credit, Entry, EntryStatus, Medium, Source
from liveblog.store import Author


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
        known = _known(people, one.name, one.handle)
        # The address is theirs as well, and would say who they are.
        return Credit(role=one.role, name=known.byline, handle=known.handle) if known else one

    def source(one: Source) -> Source:
        known = _known(people, one.name)
        return one.model_copy(update={"name": known.byline, "url": None}) if known else one

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
    byline: str
    handle: str | None


def _public_names(author: Author | None, named: Sequence[Author]) -> dict[str, _Byline]:
    """By real names and addresses, in lower case. The author of an entry comes first: where two people
    have one name, it is theirs."""
    found: dict[str, _Byline] = {}
    for one in [*named, *([author] if author else [])]:
        byline, handle = one.protection.byline, one.protection.handle
        if byline is not None:
            real = {one.name.casefold(), one.email.casefold()} - {byline.casefold()}
            found |= dict.fromkeys(real, _Byline(byline, handle))
    if author:
        found.pop((author.protection.byline or author.name).casefold(), None)
    return found


def _known(people: Mapping[str, _Byline], *names: str | None) -> _Byline | None:
    return next((people[n.casefold()] for n in names if n and n.casefold() in people), None)


def _signed(medium: Medium, people: Mapping[str, _Byline]) -> Medium:
    known = _known(people, medium.credit)
    return medium.model_copy(update={"credit": known.byline}) if known else medium


def held(
    protection: Protection,
    written_at: datetime,
    status: EntryStatus,
    published_at: datetime | None,
    now: datetime,
) -> tuple[EntryStatus, datetime | None]:
    """The status and time of publication that the delay leaves: never earlier than it after the
    writing, so that no time that is shown tells where somebody is, or was just before."""
    if not protection.delay or status not in {EntryStatus.PUBLISHED, EntryStatus.SCHEDULED}:
        return status, published_at
    earliest = written_at + timedelta(minutes=protection.delay)
    wanted = max(published_at or now, earliest)
    return (EntryStatus.SCHEDULED if wanted > now else status), wanted


def withheld(
    entry: Entry, protection: Protection, known: Whereabouts | None, before: Entry | None = None
) -> tuple[Entry, Whereabouts | None]:
    """What its author wrote, as readers may have it, and what is kept from them.

    Of an entry that was there `before`, only what the author changed is new: the rest is as it was
    shown to them.
    """
    exact = known or Whereabouts(entry_id=entry.id)
    if protection.place is Precision.EXACT:
        return entry, known
    if before is None or entry.dateline != before.dateline:
        instead = protection.region if entry.dateline else None
        if protection.place is Precision.HIDDEN:
            instead = None
        exact = exact.model_copy(update={"dateline": entry.dateline, "instead": instead})
        entry = entry.model_copy(update={"dateline": instead})
    if before is None or entry.occurred_at != before.occurred_at:
        exact = exact.model_copy(update={"occurred_at": entry.occurred_at})
        entry = entry.model_copy(update={"occurred_at": to_the_hour(entry.occurred_at)})
    kept = exact.dateline is not None or exact.occurred_at is not None
    return entry, exact if kept else None


def still_withheld(
    entry: Entry,
    protection: Protection,
    known: Whereabouts | None,
    decided: Collection[str] = (),
    brought: Collection[str] = (),
) -> tuple[Entry, Whereabouts | None]:
    """An entry that goes out, without what stands in it since before its author was protected, and what
    is kept from readers.

    What an editor has put in the place of what is withheld stays, and so does what one has just
    `decided`, which is remembered: it is then known as it is shown. Fields that are `brought` back from an
    earlier revision were decided by nobody.
    """
    if protection.place is Precision.EXACT:
        return entry, known
    exact = known or Whereabouts(entry_id=entry.id)
    if "dateline" in decided:
        if exact.dateline in {None, exact.instead, entry.dateline}:
            shown = {"dateline": entry.dateline, "instead": entry.dateline}
            exact = exact.model_copy(update=shown)
    elif entry.dateline is not None and ("dateline" in brought or _gives_away(entry, exact)):
        instead = protection.region if protection.place is Precision.REGION else None
        place = {"dateline": exact.dateline or entry.dateline, "instead": instead}
        exact = exact.model_copy(update=place)
        entry = entry.model_copy(update={"dateline": instead})
    if exact.occurred_at is None:
        exact = exact.model_copy(update={"occurred_at": entry.occurred_at})
        if "occurred_at" not in decided:
            entry = entry.model_copy(update={"occurred_at": to_the_hour(entry.occurred_at)})
    elif "occurred_at" in brought:
        entry = entry.model_copy(update={"occurred_at": to_the_hour(entry.occurred_at)})
    kept = exact.dateline is not None or exact.occurred_at is not None
    return entry, exact if kept else None


def _gives_away(entry: Entry, exact: Whereabouts) -> bool:
    """Whether a dateline is what is to be withheld, or stands for it by an earlier setting; not so, what an
    editor wrote."""
    if exact.dateline == exact.instead:
        return exact.dateline is None
    return entry.dateline in {exact.dateline, exact.instead}


def shown_exactly(entry: Entry, known: Whereabouts) -> Entry:
    """The entry with its exact place and time, but for what an editor has put there since."""
    same_place = entry.dateline == known.instead
    same_time = entry.occurred_at == to_the_hour(known.occurred_at)
    return entry.model_copy(
        update={
            "dateline": known.dateline if same_place else entry.dateline,
            "occurred_at": known.occurred_at if same_time else entry.occurred_at,
        }
    )


def show_at(protection: Protection, published: datetime) -> datetime | None:
    """When an exact place may be shown; None: never."""
    if protection.place is Precision.EXACT or protection.place_delay is None:
        return None
    return published + timedelta(minutes=protection.place_delay)


def to_the_hour(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(minute=0, second=0, microsecond=0)
