"""Shows the exact place and time of an entry when its author is no longer there."""

from __future__ import annotations

from liveblog.models.content import EntryStatus
from liveblog.newsroom.commit import Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.safety.rules import show_at, shown_exactly


async def reveal_place(newsroom: Newsroom, slug: str, entry_id: str) -> Outcome | None:
    """Shows what was withheld of a published entry whose hour has come; None where there is nothing to
    show, because another process was faster or the author is protected more by now.

    It is no edit: the entry is not marked as updated.
    """
    async with opened(newsroom, None, slug, entry_id) as change:
        tx, entry, at = change.tx, change.before, change.at
        known = await tx.places.withheld(entry_id)
        if known is None or known.show_at is None or known.show_at > at:
            return None
        if entry.status is not EntryStatus.PUBLISHED:
            return None
        author = await tx.people.author(entry.created_by)
        allowed = author and show_at(author.protection, entry.published_at or at)
        if allowed is None or allowed > at:
            await tx.places.keep(known.model_copy(update={"show_at": allowed}))
            return None
        new, rest = shown_exactly(entry, known)
        await tx.places.drop(entry.id)
        if rest:
            await tx.places.keep(rest)
        if new == entry:
            return None
        await change.commit(new, "placed")
    return change.outcome
