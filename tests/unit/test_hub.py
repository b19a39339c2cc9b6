"""The hub between a real log and what Redis brings, when the two answer at odd moments."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable

import pytest
from hub_parts import Desk, Nobody
from processes import PATIENCE, until
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from liveblog.live import hub as hub_module
from liveblog.live.capacity import Capacity
from liveblog.live.cursor import ReaderCursor
from liveblog.live.hub import Hub, channel
from liveblog.live.reader import Admission, SocketReader
from liveblog.models.content import Event
from liveblog.store import Log, Position, Store

pytestmark = pytest.mark.anyio


class LateLog(Log):
    """The real log, whose answers can be kept on their way."""

    kept = False

    def keep(self) -> None:
        self.kept, self.asked, self.let_go = True, asyncio.Event(), asyncio.Event()

    async def after(self, slug: str, seq: int, limit: int) -> tuple[Position, list[Event]]:
        answer = await super().after(slug, seq, limit)
        if self.kept:
            self.asked.set()
            await self.let_go.wait()
        return answer


class Slow:
    """Subscriptions that take their time: meanwhile something may happen."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.meanwhile: Callable[[], object] = lambda: None

    async def subscribe(self, channel: str) -> None:
        self.kept.add(channel)

    async def unsubscribe(self, channel: str) -> None:
        self.meanwhile()
        await asyncio.sleep(0)
        self.kept.discard(channel)


class Follower:
    count = 1

    def wake(self) -> None:
        pass

    def beat(self) -> None:
        pass


async def test_an_answer_older_than_what_redis_brought_is_no_older_copy(store: Store) -> None:
    desk, log = Desk(store), LateLog(store.database)
    await desk.open()
    hub = Hub(log, Nobody(), Capacity(10, 10), 0)
    feed = await hub.open("story")
    await hub.catch_up(feed)
    epochs = [feed.epoch]

    log.keep()
    levelling = asyncio.create_task(hub.catch_up(feed))
    await log.asked.wait()  # the log was read: nothing is new
    for _ in range(3):
        await desk.post()
    for epoch, frames in desk.said:
        hub.receive("story", epoch, frames)
    assert feed.applied == 3
    feed.restart = lambda *_: epochs.append("begun anew")  # type: ignore[method-assign]  # notes it
    log.let_go.set()
    await levelling
    await hub.close()
    assert feed.applied == 3
    assert len(epochs) == 1


async def test_what_redis_did_not_bring_comes_from_the_log(store: Store) -> None:
    desk = Desk(store)
    await desk.open()
    hub = Hub(store.log, Nobody(), Capacity(10, 10), 0)
    feed = await hub.open("story")
    for _ in range(5):
        await desk.post()
    lost, first, _, last, _ = desk.said
    del lost
    hub.receive("story", *last)
    hub.receive("story", *first)
    await hub.catch_up(feed)
    assert feed.applied == 5
    assert [frame.seq for frame in feed.after(0) or []] == [1, 2, 3, 4, 5]
    await hub.close()


async def test_a_reader_who_comes_while_idle_feeds_are_closed_is_in_a_feed_that_is_open(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MOST_IDLE", 0)
    await Desk(store).open()
    subscriptions = Slow()
    hub = Hub(store.log, subscriptions, Capacity(10, 10), 0)
    await hub.open("story")
    await hub.open("other")
    joined = []

    def join() -> None:
        for feed in hub.feeds.values():
            feed.followers.add(Follower())
            joined.append(feed)

    subscriptions.meanwhile = join
    await hub.close_idle()
    assert all(hub.feeds.get(feed.slug) is feed for feed in joined)
    assert subscriptions.kept == {channel(feed.slug) for feed in hub.feeds.values()}
    await hub.close()


async def test_no_heartbeat_comes_before_hello(store: Store) -> None:
    await Desk(store).open()
    log = LateLog(store.database)
    hub = Hub(log, Nobody(), Capacity(10, 10), 0)
    feed = await hub.open("story")
    await hub.catch_up(feed)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, ours)
    log.keep()
    cursor = ReaderCursor(feed, after=3, epoch=None, reach=100)  # it knows more than the feed
    reader = SocketReader(transport, Admission(hub.fan_out(feed), cursor, "192.0.2.1"), set())
    transport.set_protocol(reader)
    reader.begin(b"")
    await log.asked.wait()
    await beat(hub)
    log.let_go.set()
    assert await spoken(theirs) == ["hello", "reset"]
    transport.abort()
    theirs.close()
    await hub.close()


async def beat(hub: Hub) -> None:
    """A heartbeat for everybody, sent to the last."""
    for feed in hub.feeds.values():
        feed.beat()
    await until(lambda: not hub.passing)


async def spoken(connection: socket.socket) -> list[str]:
    """The types of the frames that come, to the end."""
    parser = Protocol(Side.CLIENT, state=State.OPEN)
    types: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while parser.state is State.OPEN:
            data = await asyncio.get_running_loop().sock_recv(connection, 65536)
            assert data, "the end without a close"
            parser.receive_data(data)
            types += [
                json.loads(bytes(frame.data))["type"]
                for frame in parser.events_received()
                if isinstance(frame, SocketFrame) and frame.opcode is Opcode.TEXT
            ]
    return types
