"""The timeline of a story: pages and cursors of its entries."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, Table, bindparam, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Malformed, NotFound
from liveblog.models.brief import Basis
from liveblog.models.content import Chapter, Entry, Story, VerificationStatus
from liveblog.store.prepared import Prepared, Row, one_of
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.views import (
    EVERYTHING,
    Make,
    Show,
    View,
    prepared,
    public_of,
    values,
)
from liveblog.store.tables import entries, entry_authors, entry_topics

UNNUMBERED = 2**31 - 1  # the place of entries without a sequence number
ENTRY_ID = re.compile(r"e[0-9a-f]{16}")
MOST_CHOICES = 12
NEWEST = 1_000  # entries in which a confirmed one is looked for: no index has them


class Cursor(NamedTuple):
    """A place in the order of a story's entries. It is opaque to clients, and new entries do not move it."""

    at: datetime
    tie: str

    def __str__(self) -> str:
        raw = f"{self.at.isoformat()}|{self.tie}".encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, name: str = "before") -> Cursor:
        """Reads a cursor. Raises `Malformed`, which names the parameter."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            at, tie = raw.split("|")
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is None:
                raise ValueError("no zone")
            return cls(moment.astimezone(UTC), tie)
        except (ValueError, OverflowError, binascii.Error):
            raise no_cursor(name) from None

    def numbered(self) -> tuple[int, str]:
        """The sequence number and the entry's id, if the tie has both. Raises `Malformed`."""
        text, _, identity = self.tie.partition(".")
        if not ENTRY_ID.fullmatch(identity):
            raise no_cursor()
        return number(text), identity


class Choice(NamedTuple):
    """An author by whom entries can be filtered: the name, and the value of the filter."""

    name: str
    value: str


@dataclass(frozen=True)
class Page:
    """A story at one moment: the data of a reader's page.

    `entries` are in the order of the view. `pinned` is the pinned entry, if it is one of the view;
    it also stands at its time. `older` and `newer` are the cursors of the next pages, if there are
    any. `authors` and `topics` are the most used ones, as filters, and `offered` the other filters: each
    finds something together with those of the view. `author` and `topic` are the filters of the view, as
    entries spell them. `brief` is that of the story, on first pages only. `chapters` are those of the
    story, first to last.
    """

    story: Story
    entries: list[Entry]
    older: Cursor | None
    newer: Cursor | None = None
    authors: tuple[Choice, ...] = ()
    topics: tuple[str, ...] = ()
    author: str | None = None
    topic: str | None = None
    brief: Basis | None = None
    pinned: Entry | None = None
    chapters: tuple[Chapter, ...] = ()
    offered: frozenset[Show] = frozenset()


def entry_from(row: Any) -> Entry:
    return Entry.model_validate(dict(row))


_PLACE = tuple_(entries.c.published_at, entries.c.seq)
_GIVEN_PLACE = tuple_(
    bindparam("at", type_=entries.c.published_at.type), bindparam("seq", type_=entries.c.seq.type)
)
_LIMIT = bindparam("limit", type_=Integer)
_THESE = Prepared(lambda dialect: select(entries).where(one_of(dialect, entries.c.id, "ids")))
_CHAPTERS = Prepared(
    public_of(bindparam("story_id"))
    .where(entries.c.chapter.is_not(None))
    .order_by(None)
    .order_by(entries.c.published_at, entries.c.seq)
    .with_only_columns(
        entries.c.published_at.label("at"),
        entries.c.seq,
        entries.c.id.label("entry_id"),
        entries.c.chapter.label("title"),
    )
)


def _newest(query: Select[Any]) -> Select[Any]:
    return query.limit(_LIMIT)


def _oldest(query: Select[Any]) -> Select[Any]:
    return _upward(query).limit(_LIMIT)


def _below(query: Select[Any]) -> Select[Any]:
    return _newest(query.where(_PLACE < _GIVEN_PLACE))


def _above(query: Select[Any]) -> Select[Any]:
    return _oldest(query.where(_PLACE > _GIVEN_PLACE))


def _pinned(query: Select[Any]) -> Select[Any]:
    return query.where(entries.c.pinned).limit(1)


def _this(query: Select[Any]) -> Select[Any]:
    return query.where(entries.c.id == bindparam("id"))


def _any(query: Select[Any]) -> Select[Any]:
    return query.with_only_columns(entries.c.id).limit(1)


def _any_confirmed(query: Select[Any]) -> Select[Any]:
    newest = query.limit(NEWEST).subquery()
    status = newest.c.verification["status"].as_string()
    return select(newest.c.id).where(status == VerificationStatus.CONFIRMED).limit(1)


