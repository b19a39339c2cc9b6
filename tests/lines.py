"""A network line that can go dead, as a test needs it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self


class Line:
    """A TCP line to a port. Connections that were on it when it went dead stay open and carry nothing
    more, without a word to either end; new ones work."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._made = 0
        self._dead = 0
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def go_dead(self) -> int:
        """Says how many connections have been made so far, all of which are dead now."""
        self._dead = self._made
        return self._dead

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._made += 1
        self._writers |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._pumps.add(asyncio.create_task(self._pump(self._made, source, sink)))

    async def _pump(
        self, number: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if number > self._dead:
                    sink.write(data)
                    await sink.drain()
        sink.close()
