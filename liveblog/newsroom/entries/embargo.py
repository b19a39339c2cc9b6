"""Embargoes: nobody publishes an entry before its time by mistake."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from liveblog.content import localtime
from liveblog.errors import Conflict
from liveblog.models.content import Entry, EntryStatus

PUBLIC = frozenset({EntryStatus.PUBLISHED, EntryStatus.SCHEDULED})


def observed(entry: Entry, at: datetime, zone: str, *, broken: bool) -> Entry:
    """Returns an entry that is about to be published or scheduled, if its embargo allows it.

    With `broken`, the embargo is removed instead. Raises `Conflict`; its message gives the time in
    the story's time zone (`zone`), as the form does.
    """
    until = entry.embargo_until
    if until is None or entry.status not in PUBLIC:
        return entry
    goes_out = entry.published_at if entry.status is EntryStatus.SCHEDULED else at
    if goes_out is None or goes_out >= until:
        return entry
    if broken:
        return entry.model_copy(update={"embargo_until": None})
    message = (
        f"the entry is embargoed until {_hour(until, zone)}; "
        "schedule it for then or later, or break the embargo"
    )
    raise Conflict(message, {"embargo_until": message})


def lifted(
    before: Entry, new: Entry, at: datetime, zone: str, asked: Entry | None = None
) -> str | None:
    """The note on an embargo that ends early; None if it does not.

    A publication broke it (`asked` is the entry before that), or an edit removed it or moved it to
    an earlier time.
    """
    until = new.embargo_until
    broken = (asked or before).embargo_until
    if broken is not None and until is None and new.status in PUBLIC:
        return f"The embargo until {_hour(broken, zone)} was broken."
    was = before.embargo_until
    if was is None or was <= at or (until is not None and until >= was):
        return None
    now = f"put earlier, to {_hour(until, zone)}" if until else "lifted"
    return f"The embargo until {_hour(was, zone)} was {now}."


def _hour(at: datetime, zone: str) -> str:
    """A time as the desk shows it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d} {localtime.hour(at, zone)}"
