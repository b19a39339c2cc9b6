"""What hubs have to be told, in the database: both kinds of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hub_parts import Desk

from liveblog.models.content import EventKind
from liveblog.models.integrations import Delivery
from liveblog.newsroom.entries import edit, removal
from liveblog.newsroom.forms import EntryChange, NewEntry, Removal
from liveblog.newsroom.validation import parse
from liveblog.store import Store

pytestmark = pytest.mark.anyio

HUBS = ["https://a.example.org/", "https://b.example.org/"]


async def test_a_hub_learns_the_topics_that_an_entry_has_and_had(either_store: Store) -> None:
    store, hooks = either_store, either_store.webhooks
    desk = Desk(store)
    await desk.open()
    await desk.post()
    await hooks.keep("websub", HUBS)
    await hooks.keep("websub", HUBS)
    assert await hooks.all() == [], "they are not among the webhooks that people add"
    assert await hooks.due(datetime.now(UTC)) == [], "of what was before"
    form = parse(NewEntry, {"body": "Words.", "topics": ["One", "Two"]})
    entry = (await edit.publish(desk.newsroom, desk.editor, "story", form)).entry
    change = parse(EntryChange, {"topics": ["two", "Three"]})
    await edit.revise(desk.newsroom, desk.editor, "story", entry.id, change)
    await removal.remove(
        desk.newsroom, desk.editor, "story", entry.id, parse(Removal, {"purge": True})
    )
    at = datetime.now(UTC)
    first, second = await hooks.due(at)
    assert [first.url, second.url] == HUBS
    waiting = await hooks.next(first)
    assert waiting is not None
    story = await store.stories.get("story")
    early = await hooks.change(first, story.id, waiting.seq, 100, waiting.at)
    assert (early.last, early.entries) == (2, (entry.id,))
    told = await hooks.change(first, story.id, waiting.seq, 100, at)
    assert (told.last, told.revised, told.entries) == (4, True, (entry.id,))
    assert told.topics == ("one", "three", "two"), "though nothing else says them after the purge"

    assert [done for _, done in await hooks.told(story.id, 4)] == [False, False]
    lease = await hooks.claim(first, at, 10)
    assert lease
    delivery = Delivery(
        at=at, story="story", seq=4, kind=EventKind.ENTRY_REMOVED, milliseconds=1, status=204
    )
    waiting = waiting._replace(seq=told.last)
    until = at + timedelta(seconds=10)
    assert await hooks.note(first, lease, waiting, delivery, leased_until=until)
    assert [done for _, done in await hooks.told(story.id, 4)] == [True, False]
    assert await hooks.next(first) is None
    assert (await hooks.change(first, story.id, 1, 100, at)).topics == (), (
        "forgotten once they are told"
    )
    assert (await hooks.change(second, story.id, 1, 100, at)).topics == ("one", "three", "two")

    await hooks.keep("websub", HUBS[:1])
    assert [hub.url for hub, _ in await hooks.told(story.id, 4)] == HUBS[:1]
    await hooks.keep("websub", [])
    assert await hooks.told(story.id, 4) == []
