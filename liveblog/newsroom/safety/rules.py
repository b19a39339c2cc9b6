"""What keeps correspondents from being found: delays, withheld places, times that would tell. The rules;
`enforce` says where they apply.

What is withheld never enters an entry: it stands in a table of its own (`WithheldPlace`), so nothing that
shows entries, their revisions or their events can show it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from liveblog.models.content import Embed, Entry, EntryStatus, Source
from liveblog.models.members import Precision, Protection, WithheldPlace

PLACE = frozenset({"dateline", "occurred_at"})
GOING_OUT = frozenset({EntryStatus.PUBLISHED, EntryStatus.SCHEDULED})
Retrieved = TypeVar("Retrieved", Embed, Source)


def held(
    protection: Protection,
    written_at: datetime,
    status: EntryStatus,
    published_at: datetime | None,
    now: datetime,
    *,
    at_once: bool = False,
) -> tuple[EntryStatus, datetime | None]:
    """The status and time of publication that the delay leaves: never earlier than it after the
    writing, so that no time that is shown tells where somebody is, or was just before. `at_once` is now."""
    if not protection.delay or status not in GOING_OUT:
        return status, published_at
    if at_once and status is EntryStatus.PUBLISHED:
        return status, now
    earliest = written_at + timedelta(minutes=protection.delay)
    wanted = max(published_at or now, earliest)
    return (EntryStatus.SCHEDULED if wanted > now else status), wanted


def backdated(
    protection: Protection, written_at: datetime, shown: datetime, asked: datetime
) -> datetime:
    """Another time of publication for what is public: not before the delay allows it, nor, where that was
    not waited for, before the one that is `shown`."""
    if not protection.delay:
        return asked
    return max(asked, min(shown, written_at + timedelta(minutes=protection.delay)))


def undated(entry: Entry, protection: Protection, public: Collection[Embed | Source] = ()) -> Entry:
    """What goes out, without the times before its publication at which its cards and sources were
    retrieved: they tell when its author wrote. What is `public` already stays."""
    unprotected = not protection.delay and protection.place is Precision.EXACT
    if unprotected or entry.published_at is None or entry.status is not EntryStatus.PUBLISHED:
        return entry
    at = entry.published_at

    def told(one: Retrieved) -> Retrieved:
        if one.retrieved_at is None or one.retrieved_at >= at or one in public:
            return one
        return one.model_copy(update={"retrieved_at": None})

    return entry.model_copy(
        update={
            "embeds": tuple(told(card) for card in entry.embeds),
            "sources": tuple(told(source) for source in entry.sources),
        }
    )


def withheld(
    entry: Entry, protection: Protection, known: WithheldPlace | None, fields: Collection[str]
) -> tuple[Entry, WithheldPlace | None]:
    """An entry without what these `fields` of its place and time tell, and what is kept from readers: what
    was `known` before, else what stood there."""
    if protection.place is Precision.EXACT:
        return entry, known
    exact = known or WithheldPlace(entry_id=entry.id)
    if "dateline" in fields:
        region = protection.region if protection.place is Precision.REGION else None
        exact = exact.model_copy(update={"dateline": exact.dateline or entry.dateline})
        entry = entry.model_copy(update={"dateline": region if entry.dateline else None})
    if "occurred_at" in fields:
        exact = exact.model_copy(update={"occurred_at": exact.occurred_at or entry.occurred_at})
        entry = entry.model_copy(update={"occurred_at": to_the_hour(entry.occurred_at)})
    return entry, _if_any(exact)


def undecided(known: WithheldPlace | None) -> frozenset[str]:
    """The fields of place and time that no editor has decided on."""
    return PLACE.difference(known.decided) if known else PLACE


def decided(
    entry: Entry, protection: Protection, known: WithheldPlace | None, fields: Collection[str]
) -> WithheldPlace | None:
    """What is known of an entry, and that an editor has decided what readers get of these `fields`."""
    if not fields or (known is None and protection.place is Precision.EXACT):
        return known
    known = known or WithheldPlace(entry_id=entry.id)
    return known.model_copy(update={"decided": tuple(sorted({*known.decided, *fields}))})


def reopened(
    known: WithheldPlace | None, fields: Collection[str], *, forget: bool = False
) -> WithheldPlace | None:
    """What is known, without what was decided on these `fields`; with `forget`, without what was withheld
    of them, too."""
    if known is None:
        return None
    rest = {"decided": tuple(name for name in known.decided if name not in fields)}
    gone = dict.fromkeys(PLACE.intersection(fields)) if forget else {}
    return _if_any(known.model_copy(update=rest | gone))


def shown_exactly(entry: Entry, known: WithheldPlace) -> tuple[Entry, WithheldPlace | None]:
    """The entry with its exact place and time, but for what an editor has decided on, and what is still
    known of it: these decisions."""
    exact = {name: getattr(known, name) for name in undecided(known)}
    exact = {name: value for name, value in exact.items() if value is not None}
    rest = WithheldPlace(entry_id=entry.id, decided=known.decided)
    return entry.model_copy(update=exact), _if_any(rest)


def show_at(protection: Protection, published: datetime) -> datetime | None:
    """When an exact place may be shown; None: never."""
    if protection.place is Precision.EXACT or protection.place_delay is None:
        return None
    return published + timedelta(minutes=protection.place_delay)


def to_the_hour(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(minute=0, second=0, microsecond=0)


def _if_any(known: WithheldPlace) -> WithheldPlace | None:
    return known if known.dateline or known.occurred_at or known.decided else None
