"""A network between browser and server that misbehaves as networks do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes everything on, until told otherwise.

    With `sockets` off, no request for a websocket gets through, as behind many a company's proxy;
    while `flows` is cleared, nothing arrives any more and yet no connection ends; while `answers` is, what is
    asked arrives and nothing comes back.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.sockets = True
        self._away = False
        self.refused = 0
        self.flows = asyncio.Event()
        self.flows.set()
        self.answers = asyncio.Event()
        self.answers.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    def down(self) -> None:
        """Ends all connections, and lets no other begin."""
        self._away = True
        self.cut()

    def up(self) -> None:
        self._away = False

    def cut(self) -> None:
        """Ends all connections at once."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readuntil(b"\r\n\r\n")
        if self._away:
            return
        if not self.sockets and b"upgrade: websocket" in first.lower():
            self.refused += 1
            writer.write(REFUSAL)
            await writer.drain()
            return
        back, forth = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            forth.write(first)
            ways = [
                asyncio.create_task(self._pass_on(*way))
                for way in ((reader, forth, self.flows), (back, writer, self.answers))
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            forth.close()

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event
    ) -> None:
        while data := await source.read(65536):
            await self.flows.wait()
            await gate.wait()
            sink.write(data)
            await sink.drain()


@asynccontextmanager
async def between(port: int) -> AsyncIterator[Proxy]:
    """A proxy to a port of this machine."""
    proxy = Proxy(port)
    listening = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listening.close()
        await proxy.close()
