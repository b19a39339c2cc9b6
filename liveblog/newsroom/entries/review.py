"""Review: returns a submission to its author, and adds notes that only the newsroom sees."""

from __future__ import annotations

from liveblog.errors import Conflict
from liveblog.models.content import EntryStatus
from liveblog.models.members import User
from liveblog.newsroom.commit import Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import NoteForm, Return
from liveblog.newsroom.permissions import Right, require, require_inside


async def give_back(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: Return
) -> Outcome:
    """Returns a submitted entry to its author: a draft again, with a note on what should change.

    Raises `Forbidden`, `NotFound`, and `Conflict` if the entry is not submitted.
    """
    require(actor, Right.PUBLISH)
    async with opened(newsroom, actor, slug, entry_id) as change:
        entry, at = change.before, change.at
        if entry.status is not EntryStatus.SUBMITTED:
            raise Conflict(
                f"the entry is {entry.status.value}; only a submitted entry can be returned"
            )
        new = entry.model_copy(update={"status": EntryStatus.DRAFT, "returned_at": at})
        new = await change.commit(new, "returned")
        await change.tx.notes.add(new, at, actor.id, "returned", form.note)
    return change.outcome


async def note(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: NoteForm
) -> Outcome:
    """Adds a note to an entry. Editors and the author of the entry see it.

    Raises `Forbidden`, `NotFound`.
    """
    require(actor, Right.WRITE)
    async with opened(newsroom, actor, slug, entry_id) as change:
        require_inside(actor, change.before, "write notes on")
        await change.tx.notes.add(change.before, change.at, actor.id, "note", form.text)
    return change.outcome
