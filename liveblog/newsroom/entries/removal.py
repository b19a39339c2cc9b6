"""Removes entries, and purges what they said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from liveblog.models.content import Entry, EntryStatus
from liveblog.models.members import User
from liveblog.models.revisions import Takedown
from liveblog.newsroom import brief
from liveblog.newsroom.commit import Outcome, opened, scrub_events
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import Removal
from liveblog.newsroom.media import clear_away
from liveblog.newsroom.permissions import require_remove
from liveblog.store import StoryTransaction

REACH_SECONDS = 0.5  # hubs are told then, also if a process is silent
# What a removal cannot reach.
BEYOND = (
    "browsers that are closed or offline, until they open the story again",
    "copies that others made: caches, search engines, feeds, archives, screenshots",
    "backups of the database",
)
COPIES = "copies, at most 30 seconds old, at sites that include the story on their server: {sites}"
MOST_SITES = 20  # that a report names


async def remove(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: Removal
) -> Outcome:
    """Removes an entry. `form.purge` also deletes its text from history and event log, and its
    media, for good.

    The outcome has a report of what the removal reached. The report is kept in the entry's history
    and quotes nothing of the entry. Readers are told if they have the entry, and of a purge if they
    ever had it. A second removal changes nothing, unless it is the first purge.

    Raises `Forbidden`, `NotFound`.
    """
    scrubbed: dict[str, int] = {}
    released: list[str] = []
    async with opened(newsroom, actor, slug, entry_id) as change:
        entry = change.before
        require_remove(actor, entry)
        if entry.status is EntryStatus.REMOVED and (not form.purge or not entry.body):
            return await change.unchanged()
        new = entry.model_copy(update={"status": EntryStatus.REMOVED, "pinned": False})
        if form.purge:
            new = _scrubbed(new)
            scrubbed, released = await _scrub(change.tx, entry)
        action = "purged" if form.purge else "removed"
        await change.commit(new, action, note=form.reason, purged=form.purge)
        if form.purge:
            # After the entry, as when a draft is saved, so that none is saved after the purge.
            scrubbed["drafts"] = await change.tx.drafts.scrub(entry.id)
    outcome, at = change.outcome, change.at
    if form.purge:
        await clear_away(newsroom, released)
    report = Takedown(at=at, purged=form.purge, scrubbed=scrubbed)
    if outcome.seq is not None:
        reached = asyncio.ensure_future(newsroom.acknowledged(outcome.story, outcome.seq))
        # A hub that is told fetches at once, from any process.
        await asyncio.wait([reached], timeout=REACH_SECONDS)
        announced = await newsroom.announced(outcome.story, outcome.seq)
        confirmed = await reached
        report = report.model_copy(
            update={
                "processes": confirmed.processes,
                "silent": confirmed.silent,
                "beyond": (*BEYOND, *_copies(confirmed.copies), *announced),
            }
        )
    await newsroom.store.log.keep_report(outcome.entry, report)
    if form.purge:
        await newsroom.store.database.forget()
    return outcome._replace(report=report)


async def purge_again(newsroom: Newsroom, actor: User, entries: Mapping[str, str]) -> None:
    """Purges entries that were purged before, in a database that is older: their ids, each with the slug of its story."""
    for entry_id, slug in entries.items():
        await remove(newsroom, actor, slug, entry_id, Removal(purge=True))


def _copies(sites: Mapping[str, int]) -> tuple[str, ...]:
    """One sentence on the sites that include the story on their server, if there are any."""
    if not sites:
        return ()
    named = sorted(sites, key=lambda site: (-sites[site], site))
    more = len(named) - MOST_SITES
    words = ", ".join(named[:MOST_SITES]) + (f" and {more} more" if more > 0 else "")
    return (COPIES.format(sites=words),)


async def _scrub(tx: StoryTransaction, entry: Entry) -> tuple[dict[str, int], list[str]]:
    """Deletes what the entry said outside of its row. Returns the numbers of deleted items by
    kind, and the ids of media to delete."""
    cards = await tx.cards.scrub(entry.id)
    points, briefs = await brief.purge(tx, entry)
    released = await tx.media.release(entry.id)
    scrubbed = {
        "entry": 1,
        "revisions": await tx.revisions.scrub(entry.id),
        "events": briefs + await scrub_events(tx, entry),
        "idempotency keys": await tx.keys.scrub(entry.id),
        "cards": cards,
        "points of the Brief": points,
        "media": len(released),
        "withheld places": await tx.places.drop(entry.id),
    }
    await tx.inbound.drop_attachments(entry.id)
    await tx.notes.scrub(entry.id)
    return scrubbed, released


def _scrubbed(entry: Entry) -> Entry:
    """The entry without its contents."""
    return Entry(
        id=entry.id,
        story_id=entry.story_id,
        seq=entry.seq,
        rev=entry.rev,
        status=EntryStatus.REMOVED,
        body="",
        body_html="",
        published_at=entry.published_at,
        created_at=entry.created_at,
        created_by=entry.created_by,
    )
