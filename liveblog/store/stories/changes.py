"""What changed in a story since a reader left: from the event log, or where that does not reach back, the corrections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.store.database import Database
from liveblog.store.stories.stories import get
from liveblog.store.stories.timeline import entry_from, found
from liveblog.store.stories.views import public
from liveblog.store.tables import entries, events

KEYS = 10  # a reader may have read some of them
LISTED = 100
TOUCHED = 2_000  # entries, the last changed ones

REMOVED, CORRECTED = "removed", "corrected"


class Changed(NamedTuple):
    """A change that readers are told of. `what` is `removed`, `corrected` or a status of verification; `rev` is the revision
    with which the entry became so. Only the id of a removed entry is public.
    """

    entry: Entry
    what: str
    rev: int


@dataclass(frozen=True)
class Since:
    """What changed after a sequence number.

    `count` is the number of entries published since then, and `left` the id of the newest entry before: None if the log
    does not reach back. `keys` are the newest key events since then, newest first; `changes` the last changed first.
    """

    story: Story
    count: int | None
    left: str | None
    keys: tuple[Entry, ...]
    changes: tuple[Changed, ...]


class Changes:
    """Reads what changed; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, slug: str, after: int | None) -> Since:
        """What changed after the sequence number `after`; None: before the log's reach. Raises `NotFound`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            shown = public(story)
            if after is None:
                keys = await found(connection, shown.where(entries.c.key).limit(KEYS))
                return Since(story, None, None, tuple(keys), await _corrections(connection, story))
            new = shown.where(entries.c.seq > after)
            keys = await found(connection, new.where(entries.c.key).limit(KEYS))
            count = await connection.scalar(
                select(func.count()).select_from(new.order_by(None).subquery())
            )
            left = await connection.scalar(
                shown.with_only_columns(entries.c.id)
                .where(entries.c.seq <= after, ~entries.c.pinned)
                .limit(1)
            )
            changes = await _touched(connection, story, after)
        return Since(story, count or 0, left, tuple(keys), changes)


async def _corrections(connection: AsyncConnection, story: Story) -> tuple[Changed, ...]:
    """The last corrections, one of each entry."""
    query = (
        public(story)
        .where(entries.c.corrected_at.is_not(None))
        .order_by(None)
        .order_by(entries.c.corrected_at.desc())
        .limit(LISTED)
    )
    listed = await found(connection, query)
    return tuple(
        Changed(entry, CORRECTED, entry.corrections[-1].rev)
        for entry in listed
        if entry.corrections
    )


async def _touched(connection: AsyncConnection, story: Story, after: int) -> tuple[Changed, ...]:
    mine = events.c.story_id == story.id
    last = (
        select(events.c.entry_id, func.max(events.c.seq).label("last"))
        .where(mine, events.c.seq > after, events.c.entry_id.is_not(None))
        .group_by(events.c.entry_id)
        .order_by(func.max(events.c.seq).desc())
        .limit(TOUCHED)
        .subquery()
    )
    # Most of them are new, and nothing else happened to them: their texts are not read.
    light = (
        entries.c.id,
        entries.c.seq,
        entries.c.status,
        entries.c.verification,
        entries.c.corrected_at,
    )
    query = select(*light, last.c.last).join(last, last.c.entry_id == entries.c.id)
    rows = (await connection.execute(query.order_by(last.c.last.desc()))).all()
    told = [row.id for row in rows if _is_told(row, after)][:LISTED]
    if not told:
        return ()
    texts = await connection.execute(select(entries).where(entries.c.id.in_(told)))
    whole = {row["id"]: entry_from(row) for row in texts.mappings()}
    steps = await connection.execute(
        select(events.c.entry_id, events.c.rev, events.c.at)
        .where(mine, events.c.seq > after, events.c.entry_id.in_(told))
        .order_by(events.c.seq)
    )
    made: dict[str, list[Any]] = {}
    for step in steps:
        made.setdefault(step.entry_id, []).append(step)
    listed = [change for name in told for change in _of(whole[name], made[name])]
    return tuple(listed[:LISTED])


def _is_told(row: Any, after: int) -> bool:
    """Whether something may have happened to an entry that readers are told of."""
    if row.status != EntryStatus.PUBLISHED or row.corrected_at is not None:
        return True
    if row.verification is None:
        return False
    return row.seq <= after or bool(row.verification.get("trail"))


def _of(entry: Entry, steps: list[Any]) -> Iterator[Changed]:
    """The changes of an entry among its events `steps`, which have `rev` and `at`, in their order."""
    if entry.status is not EntryStatus.PUBLISHED:
        yield Changed(entry, REMOVED, steps[-1].rev)
        return
    sure = entry.verification
    # A status has the time of the change that set it.
    set_by = next((step for step in steps if sure and step.at == sure.at), None)
    if sure and set_by:
        yield Changed(entry, sure.status.value, set_by.rev)
    for correction in entry.corrections[-1:]:
        if correction.rev >= steps[0].rev:
            yield Changed(entry, CORRECTED, correction.rev)
