"""The rules that hide where correspondents are: delays, withheld places, times that are left out.

`enforce` says where they apply. A withheld value never enters an entry. It is in a table of its own
(`WithheldPlace`), so nothing that shows entries, revisions or events can show it.
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
    """Returns the status and the time of publication that the author's delay allows.

    The time is never earlier than `written_at` plus the delay, so that no public time tells where
    the author is, or was just before. With `at_once`, a publication ignores the delay and gets the
    time `now`.
    """
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
    """Returns the time of publication of a public entry for which the time `asked` is wanted.

    It is not earlier than the delay allows. If the entry did not wait for the delay, it is not
    earlier than the public time, `shown`.
    """
    if not protection.delay:
        return asked
    return max(asked, min(shown, written_at + timedelta(minutes=protection.delay)))


def undated(entry: Entry, protection: Protection, public: Collection[Embed | Source] = ()) -> Entry:
    """Removes the times at which cards and sources were retrieved before the publication.

    Such a time tells when the author wrote. Cards and sources that are `public` already keep
    theirs. Only a published entry of a protected author is changed.
    """
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
    """Withholds these `fields` of an entry's place and time, as the author's protection says.

    Returns the entry for readers, and the exact values: those `known` before, else those of the
    entry.
    """
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
    """The fields of place and time on which no editor has decided."""
    return PLACE.difference(known.decided) if known else PLACE


def decided(
    entry: Entry, protection: Protection, known: WithheldPlace | None, fields: Collection[str]
) -> WithheldPlace | None:
    """Adds to what is `known` that an editor has decided on these `fields`."""
    if not fields or (known is None and protection.place is Precision.EXACT):
        return known
    known = known or WithheldPlace(entry_id=entry.id)
    return known.model_copy(update={"decided": tuple(sorted({*known.decided, *fields}))})


def reopened(
    known: WithheldPlace | None, fields: Collection[str], *, forget: bool = False
) -> WithheldPlace | None:
    """Removes the decisions on these `fields` from what is known. With `forget`, also removes
    the withheld values of the fields."""
    if known is None:
        return None
    rest = {"decided": tuple(name for name in known.decided if name not in fields)}
    gone = dict.fromkeys(PLACE.intersection(fields)) if forget else {}
    return _if_any(known.model_copy(update=rest | gone))


def shown_exactly(entry: Entry, known: WithheldPlace) -> tuple[Entry, WithheldPlace | None]:
    """Puts the exact place and time back, except in the fields on which an editor has decided.

    Returns the entry, and what is still known of it: these decisions.
    """
    exact = {name: getattr(known, name) for name in undecided(known)}
    exact = {name: value for name, value in exact.items() if value is not None}
    rest = WithheldPlace(entry_id=entry.id, decided=known.decided)
    return entry.model_copy(update=exact), _if_any(rest)


def show_at(protection: Protection, published: datetime) -> datetime | None:
    """When an exact place may be shown: `place_delay` minutes after publication. None: never."""
    if protection.place is Precision.EXACT or protection.place_delay is None:
        return None
    return published + timedelta(minutes=protection.place_delay)


def to_the_hour(moment: datetime | None) -> datetime | None:
    """Rounds a time down to the full hour."""
    return moment and moment.replace(minute=0, second=0, microsecond=0)


def _if_any(known: WithheldPlace) -> WithheldPlace | None:
    return known if known.dateline or known.occurred_at or known.decided else None
