"""Heartbeats ride on events, are spread over seconds, and find those that do not answer."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from hub_parts import Desk, Nobody
from processes import PATIENCE, until
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from liveblog.live import fan_out
from liveblog.live.capacity import Capacity
from liveblog.live.cursor import ReaderCursor
from liveblog.live.feed import Feed
from liveblog.live.hub import Hub
from liveblog.live.reader import Admission, SocketReader
from liveblog.store import Store

pytestmark = pytest.mark.anyio


class Heard(NamedTuple):
    """What one read of the socket brings: types of frames, pings as "ping"."""

    frames: list[str]
    end: bool


class Peer:
    """The reader's side of a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.parser = Protocol(Side.CLIENT, state=State.OPEN)

    async def read(self) -> Heard:
        async with asyncio.timeout(PATIENCE):
            data = await asyncio.get_running_loop().sock_recv(self.connection, 65536)
        self.parser.receive_data(data)
        found = self.parser.events_received()
        frames = [
            "ping" if frame.opcode is Opcode.PING else json.loads(bytes(frame.data))["type"]  # type: ignore[union-attr]
            for frame in found
        ]
        return Heard(frames, end=not data)

    async def answer(self) -> None:
        for data in self.parser.data_to_send():
            await asyncio.get_running_loop().sock_sendall(self.connection, data)


class Room(NamedTuple):
    """A hub with one story."""

    hub: Hub
    feed: Feed
    desk: Desk

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Peer]:
        """A reader who has read hello."""
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
        cursor = ReaderCursor(self.feed, after=None, epoch=None, reach=100)
        reader = SocketReader(
            transport, Admission(self.hub.fan_out(self.feed), cursor, "192.0.2.1"), set()
        )
        transport.set_protocol(reader)
        reader.begin(b"")
        peer = Peer(theirs)
        assert (await peer.read()).frames == ["hello"]
        yield peer
        transport.abort()
        theirs.close()

    async def publish(self) -> None:
        await self.desk.post()
        await self.hub.catch_up(self.feed)

    async def beat(self) -> None:
        self.feed.beat()
        await until(lambda: not self.hub.passing)


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    desk = Desk(store)
    await desk.open()
    hub = Hub(store.log, Nobody(), Capacity(1000, 1000), 0)
    feed = await hub.open("story")
    await hub.catch_up(feed)
    yield Room(hub, feed, desk)
    await hub.close()


async def test_a_heartbeat_that_is_due_comes_with_an_event(room: Room) -> None:
    async with room.reader() as peer:
        await room.publish()
        assert (await peer.read()).frames == ["event", "head", "ping"]
        await peer.answer()
        await room.publish()
        assert (await peer.read()).frames == ["event"]  # none is due so soon
        await room.beat()
        await room.publish()
        assert (await peer.read()).frames == ["event"]


async def test_who_answers_stays_and_who_does_not_is_cut(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEAT_SECONDS", 0.0)  # each event has one
    async with room.reader() as answering, room.reader() as silent:
        for number in range(3):
            await room.publish()
            assert (await answering.read()).frames == ["event", "head", "ping"]
            await answering.answer()
            if number == 0:
                assert (await silent.read()).frames == ["event", "head", "ping"]
            await until(lambda: room.feed.readers == (2 if number == 0 else 1))  # noqa: B023 - called at once
        assert (await silent.read()).end


async def test_a_reader_who_was_behind_is_asked_with_the_others(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEAT_SECONDS", 0.0)
    async with room.reader() as one:
        for _ in range(2):
            await room.desk.post()
        await room.hub.catch_up(room.feed)
        heard: list[str] = []
        while heard.count("event") < 2 or "ping" not in heard:
            heard += (await one.read()).frames
        assert heard == ["event", "event", "head", "ping"]


async def test_a_round_is_spread_and_reaches_everybody_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "BEATS_AT_ONCE", 2)
    rooms = [room.reader() for _ in range(8)]
    peers = [await entered.__aenter__() for entered in rooms]
    for beats in (3, 6, 8):
        await room.beat()
        asked = sum(bool(_pending(peer.connection)) for peer in peers)
        assert asked == beats
    await room.beat()  # the round has ended, and the next one is not due
    for peer in peers:
        assert (await peer.read()).frames == ["head", "ping"]
    for entered in rooms:
        await entered.__aexit__(None, None, None)


def _pending(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return b""
