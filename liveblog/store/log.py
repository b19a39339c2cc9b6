"""The event log: the truth about what changed in a story, and in which order.

Every public change is one event with the next sequence number of its story. The row lock on the
story makes the order of the sequence the order of the commits, so it has no holes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog import metrics
from liveblog.errors import NotFound
from liveblog.models.content import Embed, Entry, EntryStatus, Event, EventKind, Story, Takedown
from liveblog.models.entry_fields import Trait, named
from liveblog.models.members import Whereabouts
from liveblog.store.database import Database
from liveblog.store.integrations import attachments, inlets
from liveblog.store.media import link_cards
from liveblog.store.media.media import Stored
from liveblog.store.media.media import index as index_media
from liveblog.store.media.media import release as release_media
from liveblog.store.media.media import stored as stored_media
from liveblog.store.people import directory, protections
from liveblog.store.stories.hashtag import folded
from liveblog.store.stories.stories import get_entry, index_topics, story_from
from liveblog.store.stories.timeline import entry_from
from liveblog.store.tables import (
    drafts,
    entries,
    entry_authors,
    entry_media,
    entry_topics,
    events,
    idempotency_keys,
    notes,
    revisions,
    stories,
)

EMBEDDED = "embedded"  # the action of a revision by which cards of links came, and nothing else


class Position(NamedTuple):
    """How far a story is: its newest sequence number, in the life that `epoch` names."""

    epoch: str
    head: int


class Kept(NamedTuple):
    """A revision that was made: of what, by which action, and by whom."""

    entry: Entry
    action: str
    user_id: int | None


class StoryTransaction:
    """One change of a story: its row is locked until the transaction ends."""

    def __init__(self, connection: AsyncConnection, story: Story) -> None:
        self._connection = connection
        self.story = story
        self.appended: list[Event] = []
        self.kept: list[Kept] = []

    @property
    def next_seq(self) -> int:
        return self.story.head + 1

    async def entry(self, entry_id: str) -> Entry:
        return await get_entry(self._connection, self.story, entry_id)

    async def pinned(self) -> list[Entry]:
        found = await self._connection.execute(
            select(entries).where(
                entries.c.story_id == self.story.id,
                entries.c.status == EntryStatus.PUBLISHED,
                entries.c.pinned,
            )
        )
        return [entry_from(row) for row in found.mappings()]

    async def insert(self, entry: Entry) -> None:
        await self._connection.execute(insert(entries), _columns(entry))
        await self._index(entry)

    async def update(self, entry: Entry) -> None:
        await self._connection.execute(
            update(entries).where(entries.c.id == entry.id).values(_columns(entry))
        )
        for table in (entry_topics, entry_authors, entry_media):
            await self._connection.execute(delete(table).where(table.c.entry_id == entry.id))
        await self._index(entry)

    async def update_story(self, values: dict[str, Any]) -> None:
        await self._connection.execute(
            update(stories).where(stories.c.id == self.story.id).values(values)
        )
        self.story = Story.model_validate(self.story.model_dump() | values)
        if "topics" in values:
            await index_topics(self._connection, self.story)

    async def append(
        self, kind: EventKind, entry: Entry | None, at: datetime, payload: str
    ) -> Event:
        """Appends the event with the sequence number `next_seq`."""
        event = Event(
            seq=self.next_seq,
            kind=kind,
            entry_id=entry.id if entry else None,
            rev=entry.rev if entry else None,
            at=at,
            payload=payload,
        )
        await self._connection.execute(
            insert(events), {"story_id": self.story.id} | event.model_dump()
        )
        await self.update_story({"head": event.seq, "updated_at": at})
        self.appended.append(event)
        return event

    async def events_of(self, entry_id: str) -> list[Event]:
        """An entry's events in their order."""
        found = await self._connection.execute(
            select(events)
            .where(events.c.story_id == self.story.id, events.c.entry_id == entry_id)
            .order_by(events.c.seq)
        )
        return [_event(row) for row in found.mappings()]

    async def replace(self, event: Event) -> None:
        """Puts another text in the place of an event that was appended before."""
        await self._connection.execute(
            update(events)
            .where(events.c.story_id == self.story.id, events.c.seq == event.seq)
            .values(kind=event.kind, payload=event.payload)
        )

    async def revision(self, entry_id: str, rev: int) -> dict[str, Any]:
        """What an entry was at a revision; empty where that is not known any more."""
        found = await self._connection.execute(
            select(revisions.c.entry).where(
                revisions.c.entry_id == entry_id, revisions.c.rev == rev
            )
        )
        return dict(found.scalar() or {})

    async def made_by(self, entry_id: str, rev: int) -> int | None:
        """Who made a revision."""
        found = await self._connection.execute(
            select(revisions.c.user_id).where(
                revisions.c.entry_id == entry_id, revisions.c.rev == rev
            )
        )
        user_id: int | None = found.scalar()
        return user_id

    async def add_note(
        self, entry: Entry, at: datetime, user_id: int | None, kind: str, text: str
    ) -> None:
        """What the newsroom says to itself about an entry."""
        values = {"entry_id": entry.id, "at": at, "user_id": user_id, "kind": kind, "text": text}
        await self._connection.execute(insert(notes), values)
        if not self.kept:
            self.kept.append(Kept(entry, "noted", user_id))

    async def scrub_notes(self, entry_id: str) -> None:
        """Takes away what was said about an entry, and whom the books know from it."""
        await self._connection.execute(delete(notes).where(notes.c.entry_id == entry_id))
        await directory.forget(self._connection, entry_id)

    async def keep_revision(
        self, entry: Entry, at: datetime, user_id: int | None, action: str, note: str | None
    ) -> None:
        self.kept.append(Kept(entry, action, user_id))
        if entry.status is EntryStatus.PUBLISHED:
            await directory.learn(self._connection, entry, at)
        await self._connection.execute(
            insert(revisions),
            {
                "entry_id": entry.id,
                "rev": entry.rev,
                "at": at,
                "user_id": user_id,
                "action": action,
                "note": note,
                "entry": entry.model_dump(mode="json", exclude={"id", "story_id", "created_by"}),
            },
        )

    async def scrub_revisions(self, entry_id: str) -> int:
        """Takes every text out of an entry's history; that there were revisions stays. Says how many."""
        done = await self._connection.execute(
            update(revisions).where(revisions.c.entry_id == entry_id).values(entry={}, note=None)
        )
        return done.rowcount

    async def only_embedded_since(self, entry_id: str, rev: int) -> bool:
        """Whether nothing but cards of links came to an entry after a revision."""
        found = await self._connection.execute(
            select(revisions.c.action).where(
                revisions.c.entry_id == entry_id, revisions.c.rev > rev
            )
        )
        return set(found.scalars()) == {EMBEDDED}

    async def cards(self, urls: Collection[str], at: datetime) -> dict[str, Embed]:
        """The cards of these links that are here and fresh."""
        return await link_cards.held(self._connection, urls, at)

    async def want_cards(
        self, entry: Entry, urls: Sequence[str], missing: Collection[str], at: datetime
    ) -> None:
        """Notes the links of an entry, and that the cards of some of them are to be fetched."""
        await link_cards.want(self._connection, entry.id, urls, missing, at)

    async def scrub_cards(self, entry_id: str) -> int:
        """Forgets an entry's links, and the cards that no other entry has; says how many. Before its
        revisions are scrubbed."""
        return await link_cards.scrub(self._connection, entry_id)

    async def first_under(self, user_id: int, key: str) -> tuple[str, str] | None:
        """`(entry id, digest)` of what was made under this idempotency key."""
        found = await self._connection.execute(
            select(idempotency_keys.c.entry_id, idempotency_keys.c.digest).where(
                idempotency_keys.c.story_id == self.story.id,
                idempotency_keys.c.user_id == user_id,
                idempotency_keys.c.key == key,
            )
        )
        row = found.first()
        return None if row is None else (row.entry_id, row.digest)

    async def remember_key(self, user_id: int, key: str, digest: str, entry: Entry) -> None:
        await self._connection.execute(
            insert(idempotency_keys).values(
                story_id=self.story.id,
                user_id=user_id,
                key=key,
                digest=digest,
                entry_id=entry.id,
                created_at=entry.created_at,
            )
        )

    async def scrub_key(self, entry_id: str) -> int:
        """Takes away what a text could be recognized by; that the key was used stays."""
        done = await self._connection.execute(
            update(idempotency_keys)
            .where(idempotency_keys.c.entry_id == entry_id)
            .values(digest="")
        )
        return done.rowcount

    async def received(self, inlet_id: int, message: str) -> inlets.Received | None:
        """What became of a message."""
        return await inlets.received(self._connection, inlet_id, message)

    async def take_in(self, inlet_id: int, message: str, became: inlets.Received) -> bool:
        """Notes what became of a message; False where that was noted before."""
        return await inlets.take_in(self._connection, inlet_id, message, became)

    async def keep_pace(self, entry: Entry, rev: int) -> None:
        """An entry gets revision `rev` by the messages that it is of: to those of them that nobody had
        touched it since, still nobody has. Before the revision is kept."""
        await inlets.keep_pace(self._connection, entry, rev, EMBEDDED)

    async def enclose(
        self, inlet_id: int, entry_id: str, files: Sequence[str], at: datetime
    ) -> None:
        """Notes files that came with a message and are to be fetched for an entry."""
        await attachments.add(self._connection, inlet_id, entry_id, files, at)

    async def open_enclosure(self, enclosure_id: str) -> bool:
        """Takes a file off that list; False where it does not stand there any more."""
        return await attachments.close(self._connection, enclosure_id)

    async def drop_enclosures(self, entry_id: str) -> int:
        """Nothing is fetched for an entry any more."""
        return await attachments.drop(self._connection, entry_id)

    async def author(self, user_id: int | None) -> protections.Author | None:
        """Who makes an entry, and what protects them."""
        return await protections.author(self._connection, user_id)

    async def bylines(self) -> list[protections.Author]:
        """Those who have a public name, and their real ones."""
        return await protections.bylines(self._connection)

    async def written_at(self, entry: Entry) -> datetime:
        """When the entry's author last wrote in it."""
        return await protections.written_at(self._connection, entry)

    async def whereabouts(self, entry_id: str) -> Whereabouts | None:
        """What is known of an entry's place and time and is not shown."""
        return (await protections.find(self._connection, [entry_id])).get(entry_id)

    async def keep_whereabouts(self, known: Whereabouts) -> None:
        await protections.keep(self._connection, known)

    async def drop_whereabouts(self, entry_id: str) -> int:
        return await protections.drop(self._connection, entry_id)

    async def scrub_drafts(self, entry_id: str) -> int:
        """Takes away what anybody was writing on an entry that was purged in this transaction, which keeps
        all others from being saved; returns how many drafts there were."""
        done = await self._connection.execute(delete(drafts).where(drafts.c.entry_id == entry_id))
        return done.rowcount

    async def _index(self, entry: Entry) -> None:
        """Under what an entry is found, without regard to case."""
        topics = [{"topic": topic} for topic in {folded(topic) for topic in entry.topics}]
        authors = [{"author": author} for author in {name.casefold() for name in entry.authors}]
        for table, rows in ((entry_topics, topics), (entry_authors, authors)):
            if rows:
                await self._connection.execute(
                    insert(table), [{"entry_id": entry.id} | row for row in rows]
                )
        await index_media(self._connection, entry)

    async def media(self, ids: Sequence[str]) -> dict[str, Stored]:
        """Those of the media that are there, by id; they stay there until the transaction ends."""
        return await stored_media(self._connection, ids, lock=True)

    async def release_media(self, entry_id: str) -> list[str]:
        """The ids of what only this entry shows or once showed: nobody gets it any more. After its cards
        are scrubbed, before its revisions are."""
        return await release_media(self._connection, entry_id)


