"""Reads stories and entries, for the public and the newsroom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.errors import Conflict, NotFound
from liveblog.models.brief import Basis
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.revisions import Revision
from liveblog.store.database import Database
from liveblog.store.people.protections import PUBLIC_NAME
from liveblog.store.prepared import Prepared, one_of
from liveblog.store.stories import brief, timeline
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.timeline import UNNUMBERED, Cursor, Page, entry_from
from liveblog.store.stories.timeline import found as found_entries
from liveblog.store.stories.views import EVERYTHING, View, tagged
from liveblog.store.tables import (
    audience,
    entries,
    protections,
    revisions,
    stories,
    story_topics,
    users,
)

ALL = 2**31 - 1  # as many rows as there are
_STORY = Prepared(select(stories).where(stories.c.slug == bindparam("slug")))
_ENTRY = Prepared(
    select(entries).where(
        entries.c.id == bindparam("id"), entries.c.story_id == bindparam("story_id")
    )
)


_SECONDS = (
    select(audience.c.story_id, func.sum(audience.c.seconds).label("seconds"))
    .where(audience.c.day >= bindparam("since"))
    .group_by(audience.c.story_id)
    .subquery()
)
_MOST_READ = (
    select(stories)
    .join(_SECONDS, _SECONDS.c.story_id == stories.c.id)
    .where(stories.c.id != bindparam("other_than"))
    .order_by(_SECONDS.c.seconds.desc(), stories.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_READ = Prepared(_MOST_READ)
_READ_IN = Prepared(_MOST_READ.where(stories.c.category == bindparam("category")))
_RELATED = Prepared(lambda dialect: select(stories).where(one_of(dialect, stories.c.slug, "slugs")))
_CHANGED_LAST = select(stories).order_by(stories.c.updated_at.desc(), stories.c.id.desc())
_RECENT = Prepared(_CHANGED_LAST.limit(bindparam("limit", type_=Integer)))
_RECENT_AMONG = Prepared(
    lambda dialect: _CHANGED_LAST.where(one_of(dialect, stories.c.id, "among")).limit(
        bindparam("limit", type_=Integer)
    )
)


def story_from(row: Mapping[Any, Any]) -> Story:
    return Story.model_validate(dict(row))


def public_story(row: Mapping[Any, Any]) -> Story:
    """A story for pages and feeds of many stories, without what only the desk knows: `change_count` counts drafts too.

    Such a page is rendered again when its data changes, and `/metrics` would tell when somebody writes.
    """
    of_the_desk = {"change_count": 0, "asked_at": None, "continued_at": None}
    return Story.model_validate(dict(row) | of_the_desk)


async def get(connection: AsyncConnection, slug: str) -> Story:
    """The story with this slug. Raises `NotFound`."""
    row = await _STORY.first(connection, slug=slug)
    if row is None:
        raise NotFound(f"no story {slug!r}")
    return story_from(row)


async def get_entry(connection: AsyncConnection, story: Story, entry_id: str) -> Entry:
    """An entry of a story. Raises `NotFound`, also for a malformed id: forms send ids unchecked."""
    row = None
    if timeline.ENTRY_ID.fullmatch(entry_id):
        row = await _ENTRY.first(connection, id=entry_id, story_id=story.id)
    if row is None:
        raise NotFound(f"no entry {entry_id!r} in story {story.slug!r}")
    return entry_from(row)


async def index_topics(connection: AsyncConnection, story: Story) -> None:
    """Writes the topics by which a story is found, without regard to case."""
    await connection.execute(delete(story_topics).where(story_topics.c.story_id == story.id))
    rows = [{"story_id": story.id, "topic": name} for name in {folded(t) for t in story.topics}]
    if rows:
        await connection.execute(insert(story_topics), rows)


async def most_read(
    connection: AsyncConnection,
    *,
    days: int = 7,
    limit: int = 5,
    category: str | None = None,
    other_than: Story | None = None,
) -> list[Story]:
    """The most read stories of the last `days` days (UTC), of which today is one."""
    given: dict[str, Any] = {
        "since": datetime.now(UTC).date() - timedelta(days=days - 1),
        "limit": limit,
        "other_than": other_than.id if other_than else 0,  # 0 is no story's
    }
    if category is None:
        found = await _READ.all(connection, **given)
    else:
        found = await _READ_IN.all(connection, **given, category=category)
    return [public_story(row) for row in found]


def _listing(
    statuses: Collection[EntryStatus],
    given: Mapping[str, Any],
    conditions: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    """The newsroom's list. `given` are its values, or their `bindparam()`s: a page of one author's begins at a place."""
    at = func.coalesce(entries.c.published_at, entries.c.created_at)
    order, tie = func.coalesce(entries.c.seq, UNNUMBERED), entries.c.id
    query = select(entries).where(
        entries.c.story_id == given["story_id"],
        or_(false(), *(entries.c.status == status for status in sorted(statuses))),
        *conditions,
    )
    if "created_by" in given:
        mine = entries.c.created_by == given["created_by"]
        query = query.where(or_(entries.c.status == EntryStatus.PUBLISHED, mine))
    if "at" in given:
        same = at == given["at"]
        query = query.where(
            or_(
                at < given["at"],
                and_(same, order < given["seq"]),
                and_(same, order == given["seq"], tie < given["identity"]),
            )
        )
    return query.order_by(at.desc(), order.desc(), tie.desc()).limit(given["limit"])


def _kept(*, kept: bool) -> list[ColumnElement[bool]]:
    return [entries.c.body != ""] if kept else []


@cache
def _listed(statuses: frozenset[EntryStatus], names: frozenset[str], *, kept: bool) -> Prepared:
    """The list without other conditions, compiled once for each choice of statuses and of values."""
    given: dict[str, Any] = {name: bindparam(name) for name in names}
    given["limit"] = bindparam("limit", type_=Integer)
    return Prepared(_listing(statuses, given, _kept(kept=kept)))


class Stories:
    """Reads of stories; each call is one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, values: dict[str, Any]) -> Story:
        """Creates a story. Raises `Conflict` if the slug is taken."""
        try:
            async with self._database.write() as connection:
                made = await connection.execute(insert(stories).values(values).returning(stories))
                story = story_from(made.mappings().one())
                await index_topics(connection, story)
                return story
        except IntegrityError:
            message = f"{values['slug']!r} is taken; choose another"
            raise Conflict(f"slug: {message}", {"slug": message}) from None

    async def get(self, slug: str) -> Story:
        """The story with this slug. Raises `NotFound`."""
        async with self._database.read_point() as connection:
            return await get(connection, slug)

    async def recent(
        self, limit: int | None = 50, *, among: frozenset[int] | None = None
    ) -> list[Story]:
        """The stories that changed last, newest first: all, or those with an id in `among`.

        A `limit` of None returns all of them.
        """
        most = ALL if limit is None else limit
        async with self._database.read() as connection:
            if among is None:
                rows = await _RECENT.all(connection, limit=most)
            else:
                rows = await _RECENT_AMONG.all(connection, limit=most, among=list(among))
        return [story_from(row) for row in rows]

    async def ids(self, slugs: Sequence[str]) -> dict[str, int]:
        """The ids of those stories that exist, by slug."""
        query = select(stories.c.slug, stories.c.id).where(stories.c.slug.in_(slugs))
        async with self._database.read_point() as connection:
            rows = await connection.execute(query)
            return {row.slug: row.id for row in rows}

    async def related(self, story: Story) -> list[Story]:
        """The stories that the newsroom related to a story, in its order. Missing ones are left out."""
        if not story.related:
            return []
        async with self._database.read_point() as connection:
            rows = await _RELATED.all(connection, slugs=list(story.related))
            there = {row["slug"]: story_from(row) for row in rows}
        return [there[slug] for slug in story.related if slug in there]

    async def top(
        self, days: int = 7, limit: int = 5, *, other_than: Story | None = None
    ) -> list[Story]:
        """The most read stories of the last `days` days, most read first."""
        async with self._database.read() as connection:
            return await most_read(connection, days=days, limit=limit, other_than=other_than)

    async def page(
        self, slug: str, limit: int, view: View = EVERYTHING, around: str | None = None
    ) -> Page:
        """The first page of a view, or the page around an entry. Raises `NotFound`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            page = await timeline.first(connection, story, view, around, limit)
            return replace(page, brief=await brief.basis(connection, story))

    async def brief(self, story: Story) -> Basis:
        """What the Brief of a story is made of."""
        async with self._database.read() as connection:
            return await brief.basis(connection, story)

    async def older(self, slug: str, before: str, limit: int, view: View = EVERYTHING) -> Page:
        """Entries before a cursor or an entry. Raises `NotFound`, `Malformed`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            return await timeline.older(connection, story, view, before, limit)

    async def newer(self, slug: str, after: str, limit: int, view: View = EVERYTHING) -> Page:
        """Entries after a cursor or an entry. Raises `NotFound`, `Malformed`."""
        async with self._database.read() as connection:
            story = await get(connection, slug)
            return await timeline.newer(connection, story, view, after, limit)

    async def entry(self, slug: str, entry_id: str) -> tuple[Story, Entry]:
        """A story and one of its entries. Raises `NotFound`."""
        async with self._database.read_point() as connection:
            story = await get(connection, slug)
            return story, await get_entry(connection, story, entry_id)

    async def beside(self, story: Story, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """The entries that readers see just before and just after a published entry."""
        async with self._database.read() as connection:
            return await timeline.beside(connection, story, entry)

    async def history(self, entry: Entry, *, bylines: bool = False) -> list[Revision]:
        """The revisions of an entry, first to last.

        `by` is a user's real name, or with `bylines`, the public name.
        """
        name = PUBLIC_NAME if bylines else users.c.name
        query = (
            select(revisions, name.label("by"))
            .join(users, users.c.id == revisions.c.user_id, isouter=True)
            .join(protections, protections.c.user_id == users.c.id, isouter=True)
            .where(revisions.c.entry_id == entry.id)
            .order_by(revisions.c.rev)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            Revision.model_validate({name: row[name] for name in Revision.model_fields})
            for row in rows
        ]

    async def at_revision(self, entry: Entry, rev: int) -> Entry | None:
        """An entry as it was at a revision; None if that is unknown or was scrubbed."""
        query = select(revisions.c.entry).where(
            revisions.c.entry_id == entry.id, revisions.c.rev == rev
        )
        async with self._database.read() as connection:
            found = (await connection.execute(query)).scalar()
        named = {"id": entry.id, "story_id": entry.story_id}
        return Entry.model_validate(found | named) if found else None

    async def list_entries(
        self,
        slug: str,
        *,
        statuses: Sequence[EntryStatus],
        before: Cursor | None,
        limit: int,
        key: bool | None = None,
        topic: str | None = None,
        created_by: int | None = None,
        kept: bool = False,
        conditions: Sequence[ColumnElement[bool]] = (),
    ) -> tuple[Story, list[Entry], Cursor | None]:
        """The newsroom's list, newest first by time of publication, else of creation.

        Returns the story, at most `limit` entries, and the cursor of the next page. `created_by`
        limits unpublished entries to those of one author. With `kept`, purged entries are left out.
        `conditions` limit all entries. Raises `NotFound`, `Malformed`.
        """
        given: dict[str, Any] = {"limit": limit + 1}
        if created_by is not None:
            given["created_by"] = created_by
        if before is not None:
            seq, identity = before.numbered()
            given |= {"at": before.at, "seq": seq, "identity": identity}
        more = list(conditions)
        if key is not None:
            more.append(entries.c.key == key)
        if topic is not None:
            more.append(tagged(folded(topic)))
        async with self._database.read() as connection:
            story = await get(connection, slug)
            given["story_id"] = story.id
            if more:
                query = _listing(frozenset(statuses), given, [*more, *_kept(kept=kept)])
                found = await found_entries(connection, query)
            else:
                usual = _listed(frozenset(statuses), frozenset(given), kept=kept)
                found = [entry_from(row) for row in await usual.all(connection, **given)]
        if len(found) <= limit:
            return story, found, None
        last = found[limit - 1]
        place = last.seq if last.seq is not None else UNNUMBERED
        cursor = Cursor(last.published_at or last.created_at, f"{place}.{last.id}")
        return story, found[:limit], cursor
