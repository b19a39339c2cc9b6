"""The verbs on entries: publish and revise, which also pins and verifies. Each is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from liveblog.errors import Conflict, Invalid
from liveblog.models.content import Entry, EntryStatus
from liveblog.models.entry_fields import Trait, named
from liveblog.models.members import User
from liveblog.newsroom import texts
from liveblog.newsroom.commit import Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.corrections import corrected
from liveblog.newsroom.entries.embargo import observed
from liveblog.newsroom.entries.verification import verification
from liveblog.newsroom.forms import EntryChange, NewEntry, VerificationForm
from liveblog.newsroom.link_cards import cards_of
from liveblog.newsroom.media import attached
from liveblog.newsroom.permissions import Right, require, require_create, require_edit
from liveblog.newsroom.repeats import digest_of, is_other
from liveblog.newsroom.safety import enforce
from liveblog.store import StoryTransaction

MARKED = frozenset(named(Trait.MARKED))
PLAIN_FIELDS = named(Trait.PLAIN)
InTransaction = Callable[[StoryTransaction, Entry, datetime], Awaitable[None]]


async def publish(
    newsroom: Newsroom,
    actor: User,
    slug: str,
    form: NewEntry,
    *,
    key: str | None = None,
    in_transaction: InTransaction | None = None,
    credited: bool = True,
) -> Outcome:
    """Appends an entry with the status `form.status`.

    A `publish_at` in the future schedules the entry, one in the past backdates it. The delay that
    protects the author also schedules it, unless `form.at_once` is set. The same `key` of the same
    user returns the first entry again. `in_transaction` runs inside the same transaction, after the insert.
    If nobody is credited, the author is credited by their public name; `credited` is False if
    somebody else wrote the text.

    Raises `Forbidden`, `NotFound`, `Invalid`, and `Conflict` if an embargo forbids it.
    """
    require_create(actor, form)
    text = await texts.shown(newsroom, actor.id, form.body)
    links = newsroom.cards.links(text.links)
    async with opened(newsroom, actor, slug) as change:
        tx, at = change.tx, change.at
        if key is not None and (first := await tx.keys.find(actor.id, key)):
            outcome = await change.unchanged(await tx.entries.get(first[0]))
            return outcome._replace(repeated=True, other_form=is_other(form, first[1]))
        status, published_at = _when(form.status, form.publish_at, at)
        entry = Entry(
            id="e" + secrets.token_hex(8),
            story_id=tx.story.id,
            status=status,
            body=form.body,
            body_html=text.html,
            published_at=published_at,
            credits=_dumped(form.credits),
            sources=_dumped(form.sources),
            verification=await verification(tx, form.verification, at),
            media=await attached(tx, actor, form.media),
            embeds=await cards_of(newsroom.cards, tx, form.body, links, (), at),
            created_at=at,
            created_by=actor.id,
            **{name: getattr(form, name) for name in PLAIN_FIELDS},
        )
        enforced = await enforce.on_create(
            tx,
            actor,
            entry,
            at,
            at_once=form.at_once,
            credits_author=credited,
            signs=newsroom.site.signs,
        )
        asked = enforced.entry
        new = observed(asked, at, tx.story.timezone, broken=form.break_embargo)
        new = await change.commit(
            new,
            new.status.value,
            note=_note(form.verification),
            enforced=enforced,
            links=links,
            requested=asked,
        )
        if key is not None:
            await tx.keys.remember(actor.id, key, digest_of(form), new)
        if in_transaction is not None:
            await in_transaction(tx, new, at)
    return change.outcome


async def revise(
    newsroom: Newsroom,
    actor: User,
    slug: str,
    entry_id: str,
    change: EntryChange,
    *,
    on_rev: int | None = None,
) -> Outcome:
    """Changes the fields that `change` sets: an edit, correction, pin, verification or publication.

    A change that changes nothing makes no revision and no event. Raises `Forbidden`, `NotFound`,
    `Conflict`, `Invalid`, and `Stale` if `on_rev` is given and is not the newest revision.
    """
    require(actor, Right.WRITE)
    sent = "body" in change.model_fields_set
    text = await texts.shown(newsroom, actor.id, change.body) if sent else None
    links = newsroom.cards.links(text.links) if text else None
    async with opened(newsroom, actor, slug, entry_id) as changing:
        tx, entry, at = changing.tx, changing.before, changing.at
        require_edit(actor, entry, change)
        await changing.require_revision(on_rev)
        asked = await _changed(tx, actor, entry, change, text.html if text else None, at)
        if links is not None:
            cards = await cards_of(newsroom.cards, tx, asked.body, links, entry.embeds, at)
            asked = asked.model_copy(update={"embeds": cards})
        enforced = await enforce.on_edit(tx, actor, entry, asked, at, at_once=change.at_once)
        new = asked = enforced.entry
        if entry.status is not EntryStatus.PUBLISHED:
            new = observed(asked, at, tx.story.timezone, broken=change.break_embargo)
        if new == entry and not enforced.moved:
            return await changing.unchanged()
        different = {
            name for name in Entry.model_fields if getattr(new, name) != getattr(entry, name)
        }
        if entry.status is EntryStatus.PUBLISHED and different & MARKED:
            new = new.model_copy(update={"edited_at": at})
        action = _action(new, different)
        await changing.commit(
            new,
            action,
            note=new.corrections[-1].note if action == "corrected" else _note(change.verification),
            enforced=enforced,
            links=links,
            requested=asked,
        )
    return changing.outcome


async def stands(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, change: EntryChange
) -> bool:
    """Whether an entry, and what is withheld of it, is already as `change` would make it.

    Then the change was made before, and its answer was lost. Raises as `revise` does.
    """
    async with newsroom.store.log.snapshot(slug) as tx:
        entry, at = await tx.entries.get(entry_id), newsroom.clock()
        if "body" in change.model_fields_set and change.body != entry.body:
            return False
        asked = await _changed(tx, actor, entry, change, None, at)
        enforced = await enforce.on_edit(tx, actor, entry, asked, at, at_once=change.at_once)
        return enforced.entry == entry and not enforced.moved


async def pin(newsroom: Newsroom, actor: User, slug: str, entry_id: str, pinned: bool) -> Outcome:
    """Pins an entry to the top of its story, or unpins it. A pinned entry unpins the one before."""
    return await revise(newsroom, actor, slug, entry_id, EntryChange(pinned=pinned))


async def publish_as_seen(
    newsroom: Newsroom,
    actor: User,
    slug: str,
    entry_id: str,
    rev: int | None,
    *,
    break_embargo: bool = False,
) -> Outcome:
    """Publishes a waiting entry if it is still at revision `rev`, else raises `Stale`.

    `rev` is ignored for entries that are published already. Raises as `revise` does.
    """
    _, entry = await newsroom.store.stories.entry(slug, entry_id)
    change = EntryChange(status=EntryStatus.PUBLISHED, break_embargo=break_embargo)
    seen = None if entry.status is EntryStatus.PUBLISHED else rev
    return await revise(newsroom, actor, slug, entry_id, change, on_rev=seen)


async def verify(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: VerificationForm
) -> Outcome:
    """Says how sure an entry is now."""
    return await revise(newsroom, actor, slug, entry_id, EntryChange(verification=form))


async def publish_due(newsroom: Newsroom, slug: str, entry_id: str) -> Outcome | None:
    """Publishes a scheduled entry that is due. If its author's delay is longer by now, it gets a
    later time.

    None if the entry is not due: another process was faster, or its embargo holds.
    """
    async with opened(newsroom, None, slug, entry_id) as change:
        entry, at = change.before, change.at
        waiting = entry.status is EntryStatus.SCHEDULED and entry.published_at
        if not waiting or waiting > at or (entry.embargo_until and entry.embargo_until > at):
            return None
        enforced = await enforce.on_due(change.tx, entry, at)
        await change.commit(enforced.entry, enforced.entry.status.value, enforced=enforced)
    return change.outcome


def _when(
    status: EntryStatus, publish_at: datetime | None, now: datetime
) -> tuple[EntryStatus, datetime | None]:
    """The status and the time of publication of an entry. Raises `Invalid`."""
    future = publish_at is not None and publish_at > now
    if status is EntryStatus.SCHEDULED and not future:
        raise Invalid({"publish_at": "must lie in the future for the status 'scheduled'"})
    if status is EntryStatus.PUBLISHED and future:
        return EntryStatus.SCHEDULED, publish_at
    if status is EntryStatus.PUBLISHED:
        return status, publish_at or now
    return status, publish_at


async def _changed(
    tx: StoryTransaction,
    actor: User,
    entry: Entry,
    change: EntryChange,
    body_html: str | None,
    at: datetime,
) -> Entry:
    """The entry with the fields that were sent. Raises `Conflict`, `Invalid`."""
    sent = change.model_fields_set
    values: dict[str, Any] = {name: getattr(change, name) for name in PLAIN_FIELDS if name in sent}
    if body_html is not None:
        values |= {"body": change.body, "body_html": body_html}
    for name in ("credits", "sources"):
        if name in sent:
            values[name] = _dumped(getattr(change, name))
    if "verification" in sent:
        values["verification"] = await verification(tx, change.verification, at, entry)
    if "media" in sent:
        values["media"] = await attached(tx, actor, change.media, entry)
    values |= _publication(entry, change, at)
    # Validated, because model_copy() would keep plain dictionaries.
    new = Entry.model_validate(entry.model_dump() | values)
    return corrected(entry, new, change.correction, at) if change.correction else new


def _publication(entry: Entry, change: EntryChange, at: datetime) -> dict[str, Any]:
    """The changes of an entry's status and time of publication. Raises `Conflict`, `Invalid`."""
    sent = change.model_fields_set
    if entry.status is EntryStatus.PUBLISHED:
        if "status" in sent and change.status is not EntryStatus.PUBLISHED:
            raise Conflict("status: a published entry can only be removed, by DELETE")
        if change.embargo_until is not None:
            raise Invalid({"embargo_until": "can only be set before publication"})
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
        publish_at = None  # published by hand before its scheduled time
    status, published_at = _when(status, publish_at, at)
    returned = entry.returned_at if status is EntryStatus.DRAFT else None
    return {"status": status, "published_at": published_at, "returned_at": returned}


def _action(new: Entry, different: set[str]) -> str:
    """The action of a change, as the history names it."""
    if "status" in different:
        return new.status.value
    if "corrections" in different:
        return "corrected"
    if different == {"pinned"}:
        return "pinned" if new.pinned else "unpinned"
    if different == {"verification"}:
        return "verified"
    return "revised"


def _dumped(forms: tuple[Any, ...]) -> Any:
    return tuple(form.model_dump() for form in forms)


def _note(form: VerificationForm | None) -> str | None:
    return form.note if form else None
