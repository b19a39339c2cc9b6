"""Readers of the live socket, as tests have them: each keeps a log of what it received."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from processes import PATIENCE
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException


class Reader:
    """Follows a story over one socket, and over a new one by its sequence when that breaks.

    `log` holds the sequence numbers in the order in which they came, `arrived` when each came first,
    `frames` every frame, `firsts` the type of the first on each connection, `closes` the code with which
    each ended.
    """

    def __init__(self, ws: str, slug: str, after: int | None = 0, epoch: str | None = None) -> None:
        self.ws = ws
        self.slug = slug
        self.after = after
        self.epoch = epoch
        self.log: list[int] = []
        self.frames: list[dict[str, Any]] = []
        self.resets = 0
        self.arrived: dict[int, float] = {}
        self.firsts: list[str] = []
        self.closes: list[int | None] = []
        self.connected = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        await asyncio.wait_for(self.connected.wait(), PATIENCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == "event"]

    async def until(self, seq: int, within: float = PATIENCE) -> None:
        """Waits until the event with this sequence number has come."""
        async with asyncio.timeout(within):
            while not self.log or self.log[-1] < seq:
                self._moved.clear()
                await self._moved.wait()

    async def until_frame(self, kind: str, within: float = PATIENCE) -> dict[str, Any]:
        async with asyncio.timeout(within):
            while not any(frame["type"] == kind for frame in self.frames):
                self._moved.clear()
                await self._moved.wait()
        return next(frame for frame in self.frames if frame["type"] == kind)

    async def until_closed(self, within: float = PATIENCE) -> int | None:
        """Waits until a connection has ended, and gives the code of the first that did."""
        async with asyncio.timeout(within):
            while not self.closes:
                self._moved.clear()
                await self._moved.wait()
        return self.closes[0]

    def cut(self) -> None:
        """Breaks the connection without a word, as a failing network does. `connected` is set by the next."""
        if self._socket is not None:
            self._socket.transport.abort()
            self.connected.clear()

    def address(self) -> str:
        query = [] if self.after is None else [f"after={self.log[-1] if self.log else self.after}"]
        query += [f"epoch={self.epoch}"] if self.epoch else []
        return f"{self.ws}/stories/{self.slug}/live?{'&'.join(query)}"

    async def _run(self) -> None:
        while True:
            try:
                async with connect(self.address(), compression=None, proxy=None) as self._socket:
                    first = True
                    try:
                        async for text in self._socket:
                            frame = json.loads(text)
                            if first:
                                self.firsts.append(frame["type"])
                                first = False
                            self._take(frame)
                    finally:
                        self.closes.append(self._socket.close_code)
                        self._moved.set()
            except (WebSocketException, OSError, EOFError, TimeoutError):
                pass
            await asyncio.sleep(0.05)

    def _take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] == "hello":
            self.epoch = frame["epoch"]
            if self.after is None:
                self.after = frame["head"]
            self.connected.set()
        elif frame["type"] == "event":
            self.log.append(frame["seq"])
            self.arrived.setdefault(frame["seq"], time.monotonic())
        elif frame["type"] == "reset":
            self.resets += 1
        self._moved.set()


@asynccontextmanager
async def audience(
    ws: str, slug: str, count: int, after: int | None = 0
) -> AsyncIterator[list[Reader]]:
    """Several readers of a story."""
    async with AsyncExitStack() as stack:
        readers = [Reader(ws, slug, after) for _ in range(count)]
        await asyncio.gather(*(stack.enter_async_context(reader) for reader in readers))
        yield readers


async def all_have(readers: Sequence[Reader], head: int) -> None:
    """Waits until every reader has come to the head, and asserts what is promised: each event after
    the reader's beginning, once and in order, and on each connection hello before all else."""
    await asyncio.gather(*(reader.until(head) for reader in readers))
    for reader in readers:
        assert reader.log == list(range((reader.after or 0) + 1, head + 1))
        assert set(reader.firsts) == {"hello"}
