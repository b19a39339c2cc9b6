"""Shows the exact place and time of an entry when its author is no longer there."""

from __future__ import annotations

from liveblog.models import EntryStatus, EventKind
from liveblog.newsroom.done import Done, announced, show
from liveblog.newsroom.protection import show_at, shown_exactly
from liveblog.newsroom.room import Newsroom


async def show_place(room: Newsroom, slug: str, entry_id: str) -> Done | None:
    """Shows what was withheld of a published entry whose hour has come; None where there is nothing to
    show, because another process was faster or the author is protected more by now.

    It is no edit: the entry is not marked as updated.
    """
    async with room.store.log.transaction(slug) as story:
        entry, known = await story.entry(entry_id), await story.whereabouts(entry_id)
        at = room.clock()
        if known is None or known.show_at is None or known.show_at > at:
            return None
        if entry.status is not EntryStatus.PUBLISHED:
            return None
        author = await story.author(entry.created_by)
        allowed = author and show_at(author.protection, entry.published_at or at)
        if allowed is None or allowed > at:
            await story.keep_whereabouts(known.model_copy(update={"show_at": allowed}))
            return None
        new, rest = shown_exactly(entry, known)
        await story.drop_whereabouts(entry.id)
        if rest:
            await story.keep_whereabouts(rest)
        if new == entry:
            return None
        new = new.model_copy(update={"rev": entry.rev + 1})
        await story.update(new)
        await story.keep_revision(new, at, None, "placed", None)
        await show(room, story, EventKind.ENTRY_UPDATED, new, at)
    return await announced(room, story, new)
