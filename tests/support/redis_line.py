"""The line between a server and Redis, with all that can go wrong on it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from enum import Enum
from typing import Self

MESSAGE = b"3\r\n$7\r\nmessage\r\n"
ANNOUNCED = b":story:"


class Meddling(Enum):
    """What becomes of the announcements that Redis hands to the server."""

    NONE = "none"
    LOSE = "lost"
    DOUBLE = "doubled"
    SWAP = "swapped"


class RedisLine:
    """Passes everything on, until told otherwise.

    While `flows` is cleared nothing arrives, in neither direction, and no connection ends. Connections
    that were there at `go_dead()` stay open and never carry anything again; new ones work.
    """

    def __init__(self, target: int) -> None:
        self.meddling = Meddling.NONE
        self.meddled = 0
        self.flows = asyncio.Event()
        self.flows.set()
        self._target = target
        self._made = 0
        self._dead = 0
        self._lines: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def go_dead(self) -> int:
        """Says how many connections have been made so far, all of which are dead now."""
        self._dead = self._made
        return self._dead

    def cut(self) -> None:
        """Ends all connections at once, also the dead ones."""
        for line in self._lines:
            line.cancel()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        self._made += 1
        try:
            with suppress(OSError, EOFError, asyncio.CancelledError):
                await self._join(self._made, near, back)
        finally:
            self._lines.discard(line)
            back.transport.abort()

    async def _join(
        self, number: int, near: asyncio.StreamReader, back: asyncio.StreamWriter
    ) -> None:
        far, forth = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [
            asyncio.create_task(self._pass_on(number, near, forth)),
            asyncio.create_task(self._pass_on(number, far, back)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            forth.transport.abort()  # before anything that `cut()` may interrupt
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass_on(
        self, number: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        held = b""
        while True:
            data = await whole(source)
            await self.flows.wait()
            if data[1:].startswith(MESSAGE) and ANNOUNCED in data[:100]:
                self.meddled += self.meddling is not Meddling.NONE
                match self.meddling:
                    case Meddling.LOSE:
                        continue
                    case Meddling.DOUBLE:
                        data += data
                    case Meddling.SWAP if not held:
                        held = data
                        continue
                data, held = data + held, b""
            if number > self._dead:
                sink.write(data)
                await sink.drain()


async def whole(source: asyncio.StreamReader) -> bytes:
    """One value of Redis's protocol: a command, an answer or a message."""
    data = await source.readuntil(b"\r\n")
    kind, size = data[:1], data[1:-2]
    if kind in {b"$", b"="} and int(size) >= 0:
        data += await source.readexactly(int(size) + 2)
    elif kind in {b"*", b">", b"~", b"%"}:
        for _ in range(int(size) * (2 if kind == b"%" else 1)):
            data += await whole(source)
    return data
