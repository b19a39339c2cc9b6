"""Taking an entry down, and scrubbing what it said."""

from __future__ import annotations

from liveblog.models.content import Entry, EntryStatus, Takedown
from liveblog.models.members import User
from liveblog.newsroom.commit import Outcome, opened, scrub_events
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import Removal
from liveblog.newsroom.media import clear_away
from liveblog.newsroom.permissions import require_remove
from liveblog.store import StoryTransaction

BEYOND = (
    "browsers that are closed or offline, until they open the story again",
    "copies that others made: caches, search engines, feeds, archives, screenshots",
    "backups of the database",
)


async def remove(
    newsroom: Newsroom, actor: User, slug: str, entry_id: str, form: Removal
) -> Outcome:
    """Takes an entry down. `purge` also scrubs its text from history and event log and its media, for good.

    What it reached is answered, and kept in the entry's history without a word of what the entry said.
    Readers are told where they had it, and of a purge where they ever had. Removing again changes nothing,
    but for a first `purge`. Raises `Forbidden`, `NotFound`.
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
            # After the entry, in the order in which drafts are saved: none is saved behind it.
            scrubbed["drafts"] = await change.tx.drafts.scrub(entry.id)
    outcome, at = change.outcome, change.at
    if form.purge:
        await clear_away(newsroom, released)
    report = Takedown(at=at, purged=form.purge, scrubbed=scrubbed)
    if outcome.seq is not None:
        processes, silent = await newsroom.acknowledged(outcome.story, outcome.seq)
        report = report.model_copy(
            update={"processes": processes, "silent": silent, "beyond": BEYOND}
        )
    await newsroom.store.log.keep_report(outcome.entry, report)
    if form.purge:
        await newsroom.store.database.forget()
    return outcome._replace(report=report)


async def _scrub(tx: StoryTransaction, entry: Entry) -> tuple[dict[str, int], list[str]]:
    """Scrubs what the entry said outside of its row: how much of each kind, and the ids of media to delete."""
    cards = await tx.cards.scrub(entry.id)
    released = await tx.media.release(entry.id)
    scrubbed = {
        "entry": 1,
        "revisions": await tx.revisions.scrub(entry.id),
        "events": await scrub_events(tx, entry),
        "idempotency keys": await tx.keys.scrub(entry.id),
        "cards": cards,
        "media": len(released),
        "withheld places": await tx.places.drop(entry.id),
    }
    await tx.inbound.drop_attachments(entry.id)
    await tx.notes.scrub(entry.id)
    return scrubbed, released


def _scrubbed(entry: Entry) -> Entry:
    """The entry without anything that it said."""
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
