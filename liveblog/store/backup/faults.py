"""What is wrong with a database: its file, its references, the sequences of its stories, its entries and events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import String, Text, and_, cast, exists, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import EntryStatus, EventKind
from liveblog.store.database import Database
from liveblog.store.tables import (
    entries,
    entry_media,
    events,
    media,
    metadata,
    revisions,
    stories,
)

MOST = 20  # of one kind that are named
BATCH = 100  # entries whose media are looked up at once


async def faults(database: Database) -> AsyncIterator[str]:
    """Yields one line for each fault of a database with the newest schema, all of one moment."""
    async with database.read() as connection:
        if database.sqlite:
            for (line,) in await connection.execute(text("PRAGMA integrity_check")):
                if line != "ok":
                    yield f"database: {' '.join(line.split())}"
        for check in (_references, _sequences, _events, _entries, _revisions, _media, _shown):
            async for fault in check(connection):
                yield fault


async def _references(connection: AsyncConnection) -> AsyncIterator[str]:
    """Rows that refer to others which are not there."""
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            other = key.referred_table.alias()
            pairs = [(one.parent, other.c[one.column.name]) for one in key.elements]
            found = and_(*(mine == theirs for mine, theirs in pairs))
            lost = (
                select(func.count())
                .select_from(table.outerjoin(other, found))
                .where(pairs[0][0].is_not(None), pairs[0][1].is_(None))
            )
            if count := (await connection.execute(lost)).scalar_one():
                yield f"{table.name}: rows that refer to {key.referred_table.name} that are not there: {count}"


async def _sequences(connection: AsyncConnection) -> AsyncIterator[str]:
    """Stories whose events are not 1, 2, 3 … up to the head."""
    counted = (
        select(events.c.story_id, func.count().label("n"), func.max(events.c.seq).label("last"))
        .group_by(events.c.story_id)
        .subquery()
    )
    query = (
        select(stories.c.id, stories.c.slug, stories.c.head, counted.c.n, counted.c.last)
        .outerjoin(counted, counted.c.story_id == stories.c.id)
        .order_by(stories.c.slug)
    )
    for story_id, slug, head, count, last in (await connection.execute(query)).all():
        if (last or 0) != head:
            yield f"story {slug}: its head is {head}, its last event {last or 'none'}"
        if (count or 0) != (last or 0):
            async for begin, end in _holes(connection, story_id):
                missing = f"event {begin} is" if begin == end else f"events {begin} to {end} are"
                yield f"story {slug}: {missing} missing"


async def _holes(connection: AsyncConnection, story_id: int) -> AsyncIterator[tuple[int, int]]:
    """The first and the last number of each hole in a story's sequence, the first `MOST` of them."""
    before = func.lag(events.c.seq, 1, 0).over(order_by=events.c.seq)
    each = (
        select(events.c.seq, before.label("before")).where(events.c.story_id == story_id).subquery()
    )
    query = select(each).where(each.c.seq != each.c.before + 1).order_by(each.c.seq).limit(MOST)
    for seq, last in (await connection.execute(query)).all():
        yield last + 1, seq - 1


async def _events(connection: AsyncConnection) -> AsyncIterator[str]:
    """Events that readers would get with another sequence number."""
    beginning = literal('{"type":"event","seq":') + cast(events.c.seq, String) + ","
    query = (
        select(stories.c.slug, events.c.seq)
        .join(stories, stories.c.id == events.c.story_id)
        .where(func.substr(events.c.payload, 1, func.length(beginning)) != beginning)
        .order_by(stories.c.slug, events.c.seq)
        .limit(MOST)
    )
    for slug, seq in (await connection.execute(query)).all():
        yield f"story {slug}: event {seq} says that it is another"


async def _entries(connection: AsyncConnection) -> AsyncIterator[str]:
    """Entries that are not as their last event says."""
    newest = (
        select(events.c.entry_id, func.max(events.c.seq).label("seq"))
        .where(events.c.entry_id.is_not(None))
        .group_by(events.c.entry_id)
        .subquery()
    )
    public = entries.c.status == EntryStatus.PUBLISHED
    removed = events.c.kind == EventKind.ENTRY_REMOVED
    query = (
        select(entries.c.id, entries.c.status, entries.c.rev, events.c.kind, events.c.rev)
        .outerjoin(newest, newest.c.entry_id == entries.c.id)
        .outerjoin(
            events, and_(events.c.story_id == entries.c.story_id, events.c.seq == newest.c.seq)
        )
        .where(
            or_(
                and_(public, or_(events.c.seq.is_(None), removed, events.c.rev != entries.c.rev)),
                and_(~public, events.c.seq.is_not(None), ~removed),
            )
        )
        .order_by(entries.c.id)
        .limit(MOST)
    )
    for entry, status, rev, kind, of_rev in (await connection.execute(query)).all():
        told = f"{kind} of revision {of_rev}" if kind else "none"
        yield f"entry {entry}: it is {status} in revision {rev}, its last event is {told}"


async def _revisions(connection: AsyncConnection) -> AsyncIterator[str]:
    """Entries whose present state is not in their history."""
    kept = exists().where(revisions.c.entry_id == entries.c.id, revisions.c.rev == entries.c.rev)
    query = select(entries.c.id, entries.c.rev).where(~kept).order_by(entries.c.id).limit(MOST)
    for entry, rev in (await connection.execute(query)).all():
        yield f"entry {entry}: revision {rev} is missing in its history"


async def _media(connection: AsyncConnection) -> AsyncIterator[str]:
    """Media that entries show and that are being deleted."""
    query = (
        select(entry_media.c.entry_id, media.c.id)
        .join(media, media.c.id == entry_media.c.medium_id)
        .where(~media.c.ready)
        .order_by(media.c.id)
        .limit(MOST)
    )
    for entry, medium in (await connection.execute(query)).all():
        yield f"media {medium}: entry {entry} shows it, but it is not ready"


async def _shown(connection: AsyncConnection) -> AsyncIterator[str]:
    """Entries that show media which are not there."""
    query = (
        select(entries.c.id, entries.c.media)
        .where(cast(entries.c.media, Text) != "[]")
        .order_by(entries.c.id)
    )
    stream = await connection.stream(query, execution_options={"yield_per": BATCH})
    told = 0
    async for rows in stream.partitions():
        shown = {(one["id"], entry) for entry, several in rows for one in several}
        there = select(media.c.id).where(media.c.id.in_({medium for medium, _ in shown}))
        known = set((await connection.execute(there)).scalars())
        for medium, entry in sorted(shown):
            if medium not in known and told < MOST:
                told += 1
                yield f"media {medium}: entry {entry} shows it, but it is not there"