def _authors(query: Select[Any]) -> Select[Any]:
    return _most_used(query, entry_authors, 2 * MOST_CHOICES)


def _topics(query: Select[Any]) -> Select[Any]:
    return _most_used(query, entry_topics, MOST_CHOICES)


def _most_used(query: Select[Any], index: Table, limit: int) -> Select[Any]:
    """The most used keys in an index of entries (`entry_id`, key), each with one entry."""
    entry_id, column = index.c
    return (
        query.select_from(index)
        .where(entry_id == entries.c.id)
        .with_only_columns(column.label("key"), func.max(entry_id).label("entry_id"))
        .group_by(column)
        .order_by(None)
        .order_by(func.count().desc(), column)
        .limit(limit)
    )


def _upward(query: Select[Any]) -> Select[Any]:
    return query.order_by(None).order_by(entries.c.published_at, entries.c.seq)


class _Reader:
    """Reads entries of a view of a story."""

    def __init__(self, connection: AsyncConnection, story: Story, view: View) -> None:
        self._connection = connection
        self._view = view
        self._given = {"story_id": story.id} | values(view)

    async def rows(self, make: Make, **more: Any) -> list[Row]:
        return await prepared(self._view, make).all(self._connection, **self._given, **more)

    async def entries(self, make: Make, **more: Any) -> list[Entry]:
        return [Entry.model_validate(row) for row in await self.rows(make, **more)]


async def first(
    connection: AsyncConnection, story: Story, view: View, around: str | None, limit: int
) -> Page:
    """The first page of a view: `limit` entries, the pinned one, and the Brief.

    With `around`, the entries are on both sides of that entry. Raises `NotFound` if readers cannot
    see it.
    """
    reader = _Reader(connection, story, view)
    pinned = await reader.entries(_pinned)
    if around is not None:
        page = await _around(connection, story, reader, around, limit)
    elif view.oldest_first:
        page = await _after(story, reader, None, limit)
    else:
        page = await _before(story, reader, None, limit)
    shown = _ordered(page.entries, view)
    anybody = _Reader(connection, story, view._replace(author=None))
    any_topic = _Reader(connection, story, view._replace(topic=None))
    authors = {row["key"]: row["entry_id"] for row in await anybody.rows(_authors)}
    topics = {row["key"]: row["entry_id"] for row in await any_topic.rows(_topics)}
    people, tags = _spelt(shown)
    others = {
        *(entry for key, entry in authors.items() if key not in people),
        *(entry for key, entry in topics.items() if key not in tags),
    }
    if others:
        more = _spelt(await these(connection, others))
        people, tags = more[0] | people, more[1] | tags
    # An author has a key for the name and one for the handle, and is one choice.
    choices: dict[str, Choice] = {}
    for key in authors:
        name = people.get(key, key)
        choices.setdefault(name.casefold(), Choice(name, key))
    return Page(
        story,
        shown,
        page.older,
        page.newer,
        tuple(choices.values())[:MOST_CHOICES],
        tuple(tags.get(key, key) for key in topics),
        view.author and people.get(view.author, view.author),
        view.topic and tags.get(view.topic, view.topic),
        pinned=pinned[0] if pinned else None,
        chapters=await chapters(connection, story),
        offered=await _offered(connection, story, view, shown),
    )


async def older(
    connection: AsyncConnection, story: Story, view: View, before: str, limit: int
) -> Page:
    """Entries before a place. Raises `Malformed`."""
    place = await _place(connection, story, before, "before")
    page = await _before(story, _Reader(connection, story, view), place, limit)
    return Page(story, _ordered(page.entries, view), page.older)


async def beside(
    connection: AsyncConnection, story: Story, entry: Entry
) -> tuple[Entry | None, Entry | None]:
    """The entries that readers see just before and just after a published entry, in the order of time."""
    reader = _Reader(connection, story, EVERYTHING)
    here = {"at": entry.published_at, "seq": entry.seq, "limit": 1}
    earlier = await reader.entries(_below, **here)
    later = await reader.entries(_above, **here)
    return (earlier[0] if earlier else None, later[0] if later else None)


async def newer(
    connection: AsyncConnection, story: Story, view: View, after: str, limit: int
) -> Page:
    """Entries after a place, as `older()`. Raises `Malformed`."""
    place = await _place(connection, story, after, "after")
    page = await _after(story, _Reader(connection, story, view), place, limit)
    return Page(story, _ordered(page.entries, view), None, page.newer)


