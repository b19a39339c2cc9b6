"""The verbs on entries: publish, revise (with pin and verify). Each is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from liveblog.errors import Conflict, Forbidden, Invalid, Stale
from liveblog.members import User
from liveblog.models import Entry, EntryStatus, EventKind
from liveblog.newsroom import guard, texts
from liveblog.newsroom.cards import cards_of, want_cards
from liveblog.newsroom.corrections import corrected
from liveblog.newsroom.done import Done, announced, last_seq, show
from liveblog.newsroom.embargo import lifted, observed
from liveblog.newsroom.forms import EntryChange, EntryFields, NewEntry, VerificationForm
from liveblog.newsroom.media import attached
from liveblog.newsroom.repeats import digest_of, is_other
from liveblog.newsroom.rights import Right, may, require, require_story
from liveblog.newsroom.room import Newsroom
from liveblog.newsroom.verifications import since_publication, verification
from liveblog.store import StoryTransaction

# A change of these alone is no edit of what an entry says: it is not marked "updated".
UNMARKED = frozenset({"pinned", "verification", "key", "status", "corrections", "corrected_at"}) | {
    "embargo_until",
    "returned_at",
    "embeds",
}
PLAIN_FIELDS = (
    "headline",
    "key",
    "pinned",
    "labels",
    "topics",
    "dateline",
    "occurred_at",
    "embargo_until",
)
Along = Callable[[StoryTransaction, Entry, datetime], Awaitable[None]]
# What a contributor does not say of an entry, not even of their own, and what stands there instead.
EDITORS = {"pinned": False, "break_embargo": False}
_IN_WORK = frozenset({EntryStatus.DRAFT, EntryStatus.SUBMITTED})  # their author's to change


async def publish(
    room: Newsroom,
    actor: User,
    slug: str,
    form: NewEntry,
    *,
    key: str | None = None,
    along: Along | None = None,
    credited: bool = True,
) -> Done:
    """Appends an entry: published, or kept as `form.status` says.

    A `publish_at` in the future schedules it, one in the past backdates it; so does the delay that
    protects its author, but for `at_once`. The same `key` of the same user gives the first entry again.
    `along` is what a new entry brings about in the same transaction. Its author is credited by their public
    name where nobody else is, unless somebody else wrote it (`credited`).
    Raises `Forbidden`, `NotFound`, `Invalid`.
    """
    require(actor, Right.WRITE)
    if form.status in {EntryStatus.PUBLISHED, EntryStatus.SCHEDULED} and not may(
        actor, Right.PUBLISH
    ):
        raise Forbidden(
            f"the role {actor.role.value!r} may not publish; send the status 'submitted' or 'draft'"
        )
    _require_fields(actor, form)
    text = await texts.shown(room, actor.id, form.body)
    links = room.cards.links(text.links)
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        if key is not None and (first := await story.first_under(actor.id, key)):
            entry = await story.entry(first[0])
            seq = await last_seq(story, entry)
            return Done(story.story, entry, seq, True, is_other(form, first[1]))
        at = room.clock()
        status, published_at = _when(form.status, form.publish_at, at)
        sure = await verification(story, form.verification, at)
        entry = Entry(
            id="e" + secrets.token_hex(8),
            story_id=story.story.id,
            status=status,
            body=form.body,
            body_html=text.html,
            published_at=published_at,
            credits=_dumped(form.credits),
            sources=_dumped(form.sources),
            verification=sure,
            media=await attached(story, actor, form.media),
            embeds=await cards_of(room.cards, story, form.body, links, (), at),
            created_at=at,
            created_by=actor.id,
            **{name: getattr(form, name) for name in PLAIN_FIELDS},
        )
        guarded = await guard.new(
            story, actor, entry, at, at_once=form.at_once, credits_author=credited
        )
        asked = guarded.entry
        new = observed(asked, at, story.story.timezone, broken=form.break_embargo)
        is_public = new.status is EntryStatus.PUBLISHED
        if is_public:
            if new.pinned:
                await unpin_others(room, story, None, at, actor)
            new = new.model_copy(update={"seq": story.next_seq})
        await story.insert(new)
        await want_cards(room.cards, story, new, links, at)
        await guard.keep(story, guarded, new, at, just_published=is_public)
        if key is not None:
            await story.remember_key(actor.id, key, digest_of(form), new)
        await story.keep_revision(new, at, actor.id, new.status.value, _note(form.verification))
        await note_embargo(story, asked, new, at, actor)
        if along is not None:
            await along(story, new, at)
        if is_public:
            await show(room, story, EventKind.ENTRY_PUBLISHED, new, at)
    return await announced(room, story, new)


async def revise(
    room: Newsroom,
    actor: User,
    slug: str,
    entry_id: str,
    change: EntryChange,
    *,
    on_rev: int | None = None,
) -> Done:
    """Changes the fields of an entry that were sent: an edit, a correction, a pin, a verification, a
    publication.

    With `on_rev`, only where that is still the newest revision (`Stale` otherwise). A change that
    changes nothing makes no revision and no event. Raises `Forbidden`, `NotFound`, `Conflict`,
    `Invalid`, `Stale`.
    """
    require(actor, Right.WRITE)
    sent = "body" in change.model_fields_set
    text = await texts.shown(room, actor.id, change.body) if sent else None
    links = room.cards.links(text.links) if text else None
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        entry = await story.entry(entry_id)
        _require_edit(actor, entry, change)
        current = on_rev in {None, entry.rev}
        if not current and not await story.only_embedded_since(entry.id, on_rev or 0):
            raise Stale(
                f"revision {on_rev} was edited, the entry is at revision {entry.rev}", entry.rev
            )
        at = room.clock()
        asked = await _changed(story, actor, entry, change, text.html if text else None, at)
        if links is not None:
            cards = await cards_of(room.cards, story, asked.body, links, entry.embeds, at)
            asked = asked.model_copy(update={"embeds": cards})
        guarded = await guard.changed(story, actor, entry, asked, at, at_once=change.at_once)
        asked = guarded.entry
        was_public = entry.status is EntryStatus.PUBLISHED
        zone, broken = story.story.timezone, change.break_embargo
        new = asked if was_public else observed(asked, at, zone, broken=broken)
        if new == entry and not guarded.moved:
            return Done(story.story, entry, await last_seq(story, entry))
        is_public = new.status is EntryStatus.PUBLISHED
        different = {
            name for name in Entry.model_fields if getattr(new, name) != getattr(entry, name)
        }
        if was_public and different - UNMARKED - {"body_html"}:
            new = new.model_copy(update={"edited_at": at})
        new = new.model_copy(update={"rev": entry.rev + 1})
        if is_public and new.pinned:
            await unpin_others(room, story, new.id, at, actor)
        if is_public and not was_public:
            new = since_publication(new.model_copy(update={"seq": story.next_seq}))
        await story.update(new)
        if links is not None:
            await want_cards(room.cards, story, new, links, at)
        just_published = is_public and not was_public
        await guard.keep(story, guarded, new, at, just_published=just_published)
        action = _action(new, different)
        note = new.corrections[-1].note if action == "corrected" else _note(change.verification)
        await story.keep_revision(new, at, actor.id, action, note)
        await note_embargo(story, entry, new, at, actor, asked)
        if is_public:
            kind = EventKind.ENTRY_UPDATED if was_public else EventKind.ENTRY_PUBLISHED
            await show(room, story, kind, new, at)
    return await announced(room, story, new)


async def stands(
    room: Newsroom, actor: User, slug: str, entry_id: str, change: EntryChange
) -> bool:
    """Whether an entry is as `change` would make it, down to what is withheld of it: the change was made
    before, and the answer to it was lost. Raises as `revise` does."""
    async with room.store.log.glimpse(slug) as story:
        entry, at = await story.entry(entry_id), room.clock()
        if "body" in change.model_fields_set and change.body != entry.body:
            return False
        asked = await _changed(story, actor, entry, change, None, at)
        guarded = await guard.changed(story, actor, entry, asked, at, at_once=change.at_once)
        return guarded.entry == entry and not guarded.moved


async def pin(room: Newsroom, actor: User, slug: str, entry_id: str, pinned: bool) -> Done:
    """Pins an entry to the top of its story (there is one pinned entry: another's pin goes), or unpins it."""
    return await revise(room, actor, slug, entry_id, EntryChange(pinned=pinned))


async def publish_as_seen(
    room: Newsroom,
    actor: User,
    slug: str,
    entry_id: str,
    rev: int | None,
    *,
    break_embargo: bool = False,
) -> Done:
    """Publishes what waits as it stands, where that is revision `rev` (`Stale` otherwise); of what is
    published already any will do. Raises as `revise` does."""
    _, entry = await room.store.stories.entry(slug, entry_id)
    change = EntryChange(status=EntryStatus.PUBLISHED, break_embargo=break_embargo)
    seen = None if entry.status is EntryStatus.PUBLISHED else rev
    return await revise(room, actor, slug, entry_id, change, on_rev=seen)


async def verify(
    room: Newsroom, actor: User, slug: str, entry_id: str, form: VerificationForm
) -> Done:
    """Says how sure an entry is now."""
    return await revise(room, actor, slug, entry_id, EntryChange(verification=form))


async def publish_due(room: Newsroom, slug: str, entry_id: str) -> Done | None:
    """Publishes a scheduled entry whose hour has come, as its author is protected by now: by a delay that
    is longer than it was, it gets another hour. None where another process was faster."""
    async with room.store.log.transaction(slug) as story:
        entry = await story.entry(entry_id)
        at = room.clock()
        waiting = entry.status is EntryStatus.SCHEDULED and entry.published_at
        if not waiting or waiting > at or (entry.embargo_until and entry.embargo_until > at):
            return None
        guarded = await guard.due(story, entry, at)
        new = guarded.entry.model_copy(update={"rev": entry.rev + 1})
        is_public = new.status is EntryStatus.PUBLISHED
        if is_public:
            if new.pinned:
                await unpin_others(room, story, new.id, at, None)
            new = since_publication(new.model_copy(update={"seq": story.next_seq}))
        await story.update(new)
        await guard.keep(story, guarded, new, at, just_published=is_public)
        await story.keep_revision(new, at, None, new.status.value, None)
        if is_public:
            await show(room, story, EventKind.ENTRY_PUBLISHED, new, at)
    return await announced(room, story, new)


def _when(
    status: EntryStatus, publish_at: datetime | None, now: datetime
) -> tuple[EntryStatus, datetime | None]:
    """The status an entry gets, and its time of publication."""
    future = publish_at is not None and publish_at > now
    if status is EntryStatus.SCHEDULED and not future:
        raise Invalid({"publish_at": "must lie in the future for the status 'scheduled'"})
    if status is EntryStatus.PUBLISHED and future:
        return EntryStatus.SCHEDULED, publish_at
    if status is EntryStatus.PUBLISHED:
        return status, publish_at or now
    return status, publish_at


async def _changed(
    story: StoryTransaction,
    actor: User,
    entry: Entry,
    change: EntryChange,
    body_html: str | None,
    at: datetime,
) -> Entry:
    sent = change.model_fields_set
    values: dict[str, Any] = {name: getattr(change, name) for name in PLAIN_FIELDS if name in sent}
    if body_html is not None:
        values |= {"body": change.body, "body_html": body_html}
    for name in ("credits", "sources"):
        if name in sent:
            values[name] = _dumped(getattr(change, name))
    if "verification" in sent:
        values["verification"] = await verification(story, change.verification, at, entry)
    if "media" in sent:
        values["media"] = await attached(story, actor, change.media, entry)
    values |= _publication(entry, change, at)
    # Validated anew: model_copy() would let plain dictionaries stand where values belong.
    new = Entry.model_validate(entry.model_dump() | values)
    return corrected(entry, new, change.correction, at) if change.correction else new


def _publication(entry: Entry, change: EntryChange, at: datetime) -> dict[str, Any]:
    """What a change does to an entry's status and time of publication."""
    sent = change.model_fields_set
    if entry.status is EntryStatus.PUBLISHED:
        if "status" in sent and change.status is not EntryStatus.PUBLISHED:
            raise Conflict("status: a published entry can only be removed, by DELETE")
        if change.embargo_until is not None:
            raise Invalid({"embargo_until": "is for what is not published yet"})
        if change.publish_at is None:
            return {}
        if change.publish_at > at:
            raise Invalid({"publish_at": "lies in the future; the entry is published"})
        return {"published_at": change.publish_at}
    if not sent & {"status", "publish_at"}:
        return {}
    status = change.status if "status" in sent else entry.status
    publish_at = change.publish_at if "publish_at" in sent else entry.published_at
    if "publish_at" not in sent and status is EntryStatus.PUBLISHED:
        publish_at = None  # published by hand before its hour
    status, published_at = _when(status, publish_at, at)
    returned = entry.returned_at if status is EntryStatus.DRAFT else None
    return {"status": status, "published_at": published_at, "returned_at": returned}


def closed(actor: User, entry: Entry) -> str:
    """Why somebody can change no more what was theirs to change, in words for them; "" where that is not so."""
    if entry.status is EntryStatus.REMOVED:
        return "The update has been removed in the meantime; it can no longer be changed."
    if may(actor, Right.PUBLISH) or entry.created_by != actor.id or entry.status in _IN_WORK:
        return ""
    became = entry.status.value
    return f"Your update has been {became} in the meantime; only editors can change it now."


def _require_edit(actor: User, entry: Entry, change: EntryChange) -> None:
    if entry.status is EntryStatus.REMOVED:
        raise Conflict("the entry was removed; it can no longer be changed")
    if may(actor, Right.PUBLISH):
        return
    if entry.status not in _IN_WORK:
        require(actor, Right.PUBLISH)
    if entry.created_by != actor.id:
        raise Forbidden("a contributor may only change entries of their own")
    _require_fields(actor, change, entry)
    if change.model_fields_set & {"status"} and change.status not in {
        EntryStatus.DRAFT,
        EntryStatus.SUBMITTED,
    }:
        raise Forbidden(
            f"the role {actor.role.value!r} may not publish; send the status 'submitted' or 'draft'"
        )


def _require_fields(actor: User, form: EntryFields, entry: Entry | None = None) -> None:
    if may(actor, Right.PUBLISH):
        return
    taken = [
        name
        for name, unsaid in EDITORS.items()
        if name in form.model_fields_set and getattr(form, name) != getattr(entry, name, unsaid)
    ]
    until = entry.embargo_until if entry else None
    if until and "embargo_until" in form.model_fields_set:
        earlier = form.embargo_until is None or form.embargo_until < until
        taken += ["embargo_until"] if earlier else []
    if taken:
        message = "is for editors"
        raise Forbidden(f"{', '.join(taken)}: {message}", dict.fromkeys(taken, message))


def _action(new: Entry, different: set[str]) -> str:
    if "status" in different:
        return new.status.value
    if "corrections" in different:
        return "corrected"
    if different == {"pinned"}:
        return "pinned" if new.pinned else "unpinned"
    if different == {"verification"}:
        return "verified"
    return "revised"


async def unpin_others(
    room: Newsroom, story: StoryTransaction, pinned_id: str | None, at: datetime, actor: User | None
) -> None:
    """There is one pinned entry: another one loses its pin, by an event of its own."""
    for other in await story.pinned():
        if other.id != pinned_id:
            unpinned = other.model_copy(update={"pinned": False, "rev": other.rev + 1})
            await story.update(unpinned)
            await story.keep_revision(unpinned, at, actor.id if actor else None, "unpinned", None)
            await show(room, story, EventKind.ENTRY_UPDATED, unpinned, at)


async def note_embargo(
    story: StoryTransaction,
    before: Entry,
    new: Entry,
    at: datetime,
    actor: User,
    asked: Entry | None = None,
) -> None:
    """That an embargo ended before its hour is kept, with who did it."""
    if text := lifted(before, new, at, story.story.timezone, asked):
        await story.add_note(new, at, actor.id, "embargo", text)


def _dumped(forms: tuple[Any, ...]) -> Any:
    return tuple(form.model_dump() for form in forms)


def _note(form: VerificationForm | None) -> str | None:
    return form.note if form else None
