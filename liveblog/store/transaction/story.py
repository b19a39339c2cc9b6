"""The transaction itself: it has the story, appends events and raises the sequence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, Event, EventKind, Story
from liveblog.store.media.media import index_cover
from liveblog.store.prepared import Prepared, valued
from liveblog.store.stories.stories import index_topics
from liveblog.store.tables import events, stories
from liveblog.store.transaction.brief import TxBrief
from liveblog.store.transaction.cards import TxCards
from liveblog.store.transaction.coverage import TxCoverage
from liveblog.store.transaction.drafts import TxDrafts
from liveblog.store.transaction.entries import TxEntries
from liveblog.store.transaction.events import TxEvents
from liveblog.store.transaction.idempotency import TxKeys
from liveblog.store.transaction.inbound import TxInbound
from liveblog.store.transaction.media import TxMedia
from liveblog.store.transaction.notes import TxNotes
from liveblog.store.transaction.people import TxPeople
from liveblog.store.transaction.places import TxPlaces
from liveblog.store.transaction.revisions import RevisionMade, TxRevisions
from liveblog.store.transaction.topics import TxTopics

_NEW_EVENT = Prepared(valued(insert(events), events.c.keys()))
_NEW_HEAD = Prepared(
    valued(update(stories).where(stories.c.id == bindparam("of_id")), ("head", "updated_at"))
)


class StoryTransaction:
    """One change of a story. Its row is locked until the transaction ends, unless it is a snapshot.

    `appended` are the events and `made` the revisions of this transaction. Readers and desks are
    told of them after the commit.
    """

    def __init__(self, connection: AsyncConnection, story: Story) -> None:
        self._connection = connection
        self.story = story
        self.appended: list[Event] = []
        self.made: list[RevisionMade] = []
        self.entries = TxEntries(connection, story)
        self.events = TxEvents(connection, story.id)
        self.revisions = TxRevisions(connection, self.made)
        self.notes = TxNotes(connection, self.made)
        self.brief = TxBrief(connection)
        self.cards = TxCards(connection)
        self.media = TxMedia(connection)
        self.people = TxPeople(connection)
        self.places = TxPlaces(connection)
        self.drafts = TxDrafts(connection)
        self.inbound = TxInbound(connection)
        self.keys = TxKeys(connection, story.id)
        self.coverage = TxCoverage(connection, story.id)
        self.topics = TxTopics(connection, story.id)

    @property
    def next_seq(self) -> int:
        """The sequence number of the next event."""
        return self.story.head + 1

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
        await _NEW_EVENT.run(self._connection, story_id=self.story.id, **event.model_dump())
        now = {"head": event.seq, "updated_at": at}
        await _NEW_HEAD.run(self._connection, of_id=self.story.id, **now)
        self.story = self.story.model_copy(update=now)
        self.appended.append(event)
        return event

    async def update_story(self, values: dict[str, Any]) -> None:
        """Changes fields of the story, and its topics and its cover in their indexes."""
        await self._connection.execute(
            update(stories).where(stories.c.id == self.story.id).values(values)
        )
        self.story = Story.model_validate(self.story.model_dump() | values)
        if "topics" in values:
            await index_topics(self._connection, self.story)
        if "cover" in values:
            await index_cover(self._connection, self.story)
