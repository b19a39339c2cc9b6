"""What keeps correspondents from being recognized or found: public names, delays, withheld places.

What is withheld never enters an entry: it stands in a table of its own (`Whereabouts`), so nothing that
shows entries, their revisions or their events can show it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

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


def bylined(entry: Entry, author: Author | None) -> Entry:
    """The entry with its author's public name wherever credits or sources hold the real one."""
    if author is None or author.protection.byline is None:
        return entry
    byline, handle = author.protection.byline, author.protection.handle
    real = {author.name.casefold(), author.email.casefold()} - {byline.casefold()}

    def named(credit: Credit) -> Credit:
        known = {credit.name.casefold(), (credit.handle or "").casefold()} & real
        # The address is theirs as well, and would say who they are.
        return Credit(role=credit.role, name=byline, handle=handle) if known else credit

    def said(source: Source) -> Source:
        hers = source.name.casefold() in real
        return source.model_copy(update={"name": byline, "url": None}) if hers else source

    def shown(medium: Medium) -> Medium:
        hers = (medium.credit or "").casefold() in real
        return medium.model_copy(update={"credit": byline}) if hers else medium

    return entry.model_copy(
        update={
            "media": tuple(shown(medium) for medium in entry.media),
            "credits": tuple(named(credit) for credit in entry.credits),
            "sources": tuple(said(source) for source in entry.sources),
        }
    )


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
