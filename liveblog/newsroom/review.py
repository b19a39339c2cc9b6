"""Review: what is handed in comes out, or goes back to who wrote it with a note that stays among us."""

from __future__ import annotations

from liveblog.errors import Conflict, Forbidden
from liveblog.members import User
from liveblog.models import EntryStatus
from liveblog.newsroom.done import Done, announced
from liveblog.newsroom.forms import NoteForm, Return
from liveblog.newsroom.rights import Right, may, require, require_story
from liveblog.newsroom.room import Newsroom


async def give_back(room: Newsroom, actor: User, slug: str, entry_id: str, form: Return) -> Done:
    """Returns what was submitted: a draft again, with a note on what should change.

    Raises `Forbidden`, `NotFound`, `Conflict` where it is not waiting for an editor.
    """
    require(actor, Right.PUBLISH)
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        entry = await story.entry(entry_id)
        if entry.status is not EntryStatus.SUBMITTED:
            raise Conflict(f"the entry is {entry.status.value}; only what is submitted is returned")
        at = room.clock()
        new = entry.model_copy(
            update={"status": EntryStatus.DRAFT, "returned_at": at, "rev": entry.rev + 1}
        )
        await story.update(new)
        await story.keep_revision(new, at, actor.id, "returned", None)
        await story.add_note(new, at, actor.id, "returned", form.note)
    return await announced(room, story, new)


async def note(room: Newsroom, actor: User, slug: str, entry_id: str, form: NoteForm) -> Done:
    """Says something about an entry to the newsroom: to editors, and to who wrote it.

    Raises `Forbidden`, `NotFound`.
    """
    require(actor, Right.WRITE)
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        entry = await story.entry(entry_id)
        if entry.created_by != actor.id and not may(actor, Right.PUBLISH):
            raise Forbidden("a contributor may only write notes on entries of their own")
        await story.add_note(entry, room.clock(), actor.id, "note", form.text)
    return await announced(room, story, entry)
