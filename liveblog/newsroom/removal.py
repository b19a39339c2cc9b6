"""Taking an entry down, and scrubbing what it said."""

from __future__ import annotations

from liveblog.content import payload
from liveblog.members import User
from liveblog.models import Entry, EntryStatus, EventKind, Takedown
from liveblog.newsroom.done import Done, announced, last_seq
from liveblog.newsroom.forms import Removal
from liveblog.newsroom.media import clear_away
from liveblog.newsroom.rights import Right, require, require_story
from liveblog.newsroom.room import Newsroom
from liveblog.store import StoryTransaction

BEYOND = (
    "browsers that are closed or offline, until they open the story again",
    "copies that others made: caches, search engines, feeds, archives, screenshots",
    "backups of the database",
)


async def remove(room: Newsroom, actor: User, slug: str, entry_id: str, form: Removal) -> Done:
    """Takes an entry down. `purge` also scrubs its text from history and event log and its media, for good.

    What it reached is answered, and kept in the entry's history without a word of what the entry said.
    Readers are told where they had it, and of a purge where they ever had. Removing again changes nothing,
    but for a first `purge`. Raises `Forbidden`, `NotFound`.
    """
    async with room.store.log.transaction(slug) as story:
        require_story(actor, story.story)
        entry = await story.entry(entry_id)
        own = entry.created_by == actor.id and entry.status is not EntryStatus.PUBLISHED
        require(actor, Right.WRITE if own and entry.seq is None else Right.PUBLISH)
        gone = entry.status is EntryStatus.REMOVED
        if gone and (not form.purge or not entry.body):
            return Done(story.story, entry, await last_seq(story, entry))
        at = room.clock()
        new = entry.model_copy(
            update={"status": EntryStatus.REMOVED, "pinned": False, "rev": entry.rev + 1}
        )
        released: list[str] = []
        scrubbed: dict[str, int] = {}
        if form.purge:
            cards = await story.scrub_cards(entry.id)
            released = await story.release_media(entry.id)
            new = _scrubbed(new)
            scrubbed = {
                "entry": 1,
                "revisions": await story.scrub_revisions(entry.id),
                "events": await _scrub_log(story, entry),
                "idempotency keys": await story.scrub_key(entry.id),
                "cards": cards,
                "media": len(released),
                "withheld places": await story.drop_whereabouts(entry.id),
            }
            await story.drop_enclosures(entry.id)
            await story.scrub_notes(entry.id)
        await story.update(new)
        if form.purge:
            # After the entry, in the order in which drafts are saved: none is saved behind it.
            scrubbed["drafts"] = await story.scrub_drafts(entry.id)
        action = "purged" if form.purge else "removed"
        await story.keep_revision(new, at, actor.id, action, form.reason)
        shown = entry.status is EntryStatus.PUBLISHED
        if shown or (form.purge and entry.seq is not None):
            text = payload.removed(story.next_seq, new, at, purged=form.purge)
            await story.append(EventKind.ENTRY_REMOVED, new, at, text)
    done = await announced(room, story, new)
    if form.purge:
        await clear_away(room, released)
    report = Takedown(at=at, purged=form.purge, scrubbed=scrubbed)
    if done.seq is not None:
        processes, silent = await room.call_roll(done.story, done.seq)
        report = report.model_copy(
            update={"processes": processes, "silent": silent, "beyond": BEYOND}
        )
    await room.store.log.keep_report(new, report)
    if form.purge:
        await room.store.database.forget()
    return done._replace(report=report)


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


async def _scrub_log(story: StoryTransaction, entry: Entry) -> int:
    """Earlier events of the entry keep their place and say that it is gone: replaying them is harmless."""
    events = await story.events_of(entry.id)
    for event in events:
        scrubbed = payload.scrubbed(event.payload)
        await story.replace(
            event.model_copy(update={"kind": EventKind.ENTRY_REMOVED, "payload": scrubbed})
        )
    return len(events)
