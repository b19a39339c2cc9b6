"""Corrections: what readers are told when something that was published was wrong."""

from __future__ import annotations

from datetime import datetime

from liveblog.errors import Invalid
from liveblog.models import Correction, Entry, EntryStatus


def corrected(before: Entry, after: Entry, note: str, at: datetime) -> Entry:
    """The entry with a further correction.

    It comes with the change that it explains, or alone: the fix need not wait for the words of its
    note. The same note sent again with nothing else is no second correction. Raises `Invalid` where
    readers have seen nothing that could be corrected.
    """
    if before.status is not EntryStatus.PUBLISHED:
        raise Invalid({"correction": "is only for what is published; change the update itself"})
    note = note.replace("\r\n", "\n").strip()
    if after == before and before.corrections and before.corrections[-1].note == note:
        return after
    correction = Correction(at=at, rev=before.rev + 1, note=note)
    return after.model_copy(
        update={"corrections": (*before.corrections, correction), "corrected_at": at}
    )
