"""Taking back: an edit, a publication, a removal. Nothing is unsaid; what readers had is followed by
another event, and the history keeps both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liveblog.content import payload
from liveblog.content.providers import Link
from liveblog.errors import Conflict, Stale
from liveblog.members import User
from liveblog.models import Entry, EntryStatus, EventKind
from liveblog.newsroom import guard, texts
from liveblog.newsroom.cards import cards_of, want_cards, with_pictures
from liveblog.newsroom.done import Done, announced, show
from liveblog.newsroom.entries import note_embargo, unpin_others
from liveblog.newsroom.forms import Undo
from liveblog.newsroom.rights import Right, may, require, require_story
from liveblog.newsroom.room import Newsroom
from liveblog.store import StoryTransaction

# What an entry is, and what was promised about it in public: no undoing changes it.
KEPT = frozenset({"id", "story_id", "seq", "rev", "created_at", "created_by", "corrections"}) | {
    "corrected_at"
}


async def undo(room: Newsroom, actor: User, slug: str, entry_id: str, form: Undo) -> Done:
    """Takes back the change that made revision `form.rev`, where nothing but cards of links came to the
    entry since (`Stale` otherwise).

    What was published is submitted or a draft again, what was removed comes back, an edit is undone: each as its
    author is protected by now, and without media that were purged elsewhere. Raises `Forbidden`, `NotFound`,
    `Conflict` for a correction, which is a public record, and for what was purged.
    """
    require(actor, Right.PUBLISH)
    links = await _earlier_links(room, actor, slug, entry_id, form.rev)
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        entry = await story.entry(entry_id)
        if form.rev != entry.rev and not await story.only_embedded_since(entry_id, form.rev):
            raise Stale(
                f"revision {form.rev} is not the newest any more, {entry.rev} is", entry.rev
            )
        if entry.status is EntryStatus.REMOVED:
            new = await _bring_back(room, story, actor, entry)
        else:
            new = await _step_back(room, story, actor, entry, form.rev, links)
    return await announced(room, story, new)


async def restore(room: Newsroom, actor: User, slug: str, entry_id: str) -> Done:
    """Brings back what was removed and not purged, to where it stood: before readers, in the queue, in
    its hour if that is to come, or among the drafts. What a contributor brings back is published by an
    editor.

    Raises `Forbidden`, `NotFound`, `Conflict`.
    """
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        entry = await story.entry(entry_id)
        own = entry.created_by == actor.id and entry.seq is None
        require(actor, Right.WRITE if own else Right.PUBLISH)
        new = await _bring_back(room, story, actor, entry)
    return await announced(room, story, new)


async def _bring_back(room: Newsroom, story: StoryTransaction, actor: User, entry: Entry) -> Entry:
    """For readers a publication with an event of its own; the entry keeps its id, its time and its
    place in the order, and so its address."""
    if entry.status is not EntryStatus.REMOVED:
        raise Conflict(f"the entry is {entry.status.value}; only what was removed comes back")
    if not entry.body:
        raise Conflict("the entry was purged; nothing is left of it")
    before = await story.revision(entry.id, entry.rev - 1)
    at = room.clock()
    status = _stood(actor, entry, before.get("status"), at)
    was_public = status is EntryStatus.PUBLISHED
    pinned = bool(before.get("pinned"))
    guarded = await guard.again(story, actor, entry, entry.model_copy(update={"status": status}))
    new = guarded.entry.model_copy(update={"pinned": pinned, "rev": entry.rev + 1})
    if was_public and pinned:
        await unpin_others(room, story, new.id, at, actor)
    await story.update(new)
    await guard.keep(story, guarded, new, at)
    await story.keep_revision(new, at, actor.id, "restored", None)
    if was_public:
        await show(room, story, EventKind.ENTRY_PUBLISHED, new, at)
    return new


def _stood(actor: User, entry: Entry, before: object, at: datetime) -> EntryStatus:
    """The status in which a removed entry comes back."""
    if before == EntryStatus.SCHEDULED:
        to_come = entry.published_at is not None and entry.published_at > at
        if not may(actor, Right.PUBLISH):
            return EntryStatus.SUBMITTED
        return EntryStatus.SCHEDULED if to_come else EntryStatus.DRAFT
    stays = {EntryStatus.PUBLISHED, EntryStatus.SUBMITTED}
    return next((status for status in stays if status == before), EntryStatus.DRAFT)


async def _earlier_links(
    room: Newsroom, actor: User, slug: str, entry_id: str, rev: int
) -> list[Link]:
    """Those of the text that stood before a revision. Before the story is locked: odd Markdown takes its
    time, and what a revision was does not change."""
    _, entry = await room.store.stories.entry(slug, entry_id)
    kept = {one.rev: one.entry.get("body") for one in await room.store.stories.history(entry)}
    earlier = kept.get(rev - 1)
    if not earlier or earlier == entry.body:
        return []
    return room.cards.links(await texts.links(room, actor.id, str(earlier)))


async def _step_back(
    room: Newsroom,
    story: StoryTransaction,
    actor: User,
    entry: Entry,
    rev: int,
    links: list[Link],
) -> Entry:
    at = room.clock()
    before = await story.revision(entry.id, rev - 1) if rev > 1 else {}
    was_public = before.get("status") == EntryStatus.PUBLISHED
    is_public = entry.status is EntryStatus.PUBLISHED
    if is_public and not was_public:
        return await _withdraw(story, actor, entry, at, before)
    if not before or (was_public and not is_public):
        raise Conflict("there is nothing to take back")
    if entry.corrected_at is not None and entry.corrections[-1].rev == rev:
        raise Conflict("a correction is a public record; write another one instead")
    earlier = {name: value for name, value in before.items() if name not in KEPT}
    values = entry.model_dump() | earlier | _since(entry, earlier, at, is_public)
    asked = Entry.model_validate(values | {"rev": entry.rev + 1})
    there = await story.media([medium.id for medium in asked.media])
    kept = tuple(medium for medium in asked.media if medium.id in there)
    by_author = await story.made_by(entry.id, rev) == entry.created_by
    cards = entry.embeds
    if asked.body != entry.body:
        had = await with_pictures(story, (*asked.embeds, *entry.embeds))
        cards = await cards_of(room.cards, story, asked.body, links, had, at)
    asked = asked.model_copy(update={"media": kept, "embeds": cards})
    guarded = await guard.again(story, actor, entry, asked, forget=by_author)
    new = guarded.entry
    if new.status is EntryStatus.SCHEDULED and (new.published_at is None or new.published_at <= at):
        new = new.model_copy(update={"status": EntryStatus.DRAFT})
    if is_public and new.pinned:
        await unpin_others(room, story, new.id, at, actor)
    await story.update(new)
    if new.body != entry.body:
        await want_cards(room.cards, story, new, links, at)
    await guard.keep(story, guarded, new, at)
    await story.keep_revision(new, at, actor.id, "revised", None)
    await note_embargo(story, entry, new, at, actor)
    if is_public:
        await show(room, story, EventKind.ENTRY_UPDATED, new, at)
    return new


async def _withdraw(
    story: StoryTransaction, actor: User, entry: Entry, at: datetime, before: dict[str, Any]
) -> Entry:
    """Published by mistake: submitted again where it was `before`, otherwise a draft; under its embargo again, and
    with no hour but one that somebody chose. For readers it is taken down."""
    waited = before.get("status") == EntryStatus.SUBMITTED
    status = EntryStatus.SUBMITTED if waited else EntryStatus.DRAFT
    said = {"status": status, "pinned": False, "embargo_until": before.get("embargo_until")}
    said |= {"published_at": _chosen_hour(entry, before), "rev": entry.rev + 1}
    new = Entry.model_validate(entry.model_dump() | said)
    await story.update(new)
    await story.keep_revision(new, at, actor.id, "withdrawn", None)
    await story.append(
        EventKind.ENTRY_REMOVED, new, at, payload.removed(story.next_seq, new, at, purged=False)
    )
    return new


def _chosen_hour(entry: Entry, before: dict[str, Any]) -> object:
    """The time of publication that it had before, as a draft. That of the mistake would date the next
    publication back, to where no reader looks."""
    if not before:
        return entry.published_at if entry.published_at != entry.created_at else None
    waited = before.get("status") in {EntryStatus.DRAFT, EntryStatus.SUBMITTED}
    return before.get("published_at") if waited else None


def _since(entry: Entry, earlier: dict[str, Any], at: datetime, is_public: bool) -> dict[str, Any]:
    """Readers have seen the text that goes: the entry says that it was edited again."""
    said = ("headline", "body")
    same = all(earlier.get(name) == getattr(entry, name) for name in said)
    return {} if same or not is_public else {"edited_at": at}
