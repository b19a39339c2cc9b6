"""One verb on several entries, with a result for each; and taking it back."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import NamedTuple

from liveblog.errors import Refused
from liveblog.models.members import User
from liveblog.newsroom.commit import Outcome
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.edit import publish_as_seen, revise
from liveblog.newsroom.entries.removal import remove
from liveblog.newsroom.entries.undo import restore, undo
from liveblog.newsroom.forms import Bulk, EntryChange, Removal, Undo
from liveblog.newsroom.permissions import Right, require


class EntryResult(NamedTuple):
    """The result for one entry: what the verb did, or why it was refused."""

    entry_id: str
    outcome: Outcome | None
    error: Refused | None


async def bulk(newsroom: Newsroom, actor: User, slug: str, form: Bulk) -> list[EntryResult]:
    """Does `form.action` to each of the entries, in their order. Returns a result for each.

    A refused entry does not stop the others. Raises `Forbidden`, and `NotFound` if there is no such
    story.
    """
    require(actor, Right.PUBLISH)
    await newsroom.store.stories.get(slug)
    return [
        await _result(entry_id, _one(newsroom, actor, slug, entry_id, form))
        for entry_id in form.entries
    ]


async def undo_bulk(
    newsroom: Newsroom, actor: User, slug: str, done: Sequence[tuple[str, Undo]]
) -> list[EntryResult]:
    """Takes back what was done to each of the entries, as `undo()` does. Returns a result for each.

    `done` are pairs of an entry's id and the revision to take back. Raises `Forbidden`, `NotFound`.
    """
    require(actor, Right.PUBLISH)
    await newsroom.store.stories.get(slug)
    return [
        await _result(entry_id, undo(newsroom, actor, slug, entry_id, form))
        for entry_id, form in done
    ]


async def _result(entry_id: str, work: Awaitable[Outcome]) -> EntryResult:
    try:
        return EntryResult(entry_id, await work, None)
    except Refused as error:
        return EntryResult(entry_id, None, error)


async def _one(newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: Bulk) -> Outcome:
    match form.action:
        case "remove":
            return await remove(newsroom, actor, slug, entry_id, Removal())
        case "restore":
            return await restore(newsroom, actor, slug, entry_id)
        case "publish":
            return await publish_as_seen(newsroom, actor, slug, entry_id, form.revs.get(entry_id))
        case "key" | "unkey":
            change = EntryChange(key=form.action == "key")
        case "verify":
            change = EntryChange(verification=form.verification)
        case "label" | "unlabel":
            return await _label(newsroom, actor, slug, entry_id, form)
    return await revise(newsroom, actor, slug, entry_id, change)


async def _label(newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: Bulk) -> Outcome:
    _, entry = await newsroom.store.stories.entry(slug, entry_id)
    label = form.label or ""
    labels = [one for one in entry.labels if one.casefold() != label.casefold()]
    if form.action == "label":
        labels.append(label)
    change = EntryChange(labels=tuple(labels))
    return await revise(newsroom, actor, slug, entry_id, change, on_rev=entry.rev)
