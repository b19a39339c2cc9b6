"""A hub with one story, and readers at real sockets without a server."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from hub_parts import Desk, Nobody
from processes import PATIENCE, until
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Opcode
from websockets.protocol import Protocol, Side, State

from liveblog.live.capacity import Capacity
from liveblog.live.cursor import ReaderCursor
from liveblog.live.feed import Feed
from liveblog.live.hub import Hub
from liveblog.live.reader import Admission, SocketReader
from liveblog.store import Store


class Heard(NamedTuple):
    """What one read of the socket brings: types of frames, pings as "ping"."""

    frames: list[str]
    end: bool


class Peer:
    """The reader's side of a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.parser = Protocol(Side.CLIENT, state=State.OPEN)
        self.parser.extensions = [PerMessageDeflate(True, True, 15, 15)]
        self.bytes = 0

    async def read(self) -> Heard:
        async with asyncio.timeout(PATIENCE):
            data = await asyncio.get_running_loop().sock_recv(self.connection, 65536)
        self.bytes += len(data)
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
    async def reader(self, after: int | None = None, *, packs: bool = False) -> AsyncIterator[Peer]:
        """A reader who has read hello, and takes compressed frames if it `packs`."""
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
        cursor = ReaderCursor(self.feed, after=after, epoch=None, reach=100)
        fan_out = self.hub.fan_out(self.feed)
        reader = SocketReader(transport, Admission(fan_out, cursor, "192.0.2.1", packs), set())
        transport.set_protocol(reader)
        reader.begin(b"")
        peer = Peer(theirs)
        if after is None:
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


@asynccontextmanager
async def open_room(store: Store) -> AsyncIterator[Room]:
    desk = Desk(store)
    await desk.open()
    hub = Hub(store.log, Nobody(), Capacity(1000, 1000), 0)
    feed = await hub.open("story")
    await hub.catch_up(feed)
    yield Room(hub, feed, desk)
    await hub.close()
