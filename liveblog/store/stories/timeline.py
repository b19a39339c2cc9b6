"""The timeline of a story: filters, order and cursors of its entries."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Malformed, NotFound
from liveblog.models.brief import Basis
from liveblog.models.content import (
    Chapter,
    Entry,
    EntryStatus,
    Story,
    VerificationStatus,
)
from liveblog.store.stories.hashtag import folded
from liveblog.store.tables import entries, entry_authors, entry_topics

UNNUMBERED = 2**31 - 1  # the place of entries without a sequence number
ENTRY_ID = re.compile(r"e[0-9a-f]{16}")
MOST_CHOICES = 12
NEWEST = 1_000  # entries in which a confirmed one is looked for: no index has them


class Show(StrEnum):
    KEY = "key"
    CONFIRMED = "confirmed"


class View(NamedTuple):
    """A filter and an order of entries. All conditions hold together."""

    show: Show | None = None
    topic: str | None = None
    author: str | None = None
    oldest_first: bool = False


EVERYTHING = View()


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


def public(story: Story, view: View = EVERYTHING) -> Select[Any]:
    """A query for the entries that readers see, newest first."""
    return chosen(public_of(story.id), view)


def public_of(story_id: Any) -> Select[Any]:
    """As `public()`, of all entries. `story_id` is an id, or the `bindparam()` of one."""
    return (
        select(entries)
        .where(entries.c.story_id == story_id, entries.c.status == EntryStatus.PUBLISHED)
        .order_by(entries.c.published_at.desc(), entries.c.seq.desc())
    )


def chosen(query: Select[Any], view: View) -> Select[Any]:
    """A query for entries, limited to those of a view."""
    if view.show is Show.KEY:
        query = query.where(entries.c.key)
    if view.show is Show.CONFIRMED:
        query = query.where(
            entries.c.verification["status"].as_string() == VerificationStatus.CONFIRMED
        )
    if view.topic is not None:
        tagged = select(entry_topics.c.entry_id).where(entry_topics.c.topic == folded(view.topic))
        query = query.where(entries.c.id.in_(tagged))
    if view.author is not None:
        signed = select(entry_authors.c.entry_id).where(
            entry_authors.c.author == view.author.casefold()
        )
        query = query.where(entries.c.id.in_(signed))
    return query


async def first(
    connection: AsyncConnection, story: Story, view: View, around: str | None, limit: int
) -> Page:
    """The first page of a view: `limit` entries, the pinned one, and the Brief.

    With `around`, the entries are on both sides of that entry. Raises `NotFound` if readers cannot
    see it.
    """
    query = public(story, view)
    pinned = await found(connection, query.where(entries.c.pinned).limit(1))
    if around is not None:
        page = await _around(connection, story, query, around, limit)
    elif view.oldest_first:
        page = await _after(connection, story, query, None, limit)
    else:
        page = await _before(connection, story, query, None, limit)
    shown = _ordered(page.entries, view)
    anybody, any_topic = view._replace(author=None), view._replace(topic=None)
    authors = await _most_used(connection, story, anybody, entry_authors, 2 * MOST_CHOICES)
    topics = await _most_used(connection, story, any_topic, entry_topics, MOST_CHOICES)
    people, tags = _spelt(shown)
    others = {
        *(entry for key, entry in authors.items() if key not in people),
        *(entry for key, entry in topics.items() if key not in tags),
    }
    if others:
        more = _spelt(await found(connection, select(entries).where(entries.c.id.in_(others))))
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
    page = await _before(connection, story, public(story, view), place, limit)
    return Page(story, _ordered(page.entries, view), page.older)


async def beside(
    connection: AsyncConnection, story: Story, entry: Entry
) -> tuple[Entry | None, Entry | None]:
    """The entries that readers see just before and just after a published entry, in the order of time."""
    place = tuple_(entries.c.published_at, entries.c.seq)
    here = (entry.published_at, entry.seq)
    query = public(story).limit(1)
    upward = query.order_by(None).order_by(entries.c.published_at, entries.c.seq)
    earlier = await found(connection, query.where(place < here))
    later = await found(connection, upward.where(place > here))
    return (earlier[0] if earlier else None, later[0] if later else None)


async def newer(
    connection: AsyncConnection, story: Story, view: View, after: str, limit: int
) -> Page:
    """Entries after a place, as `older()`. Raises `Malformed`."""
    place = await _place(connection, story, after, "after")
    page = await _after(connection, story, public(story, view), place, limit)
    return Page(story, _ordered(page.entries, view), None, page.newer)


async def chapters(connection: AsyncConnection, story: Story) -> tuple[Chapter, ...]:
    """The chapters of a story, first to last."""
    columns = (entries.c.published_at, entries.c.seq, entries.c.id, entries.c.chapter)
    query = (
        select(*columns)
        .where(
            entries.c.story_id == story.id,
            entries.c.status == EntryStatus.PUBLISHED,
            entries.c.chapter.is_not(None),
        )
        .order_by(*columns[:2])
    )
    return tuple(
        Chapter(at=at, seq=seq, entry_id=entry_id, title=title)
        for at, seq, entry_id, title in await connection.execute(query)
    )


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


async def _before(
    connection: AsyncConnection, story: Story, query: Select[Any], place: Cursor | None, limit: int
) -> Page:
    if place is not None:
        query = query.where(_where() < (place.at, number(place.tie)))
    got = await found(connection, query.limit(limit + 1))
    return Page(story, got[:limit], _cursor(got[limit - 1]) if len(got) > limit else None)


async def _after(
    connection: AsyncConnection, story: Story, query: Select[Any], place: Cursor | None, limit: int
) -> Page:
    if place is not None:
        query = query.where(_where() > (place.at, number(place.tie, "after")))
    upward = query.order_by(None).order_by(entries.c.published_at, entries.c.seq)
    got = await found(connection, upward.limit(limit + 1))
    more = _cursor(got[limit - 1]) if len(got) > limit else None
    return Page(story, got[:limit][::-1], None, more)


async def _around(
    connection: AsyncConnection, story: Story, query: Select[Any], entry_id: str, limit: int
) -> Page:
    there = await found(connection, public(story).where(entries.c.id == entry_id))
    if not there:
        raise NotFound("There is no such update in this story.")
    place = _cursor(there[0])
    above = await _after(connection, story, query, place, limit // 2)
    below = await _before(connection, story, query, place, limit - limit // 2)
    return Page(story, above.entries + there + below.entries, below.older, above.newer)


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


def _where() -> Any:
    return tuple_(entries.c.published_at, entries.c.seq)


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
        newest = public(story, view._replace(show=None)).limit(NEWEST).subquery()
        status = newest.c.verification["status"].as_string()
        row = select(newest.c.id).where(status == VerificationStatus.CONFIRMED)
        if show is Show.KEY:  # an index finds them among all
            row = public(story, view._replace(show=show)).with_only_columns(entries.c.id)
        there[show] = await connection.scalar(row.limit(1)) is not None
    return frozenset(show for show, is_there in there.items() if is_there)


async def _most_used(
    connection: AsyncConnection, story: Story, view: View, index: Table, limit: int
) -> dict[str, str]:
    """The most used keys in an index of a view's entries (`entry_id`, key), each with one entry."""
    entry_id, column = index.c
    query = (
        select(column, func.max(entry_id))
        .join(entries, entries.c.id == entry_id)
        .where(entries.c.story_id == story.id, entries.c.status == EntryStatus.PUBLISHED)
        .group_by(column)
        .order_by(func.count().desc(), column)
        .limit(limit)
    )
    query = chosen(query, view)
    return {row[0]: row[1] for row in await connection.execute(query)}