class Log:
    """Appends to and reads from the event logs of stories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self, slug: str) -> AsyncIterator[StoryTransaction]:
        """Locks the story for one change. Raises `NotFound`."""
        async with self._database.write() as connection:
            # Writing the row locks it on PostgreSQL too.
            locked = await connection.execute(
                update(stories)
                .where(stories.c.slug == slug)
                .values(turn=stories.c.turn + 1)
                .returning(stories)
            )
            row = locked.mappings().first()
            if row is None:
                raise NotFound(f"no story {slug!r}")
            yield StoryTransaction(connection, story_from(row))

    async def keep_report(self, entry: Entry, report: Takedown) -> None:
        """Puts what a removal reached into the entry's history, beside its revision."""
        async with self._database.write() as connection:
            await connection.execute(
                update(revisions)
                .where(revisions.c.entry_id == entry.id, revisions.c.rev == entry.rev)
                .values(report=report.model_dump(mode="json"))
            )

    @asynccontextmanager
    async def glimpse(self, slug: str) -> AsyncIterator[StoryTransaction]:
        """A snapshot of a story as a transaction has it, for what only looks. Raises `NotFound`."""
        async with self._database.read() as connection:
            found = await connection.execute(select(stories).where(stories.c.slug == slug))
            row = found.mappings().first()
            if row is None:
                raise NotFound(f"no story {slug!r}")
            yield StoryTransaction(connection, story_from(row))

    async def positions(self, slugs: Iterable[str]) -> dict[str, Position]:
        """Where each of the stories is. Stories that do not exist are left out."""
        query = select(stories.c.slug, stories.c.epoch, stories.c.head).where(
            stories.c.slug.in_(list(slugs))
        )
        async with self._database.look_up() as connection:
            rows = (await connection.execute(query)).all()
        return {slug: Position(epoch, head) for slug, epoch, head in rows}

    async def after(self, slug: str, seq: int, limit: int) -> tuple[Position, list[Event]]:
        """The position and the next events after `seq`, of one moment. Raises `NotFound`."""
        metrics.LOG_READS.inc()
        async with self._database.read() as connection:
            story = await _position(connection, slug)
            rows = await connection.execute(
                select(events)
                .where(events.c.story_id == story.id, events.c.seq > seq)
                .order_by(events.c.seq)
                .limit(limit)
            )
            found = [_event(event) for event in rows.mappings()]
        return Position(story.epoch, story.head), found

    async def tail(self, slug: str, limit: int) -> tuple[Position, list[Event]]:
        """The position and the newest events, in their order, of one moment. Raises `NotFound`."""
        metrics.LOG_READS.inc()
        async with self._database.read() as connection:
            story = await _position(connection, slug)
            rows = await connection.execute(
                select(events)
                .where(events.c.story_id == story.id)
                .order_by(events.c.seq.desc())
                .limit(limit)
            )
            newest_first = [_event(event) for event in rows.mappings()]
        return Position(story.epoch, story.head), newest_first[::-1]

    async def due(self, now: datetime) -> list[tuple[str, str]]:
        """`(slug, entry id)` of the scheduled entries whose hour has come, earliest first."""
        query = (
            select(stories.c.slug, entries.c.id)
            .join(stories, stories.c.id == entries.c.story_id)
            .where(entries.c.status == EntryStatus.SCHEDULED, entries.c.published_at <= now)
            .order_by(entries.c.published_at, entries.c.created_at)
            .limit(100)
        )
        async with self._database.look_up() as connection:
            return [(slug, identity) for slug, identity in (await connection.execute(query)).all()]


async def _position(connection: AsyncConnection, slug: str) -> Any:
    """The row `(id, epoch, head)` of a story. Raises `NotFound`."""
    found = await connection.execute(
        select(stories.c.id, stories.c.epoch, stories.c.head).where(stories.c.slug == slug)
    )
    row = found.first()
    if row is None:
        raise NotFound(f"no story {slug!r}")
    return row


def _columns(entry: Entry) -> dict[str, Any]:
    values = entry.model_dump()
    for name in named(Trait.JSON):
        values[name] = entry.model_dump(mode="json", include={name})[name]
    return values


def _event(row: Any) -> Event:
    return Event.model_validate({name: row[name] for name in Event.model_fields})
