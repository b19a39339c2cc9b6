"""Reads for the desk: queues, filtered rows, the last actions of a user, notes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, or_, select

from liveblog.models.content import Entry, EntryStatus, Story, VerificationStatus
from liveblog.models.entry_fields import Trait, named
from liveblog.models.revisions import Note
from liveblog.store.database import Database
from liveblog.store.people.protections import PUBLIC_NAME
from liveblog.store.prepared import Prepared, one_of
from liveblog.store.stories import timeline
from liveblog.store.stories.stories import Stories
from liveblog.store.stories.timeline import Cursor
from liveblog.store.stories.views import signed
from liveblog.store.tables import (
    entries,
    notes,
    protections,
    revisions,
    stories,
    users,
)

MOST_WAITING = 100  # entries of a queue
QUEUED: dict[EntryStatus, tuple[ColumnElement[Any], ...]] = {
    EntryStatus.SUBMITTED: (entries.c.created_at,),
    EntryStatus.SCHEDULED: (entries.c.published_at,),
    EntryStatus.DRAFT: (entries.c.created_at.desc(),),
}


_CHANGE_COUNTS = Prepared(
    lambda dialect: select(stories.c.slug, stories.c.change_count).where(
        one_of(dialect, stories.c.slug, "slugs")
    )
)


_KEPT = entries.c.body != ""  # a purged entry has none


def _queue(status: EntryStatus, given: Mapping[str, Any]) -> Select[Any]:
    """A queue and who made its entries. `given` are its values, or their `bindparam()`s: `own` is its one author."""
    query = (
        select(entries, users.c.name.label("by"))
        .join(users, users.c.id == entries.c.created_by, isouter=True)
        .where(_KEPT, entries.c.story_id == given["story_id"], entries.c.status == status)
        .order_by(*QUEUED[status], entries.c.id)
        .limit(MOST_WAITING + 1)
    )
    return query.where(entries.c.created_by == given["own"]) if "own" in given else query


@cache
def _usual_queue(status: EntryStatus, names: frozenset[str]) -> Prepared:
    return Prepared(_queue(status, {name: bindparam(name) for name in names}))


def _said(dialect: str, name: ColumnElement[str]) -> Select[Any]:
    """The notes on entries, first to last, each with the name of who wrote it."""
    return (
        select(notes, name.label("by"))
        .join(users, users.c.id == notes.c.user_id, isouter=True)
        .join(protections, protections.c.user_id == users.c.id, isouter=True)
        .where(one_of(dialect, notes.c.entry_id, "ids"))
        .order_by(notes.c.id)
    )


_SAID = Prepared(lambda dialect: _said(dialect, users.c.name))
_SAID_TO_AUTHORS = Prepared(lambda dialect: _said(dialect, PUBLIC_NAME))


def _waiting(dialect: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(entries.c.story_id, func.count().label("number"))
        .where(one_of(dialect, entries.c.story_id, "story_ids"), *conditions)
        .group_by(entries.c.story_id)
    )


_SUBMITTED = Prepared(lambda dialect: _waiting(dialect, entries.c.status == EntryStatus.SUBMITTED))
_RETURNED = Prepared(
    lambda dialect: _waiting(
        dialect,
        entries.c.status == EntryStatus.DRAFT,
        entries.c.returned_at.is_not(None),
        entries.c.created_by == bindparam("own"),
    )
)
_DONE = (
    select(entries, revisions.c.action, revisions.c.at.label("done_at"))
    .join(entries, entries.c.id == revisions.c.entry_id)
    .where(
        revisions.c.user_id == bindparam("user_id"),
        revisions.c.at >= bindparam("since"),
        entries.c.story_id == bindparam("story_id"),
        entries.c.rev == revisions.c.rev,
        _KEPT,
    )
    .order_by(revisions.c.at.desc())
)
_LAST = Prepared(_DONE.limit(1))
_DONE_ON = Prepared(lambda dialect: _DONE.where(one_of(dialect, entries.c.id, "ids")))


class RowFilter(NamedTuple):
    """Which entries the desk shows, in its rows and its queues; all conditions hold together.

    Without a `status`, the filter selects published entries and those in the queues. `mine` is the
    id of the user who made the entry, `label` a label or a topic.
    """

    status: EntryStatus | None = None
    key: bool | None = None
    sure: VerificationStatus | None = None
    author: str | None = None
    mine: int | None = None
    text: str | None = None
    label: str | None = None

    @property
    def listed(self) -> EntryStatus | None:
        """The status of the rows; None if the filter asks for a queue."""
        status = self.status or EntryStatus.PUBLISHED
        return None if status in QUEUED else status

    def leaves_out(self, status: EntryStatus) -> bool:
        """Whether the filter leaves out every entry in that status."""
        return self.status not in {None, status}


class Queued(NamedTuple):
    """An entry that is not published, who made it, and the newest note about it."""

    entry: Entry
    by: str | None
    note: Note | None


class StoryQueues(NamedTuple):
    """The queues of a story: submissions by age, scheduled entries by time, drafts newest first.

    `more` are the statuses that have more entries than are shown.
    """

    submitted: list[Queued]
    scheduled: list[Queued]
    drafts: list[Queued]
    more: frozenset[str] = frozenset()


class UndoableAction(NamedTuple):
    """The last action of a user on an entry, if nobody has changed the entry since."""

    entry: Entry
    action: str
    at: datetime


class Queues:
    """Reads for the desk; each call is one snapshot."""

    def __init__(self, database: Database, listed: Stories) -> None:
        self._database = database
        self._listed = listed

    async def rows(
        self, slug: str, row_filter: RowFilter, before: Cursor | None, limit: int, own: int | None
    ) -> tuple[Story, list[Entry], Cursor | None]:
        """The rows, newest first, at most `limit`, and the cursor of the next ones.

        There are none if the filter asks for a queue. Purged entries are left out. `own` is the id
        of the one author whose unpublished entries are shown. Raises `NotFound`, `Malformed`.
        """
        return await self._listed.list_entries(
            slug,
            statuses=[row_filter.listed] if row_filter.listed else [],
            before=before,
            limit=limit,
            created_by=own,
            kept=True,
            conditions=_conditions(row_filter),
        )

    async def fits(self, entry: Entry, row_filter: RowFilter) -> bool:
        """Whether an entry is one of the rows of the filter."""
        query = select(entries.c.id).where(
            entries.c.id == entry.id,
            entries.c.status == row_filter.listed,
            _KEPT,
            *_conditions(row_filter),
        )
        async with self._database.read_point() as connection:
            return (await connection.execute(query)).first() is not None

    async def of(self, story: Story, row_filter: RowFilter, own: int | None) -> StoryQueues:
        """The queues of a story.

        With `own`, only the entries of that author, and notes are signed by public names.
        """
        conditions = _conditions(row_filter)
        given: dict[str, Any] = {"story_id": story.id} | ({"own": own} if own is not None else {})
        rows: list[Mapping[Any, Any]] = []
        async with self._database.read() as connection:
            # A query for each queue, so that many drafts do not displace the oldest submission.
            for status in QUEUED:
                if row_filter.leaves_out(status):
                    continue
                if conditions:
                    query = _queue(status, given).where(*conditions)
                    rows += (await connection.execute(query)).mappings().all()
                else:
                    rows += await _usual_queue(status, frozenset(given)).all(connection, **given)
            said = _SAID_TO_AUTHORS if own is not None else _SAID
            there = [row["id"] for row in rows]
            about = await said.all(connection, ids=there) if there else []
            newest = {row["entry_id"]: _note(row) for row in about}
        queues: dict[str, list[Queued]] = {status: [] for status in QUEUED}
        for row in rows:
            entry = timeline.entry_from({name: row[name] for name in row if name != "by"})
            queues[entry.status].append(Queued(entry, row["by"], newest.get(entry.id)))
        submitted, scheduled, drafts = (queue[:MOST_WAITING] for queue in queues.values())
        more = frozenset(status for status in queues if len(queues[status]) > MOST_WAITING)
        return StoryQueues(submitted, scheduled, drafts, more)

    async def waiting(self, story_ids: Iterable[int], own: int | None) -> dict[int, int]:
        """The number of submissions in each of the stories, by id.

        With `own`, the number of drafts that were returned to that author. Stories without any are
        left out.
        """
        given = {"story_ids": list(story_ids)}
        async with self._database.read_point() as connection:
            if own is None:
                rows = await _SUBMITTED.all(connection, **given)
            else:
                rows = await _RETURNED.all(connection, **given, own=own)
        return {row["story_id"]: row["number"] for row in rows}

    async def last_undoable(
        self, story: Story, user_id: int, since: datetime
    ) -> UndoableAction | None:
        """The newest revision that a user made, if the entry has no newer one."""
        given = {"story_id": story.id, "user_id": user_id, "since": since}
        async with self._database.read_point() as connection:
            row = await _LAST.first(connection, **given)
        return _undoable(row) if row else None

    async def undoable(
        self, story: Story, user_id: int, since: datetime, entry_ids: Sequence[str]
    ) -> list[UndoableAction]:
        """The actions of a user on these entries since that moment.

        Entries that somebody has changed since are left out.
        """
        given = {"story_id": story.id, "user_id": user_id, "since": since}
        async with self._database.read_point() as connection:
            rows = await _DONE_ON.all(connection, **given, ids=list(entry_ids))
        return [_undoable(row) for row in rows[: len(entry_ids)]]

    async def notes(self, entry: Entry, *, bylines: bool) -> list[Note]:
        """The notes on an entry, first to last. `by` is the real name, or with `bylines`, the public one."""
        query = (
            select(notes, (PUBLIC_NAME if bylines else users.c.name).label("by"))
            .join(users, users.c.id == notes.c.user_id, isouter=True)
            .join(protections, protections.c.user_id == users.c.id, isouter=True)
            .where(notes.c.entry_id == entry.id)
            .order_by(notes.c.id)
        )
        async with self._database.read_point() as connection:
            return [_note(row) for row in (await connection.execute(query)).mappings()]

    async def change_counts(self, slugs: Iterable[str]) -> dict[str, int]:
        """The number of changes of each story, by slug. Stories that do not exist are left out."""
        async with self._database.read_point() as connection:
            rows = await _CHANGE_COUNTS.all(connection, slugs=list(slugs))
        return {row["slug"]: row["change_count"] for row in rows}

    async def change_count_for(self, story: Story, user_id: int) -> int:
        """As `change_counts()`, for a contributor: counts public changes, and changes of their own entries.

        A number that counts other changes would tell when others write.
        """
        own = (entries.c.story_id == story.id) & (entries.c.created_by == user_id)
        done = select(func.coalesce(func.sum(entries.c.rev), 0)).where(own)
        said = select(func.count(notes.c.id)).join(entries, entries.c.id == notes.c.entry_id)
        query = select(done.scalar_subquery() + said.where(own).scalar_subquery())
        async with self._database.read_point() as connection:
            return story.head + int((await connection.execute(query)).scalar_one())


def _undoable(row: Mapping[Any, Any]) -> UndoableAction:
    entry = timeline.entry_from({name: row[name] for name in Entry.model_fields})
    return UndoableAction(entry, row["action"], row["done_at"])


def _note(row: Any) -> Note:
    return Note.model_validate({name: row[name] for name in Note.model_fields})


def _conditions(row_filter: RowFilter) -> list[ColumnElement[bool]]:
    """Those that go beyond the status. The usual lists have none, and are compiled once."""
    found: list[ColumnElement[bool]] = []
    if row_filter.key is not None:
        found.append(entries.c.key == row_filter.key)
    if row_filter.sure is not None:
        found.append(entries.c.verification["status"].as_string() == row_filter.sure)
    if row_filter.author is not None:
        found.append(signed(row_filter.author.casefold()))
    if row_filter.mine is not None:
        found.append(entries.c.created_by == row_filter.mine)
    if row_filter.label is not None:
        found.append(_marked(row_filter.label))
    if row_filter.text:
        found += [_says(word) for word in row_filter.text.split()]
    return found


def _spellings(word: str) -> Iterable[str]:
    """SQLite folds the case of ASCII only, so the usual spellings of other letters are searched too."""
    return dict.fromkeys((word, word.lower(), word.upper(), word.capitalize(), word.title()))


def _marked(name: str) -> ColumnElement[bool]:
    """Whether a label or a topic has this name, without regard to case."""
    listed = [cast(column, Text) for column in (entries.c.labels, entries.c.topics)]
    return or_(
        *(
            column.icontains(json.dumps(spelling), autoescape=True)
            for spelling in _spellings(name)
            for column in listed
        )
    )


def _says(word: str) -> ColumnElement[bool]:
    """Whether a searched field of an entry has the word, without regard to case."""
    in_json = named(Trait.SEARCHED, Trait.JSON)
    said = [entries.c[name] for name in named(Trait.SEARCHED) if name not in in_json]
    listed = [cast(entries.c[name], Text) for name in in_json]
    matches = []
    for spelling in _spellings(word):
        stored = json.dumps(spelling)[1:-1]  # as the JSON columns store it
        matches += [column.icontains(spelling, autoescape=True) for column in said]
        matches += [column.icontains(stored, autoescape=True) for column in listed]
    return or_(*matches)
