"""The events that a story already has. `StoryTransaction.append` adds one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveblog.models.content import Entry, Event
from liveblog.store.tables import events


class TxEvents:
    def __init__(self, connection: AsyncConnection, story_id: int) -> None:
        self._connection = connection
        self._story_id = story_id

    async def of(self, entry_id: str) -> list[Event]:
        """The events of an entry, in their order."""
        found = await self._connection.execute(
            select(events)
            .where(events.c.story_id == self._story_id, events.c.entry_id == entry_id)
            .order_by(events.c.seq)
        )
        return [event_from(row) for row in found.mappings()]

    async def naming(self, entry: Entry) -> list[Event]:
        """The events with the id of an entry in their payload, its own and others, in their order."""
        # Nothing named it before it was first published. An entry that was withdrawn and published again has a later
        # `seq` than that.
        first = select(func.min(events.c.seq)).where(
            events.c.story_id == self._story_id, events.c.entry_id == entry.id
        )
        found = await self._connection.execute(
            select(events)
            .where(
                events.c.story_id == self._story_id,
                events.c.seq >= first.scalar_subquery(),
                events.c.payload.contains(entry.id, autoescape=True),
            )
            .order_by(events.c.seq)
        )
        return [event_from(row) for row in found.mappings()]

    async def replace(self, event: Event) -> None:
        """Replaces the kind and the payload of an event that was appended before."""
        await self._connection.execute(
            update(events)
            .where(events.c.story_id == self._story_id, events.c.seq == event.seq)
            .values(kind=event.kind, payload=event.payload)
        )


def event_from(row: Any) -> Event:
    return Event.model_validate({name: row[name] for name in Event.model_fields})
