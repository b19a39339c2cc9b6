"""What hubs have to be told, in the database: both kinds of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs

import pytest
from hub_parts import Desk
from structlog.testing import capture_logs

from liveblog.errors import NotFetched, Unavailable
from liveblog.models.content import EventKind
from liveblog.models.integrations import Delivery, Webhook
from liveblog.newsroom.entries import edit, removal
from liveblog.newsroom.forms import EntryChange, NewEntry, Removal
from liveblog.newsroom.validation import parse
from liveblog.store import Store, Told
from liveblog.webhooks import delivery, websub
from liveblog.webhooks.delivery import GIVEN_UP_AFTER, Deliveries, Receiver
from liveblog.webhooks.receivers import Receivers
from liveblog.webhooks.takedown import NONE_KNOWN, UNKNOWN, announced
from liveblog.webhooks.websub import HubSender

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

    assert [told for _, told in await hooks.told(story.id, 4)] == [Told.WAITING, Told.WAITING]
    lease = await hooks.claim(first, at, 10)
    assert lease
    delivery = Delivery(
        at=at, story="story", seq=4, kind=EventKind.ENTRY_REMOVED, milliseconds=1, status=204
    )
    waiting = waiting._replace(seq=told.last)
    until = at + timedelta(seconds=10)
    assert await hooks.note(first, lease, waiting, delivery, leased_until=until)
    assert [told for _, told in await hooks.told(story.id, 4)] == [Told.TOLD, Told.WAITING]
    assert await hooks.next(first) is None
    assert (await hooks.change(first, story.id, 1, 100, at)).topics == (), (
        "forgotten once they are told"
    )
    assert (await hooks.change(second, story.id, 1, 100, at)).topics == ("one", "three", "two")

    await hooks.keep("websub", HUBS[:1])
    assert [hub.url for hub, _ in await hooks.told(story.id, 4)] == HUBS[:1]
    await hooks.keep("websub", [])
    assert await hooks.told(story.id, 4) == []


class Answers:
    """In the place of the network: an answer for each feed, or none. `told` are the feeds that were answered."""

    def __init__(self, answer: Callable[[str], int]) -> None:
        self.answer = answer
        self.told: list[str] = []

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        del url, headers
        feed = parse_qs(body.decode())["hub.url"][0]
        status = self.answer(feed)
        await asyncio.sleep(0)
        if not status:
            raise NotFetched("does not answer")
        self.told.append(feed)
        return status


def hub_sender(store: Store, answer: Callable[[str], int]) -> tuple[HubSender, Answers]:
    answers = Answers(answer)
    return HubSender(store, cast(Receivers, answers), "https://live.example.net"), answers


async def tell_all(deliveries: Deliveries) -> None:
    """One look for waiting events, with all that follows from it."""
    await deliveries._deliver_due()
    await asyncio.gather(*deliveries._under_way.values())


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_a_feed_that_a_hub_refuses_holds_up_no_other_story(
    either_store: Store, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websub, "SETTLED", timedelta())
    store, hooks = either_store, either_store.webhooks
    desk = Desk(store)
    await desk.open()
    await hooks.keep("websub", HUBS[:1])
    sender, answers = hub_sender(store, lambda feed: status if "/story/" in feed else 204)
    deliveries = Deliveries(store, {"websub": Receiver(sender, tuple(HUBS[:1]))})
    await desk.post()
    form = parse(NewEntry, {"body": "Words."})
    await edit.publish(desk.newsroom, desk.editor, "other", form)
    with capture_logs() as logs:
        await tell_all(deliveries)
    assert "https://live.example.net/stories/other/feed.atom" in answers.told
    assert await hooks.due(datetime.now(UTC)) == []
    errors = [line for line in logs if line["log_level"] == "error"]
    assert {line.get("feed") for line in errors} >= {
        "https://live.example.net/stories/story/feed.atom"
    }
    assert [line["story"] for line in errors if line["event"] == "event passed over"] == ["story"]
    states = [
        (await hooks.told((await store.stories.get(slug)).id, 1))[0][1]
        for slug in ("story", "other")
    ]
    assert states == [Told.REFUSED, Told.TOLD]


@pytest.mark.parametrize("status", [408, 429, 500, 0])
async def test_what_may_pass_is_tried_again_for_three_days(
    either_store: Store, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websub, "SETTLED", timedelta())
    store, hooks = either_store, either_store.webhooks
    desk = Desk(store)
    await desk.open()
    await hooks.keep("websub", HUBS[:1])
    sender, answers = hub_sender(store, lambda feed: status if "/story/" in feed else 204)
    deliveries = Deliveries(store, {"websub": Receiver(sender, tuple(HUBS[:1]))})
    await desk.post()
    form = parse(NewEntry, {"body": "Words."})
    await edit.publish(desk.newsroom, desk.editor, "other", form)
    story, other = await store.stories.get("story"), await store.stories.get("other")
    await tell_all(deliveries)
    assert "https://live.example.net/feed.atom" in answers.told, "whatever became of another feed"
    assert (await hooks.told(story.id, 1))[0][1] is Told.WAITING

    moment = datetime.now(UTC)
    monkeypatch.setattr(delivery, "now", lambda: moment + GIVEN_UP_AFTER + timedelta(hours=2))
    await tell_all(deliveries)
    assert (await hooks.told(story.id, 1))[0][1] is Told.REFUSED
    assert (await hooks.told(other.id, 1))[0][1] is Told.WAITING, "after a pause"
    moment += timedelta(hours=2)
    await tell_all(deliveries)
    assert (await hooks.told(other.id, 1))[0][1] is Told.TOLD
    assert [hub.failing_since for hub in await hooks.due(moment)] == []


async def test_a_report_says_what_is_not_known(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(store)
    await desk.open()
    await desk.post()
    await store.webhooks.keep("websub", HUBS[:1])
    await desk.post()
    story = await store.stories.get("story")
    sender, _ = hub_sender(store, lambda _: 500)
    told, reads = store.webhooks.told, 0

    async def fails_later(story_id: int, seq: int) -> list[tuple[Webhook, Told]]:
        nonlocal reads
        reads += 1
        if reads > 1:
            raise Unavailable("the database does not answer")
        return await told(story_id, seq)

    monkeypatch.setattr(store.webhooks, "told", fails_later)
    (said,) = await announced(store, sender, story, 2)
    assert said.startswith("copies at the WebSub hub a.example.org ")
    assert said.endswith(UNKNOWN)
    assert await announced(store, sender, story, 2) == (NONE_KNOWN,)


async def test_when_a_hub_fails_no_request_is_left_running(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websub, "SETTLED", timedelta())
    desk = Desk(store)
    await desk.open()
    await store.webhooks.keep("websub", HUBS[:1])
    await desk.post()
    (hub,) = await store.webhooks.due(datetime.now(UTC))
    waiting = await store.webhooks.next(hub)
    assert waiting is not None
    sender, answers = hub_sender(store, lambda feed: 0 if "/story/" in feed else 204)
    slow = answers.post

    async def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        for _ in range(0 if b"story" in body else 50):
            await asyncio.sleep(0)
        return await slow(url, body, headers)

    monkeypatch.setattr(answers, "post", post)
    before = asyncio.all_tasks()
    with pytest.raises(NotFetched):
        await sender(hub, waiting)
    assert asyncio.all_tasks() <= before
    assert len(answers.told) == 3, "the feeds of the site"
