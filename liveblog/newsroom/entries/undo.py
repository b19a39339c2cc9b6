"""Takes back an edit, a publication or a removal.

Readers get another event after the one they had, and the history keeps both.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from liveblog.content.providers import Link
from liveblog.errors import Conflict
from liveblog.models.content import Entry, EntryStatus
from liveblog.models.entry_fields import Trait, named
from liveblog.models.members import User
from liveblog.newsroom import texts
from liveblog.newsroom.commit import Change, Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import Undo
from liveblog.newsroom.link_cards import cards_of, with_pictures
from liveblog.newsroom.permissions import Right, may, require, require_restore, wrote
from liveblog.newsroom.safety import enforce

# The other fields tell what an entry is, or are a promise to the public.
UNDOABLE = frozenset(named(Trait.UNDOABLE))


async def undo(newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: Undo) -> Outcome:
    """Takes back the change that made revision `form.rev`.

    A published entry becomes submitted or a draft again, a removed one comes back, an edit is
    undone. The author's protection of today applies. Media that were purged elsewhere do not come
    back.

    Raises `Stale` if the entry was changed since, other than by link cards; `Forbidden`,
    `NotFound`; and `Conflict` for a correction, which is a public record, for a purged entry, and
    if there is nothing to take back.
    """
    require(actor, Right.PUBLISH)
    links = await _earlier_links(newsroom, actor, slug, entry_id, form.rev)
    async with opened(newsroom, actor, slug, entry_id) as change:
        await change.require_revision(form.rev)
        if change.before.status is EntryStatus.REMOVED:
            await _bring_back(change, actor)
        else:
            await _step_back(change, actor, form.rev, links)
    return change.outcome


async def restore(newsroom: Newsroom, actor: User, slug: str, entry_id: str) -> Outcome:
    """Brings back an entry that was removed and not purged, in the status that it had.

    A scheduled entry whose time has passed becomes a draft. A scheduled entry that a contributor
    brings back is submitted: an editor publishes it.

    Raises `Forbidden`, `NotFound`, `Conflict`.
    """
    async with opened(newsroom, actor, slug, entry_id) as change:
        require_restore(actor, change.before)
        await _bring_back(change, actor)
    return change.outcome


async def _bring_back(change: Change, actor: User) -> None:
    """For readers this is a publication with an event of its own.

    The entry keeps its id, its time and its place in the order, and so its address.
    """
    tx, entry = change.tx, change.before
    if entry.status is not EntryStatus.REMOVED:
        raise Conflict(f"the entry is {entry.status.value}; only a removed entry can be restored")
    if not entry.body:
        raise Conflict("the entry was purged; nothing is left of it")
    before = await tx.revisions.fields(entry.id, entry.rev - 1)
    status = _restored_status(actor, entry, before.get("status"), change.at)
    enforced = await enforce.on_restore(
        tx, actor, entry, entry.model_copy(update={"status": status})
    )
    new = enforced.entry.model_copy(update={"pinned": bool(before.get("pinned"))})
    await change.commit(new, "restored", enforced=enforced, in_place=True)


def _restored_status(actor: User, entry: Entry, before: object, at: datetime) -> EntryStatus:
    """The status in which a removed entry comes back."""
    if before == EntryStatus.SCHEDULED:
        to_come = entry.published_at is not None and entry.published_at > at
        if not may(actor, Right.PUBLISH):
            return EntryStatus.SUBMITTED
        return EntryStatus.SCHEDULED if to_come else EntryStatus.DRAFT
    stays = {EntryStatus.PUBLISHED, EntryStatus.SUBMITTED}
    return next((status for status in stays if status == before), EntryStatus.DRAFT)


async def _earlier_links(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, rev: int
) -> list[Link]:
    """The links of the text before a revision; none if the entry has the same text now.

    This runs before the story is locked, because some Markdown takes long to render, and a revision
    never changes.
    """
    _, entry = await newsroom.store.stories.entry(slug, entry_id)
    kept = {one.rev: one.entry.get("body") for one in await newsroom.store.stories.history(entry)}
    earlier = kept.get(rev - 1)
    if not earlier or earlier == entry.body:
        return []
    return newsroom.cards.links(await texts.links(newsroom, actor.id, str(earlier)))


async def _step_back(change: Change, actor: User, rev: int, links: list[Link]) -> None:
    """Takes back an edit or a publication."""
    newsroom, tx, entry, at = change.newsroom, change.tx, change.before, change.at
    before = await tx.revisions.fields(entry.id, rev - 1) if rev > 1 else {}
    was_public = before.get("status") == EntryStatus.PUBLISHED
    is_public = entry.status is EntryStatus.PUBLISHED
    if is_public and not was_public:
        await change.commit(_withdrawn(entry, before), "withdrawn")
        return
    if not before or (was_public and not is_public):
        raise Conflict("there is nothing to take back")
    if entry.corrected_at is not None and entry.corrections[-1].rev == rev:
        raise Conflict("a correction is a public record; write another one instead")
    earlier = {name: value for name, value in before.items() if name in UNDOABLE}
    values = entry.model_dump() | earlier | _edited_again(entry, earlier, at, is_public)
    asked = Entry.model_validate(values)
    there = await tx.media.lock([medium.id for medium in asked.media])
    kept = tuple(medium for medium in asked.media if medium.id in there)
    by_author = wrote(await tx.revisions.made_by(entry.id, rev), entry)
    cards = entry.embeds
    if asked.body != entry.body:
        had = await with_pictures(tx, (*asked.embeds, *entry.embeds))
        cards = await cards_of(newsroom.cards, tx, asked.body, links, had, at)
    asked = asked.model_copy(update={"media": kept, "embeds": cards})
    enforced = await enforce.on_restore(tx, actor, entry, asked, forget=by_author)
    new = enforced.entry
    if new.status is EntryStatus.SCHEDULED and (new.published_at is None or new.published_at <= at):
        new = new.model_copy(update={"status": EntryStatus.DRAFT})
    await change.commit(
        new, "revised", enforced=enforced, links=links if new.body != entry.body else None
    )


def _withdrawn(entry: Entry, before: dict[str, Any]) -> Entry:
    """Takes down an entry that was published by mistake.

    It is submitted again if it was submitted `before`, else it is a draft. Its embargo holds again.
    It keeps no time of publication, except one that somebody chose.
    """
    waited = before.get("status") == EntryStatus.SUBMITTED
    status = EntryStatus.SUBMITTED if waited else EntryStatus.DRAFT
    said = {"status": status, "pinned": False, "embargo_until": before.get("embargo_until")}
    said |= {"published_at": _chosen_time(entry, before)}
    return Entry.model_validate(entry.model_dump() | said)


def _chosen_time(entry: Entry, before: dict[str, Any]) -> object:
    """The time of publication that the entry had as a draft.

    The time of the mistake would backdate the next publication, and readers would not see it.
    """
    if not before:
        return entry.published_at if entry.published_at != entry.created_at else None
    waited = before.get("status") in {EntryStatus.DRAFT, EntryStatus.SUBMITTED}
    return before.get("published_at") if waited else None


def _edited_again(
    entry: Entry, earlier: dict[str, Any], at: datetime, is_public: bool
) -> dict[str, Any]:
    """Marks the entry as edited again, if readers have seen the headline or text that changes."""
    said = ("headline", "body")
    same = all(earlier.get(name) == getattr(entry, name) for name in said)
    return {} if same or not is_public else {"edited_at": at}
