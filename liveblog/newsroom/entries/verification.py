"""Verifications: how sure an entry is, and how sure it was before. Readers see both."""

from __future__ import annotations

from datetime import datetime

from liveblog.errors import Invalid, NotFound
from liveblog.models.content import Entry, EntryStatus, Step, Verification
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import TypedVerification, VerificationForm
from liveblog.store import RowFilter, StoryTransaction
from liveblog.store.stories.timeline import ENTRY_ID


async def verification(
    tx: StoryTransaction, form: VerificationForm | None, at: datetime, entry: Entry | None = None
) -> Verification | None:
    """Returns the verification of a new entry, or of `entry` when that is changed.

    None without a form. Another status adds the status that readers saw until now to the trail.
    Another note alone changes neither the trail nor the time since which the status holds. Raises
    `Invalid` if `settled_by` is no other published entry of the story.
    """
    if form is None:
        return None
    old = entry.verification if entry else None
    # An unchanged `settled_by` stays, even if that entry is gone: another note must not drop it.
    if form.settled_by is not None and not (old and old.settled_by == form.settled_by):
        await _require_settling(tx, form.settled_by, entry)
    new = Verification(status=form.status, at=at, note=form.note, settled_by=form.settled_by)
    if entry is None or old is None:
        return new
    if old.status is new.status:
        return new.model_copy(update={"at": old.at, "trail": old.trail})
    if entry.status is not EntryStatus.PUBLISHED:
        return new
    seen = max(old.at, entry.published_at or old.at)
    step = Step(status=old.status, at=seen)
    return new.model_copy(update={"trail": (*old.trail, step)})


async def understood(
    newsroom: Newsroom, slug: str, entry_id: str, form: TypedVerification
) -> VerificationForm:
    """Returns what was typed, with an id for `settled_by`.

    Words stand for the one published entry that has them and is not `entry_id`. Raises `Invalid`,
    `NotFound`.
    """
    settling = form.settled_by
    if settling is not None and not ENTRY_ID.fullmatch(settling):
        _, found, _ = await newsroom.store.queues.rows(
            slug, RowFilter(text=settling), None, 3, None
        )
        others = [one.id for one in found if one.id != entry_id]
        if not others:
            raise Invalid({"verification.settled_by": "no published update has these words"})
        if len(others) > 1:
            message = "several updates have these words: choose one"
            raise Invalid({"verification.settled_by": message})
        settling = others[0]
    return VerificationForm(status=form.status, note=form.note, settled_by=settling)


def since_publication(entry: Entry) -> Entry:
    """Dates the verification of an entry that is being published no earlier than the publication."""
    sure = entry.verification
    if sure is None or entry.published_at is None:
        return entry
    shown = sure.model_copy(update={"at": max(sure.at, entry.published_at)})
    return entry.model_copy(update={"verification": shown})


async def _require_settling(tx: StoryTransaction, settling: str, entry: Entry | None) -> None:
    """Raises `Invalid` unless `settling` is another published entry of the story."""
    message = "must be a published entry of this story, another than this one"
    try:
        found = await tx.entries.get(settling)
    except NotFound:
        raise Invalid({"verification.settled_by": message}) from None
    if found.status is not EntryStatus.PUBLISHED or (entry and found.id == entry.id):
        raise Invalid({"verification.settled_by": message})