async def chapters(connection: AsyncConnection, story: Story) -> tuple[Chapter, ...]:
    """The chapters of a story, first to last."""
    rows = await _CHAPTERS.all(connection, story_id=story.id)
    return tuple(Chapter(**row) for row in rows)


async def these(connection: AsyncConnection, ids: Iterable[str]) -> list[Entry]:
    """The entries with these ids, in any order."""
    return [entry_from(row) for row in await _THESE.all(connection, ids=list(ids))]


async def found(connection: AsyncConnection, query: Select[Any]) -> list[Entry]:
    """The entries that a query finds."""
    return [entry_from(row) for row in (await connection.execute(query)).mappings()]


def number(text: str, name: str = "before") -> int:
    """The sequence number in a cursor's tie. Raises `Malformed`."""
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > UNNUMBERED:
        raise no_cursor(name)
    return int(text)


def no_cursor(name: str = "before") -> Malformed:
    """The error for a malformed cursor in the parameter `name`."""
    message = "not a cursor; accepted: the `next` of an earlier answer, or the id of an entry"
    return Malformed(f"{name}: {message}", {name: message})


async def _before(story: Story, reader: _Reader, place: Cursor | None, limit: int) -> Page:
    if place is None:
        got = await reader.entries(_newest, limit=limit + 1)
    else:
        got = await reader.entries(_below, limit=limit + 1, **_placed(place, "before"))
    return Page(story, got[:limit], _cursor(got[limit - 1]) if len(got) > limit else None)


async def _after(story: Story, reader: _Reader, place: Cursor | None, limit: int) -> Page:
    if place is None:
        got = await reader.entries(_oldest, limit=limit + 1)
    else:
        got = await reader.entries(_above, limit=limit + 1, **_placed(place, "after"))
    more = _cursor(got[limit - 1]) if len(got) > limit else None
    return Page(story, got[:limit][::-1], None, more)


async def _around(
    connection: AsyncConnection, story: Story, reader: _Reader, entry_id: str, limit: int
) -> Page:
    there = await _Reader(connection, story, EVERYTHING).entries(_this, id=entry_id)
    if not there:
        raise NotFound("There is no such update in this story.")
    place = _cursor(there[0])
    above = await _after(story, reader, place, limit // 2)
    below = await _before(story, reader, place, limit - limit // 2)
    return Page(story, above.entries + there + below.entries, below.older, above.newer)


def _placed(place: Cursor, name: str) -> dict[str, Any]:
    return {"at": place.at, "seq": number(place.tie, name)}


async def _place(connection: AsyncConnection, story: Story, text: str, name: str) -> Cursor:
    """The place of a cursor or an entry, also of an entry that was removed. Raises `Malformed`."""
    if not ENTRY_ID.fullmatch(text):
        return Cursor.parse(text, name)
    query = select(entries.c.published_at, entries.c.seq).where(
        entries.c.id == text, entries.c.story_id == story.id
    )
    row = (await connection.execute(query)).first()
    if row is None or row.seq is None:
        raise no_cursor(name)
    return Cursor(row.published_at, str(row.seq))


def _cursor(entry: Entry) -> Cursor:
    if entry.published_at is None:
        raise AssertionError("a published entry has a time")
    return Cursor(entry.published_at, str(entry.seq))


def _ordered(newest_first: list[Entry], view: View) -> list[Entry]:
    return newest_first[::-1] if view.oldest_first else newest_first


def _spelt(written: Iterable[Entry]) -> tuple[dict[str, str], dict[str, str]]:
    """The names of people and topics as entries spell them, by their keys in the index."""
    people = {
        key.casefold(): credit.name
        for entry in written
        for credit in entry.credits
        if credit.role == "text"
        for key in credit.keys
    }
    return people, {folded(name): name for entry in written for name in entry.topics}


async def _offered(
    connection: AsyncConnection, story: Story, view: View, shown: list[Entry]
) -> frozenset[Show]:
    """The filters that find something: among the entries that are shown, or else among the newest of the view."""
    sure = any(
        one.verification and one.verification.status is VerificationStatus.CONFIRMED
        for one in shown
    )
    there = {Show.KEY: any(one.key for one in shown), Show.CONFIRMED: sure}
    for show in [show for show, found_already in there.items() if not found_already]:
        # An index finds key events among all.
        make, wanted = (_any, show) if show is Show.KEY else (_any_confirmed, None)
        reader = _Reader(connection, story, view._replace(show=wanted))
        there[show] = bool(await reader.rows(make))
    return frozenset(show for show, is_there in there.items() if is_there)
