"""What a process hears of the bus, subscribing again whenever a subscription ends, as the listener does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Self

from processes import PATIENCE

from liveblog.bus.redis import Message, RedisBus
from liveblog.errors import Unavailable


class Ear:
    """`heard` has the messages of each channel in their order, `confirmed` how often each was subscribed, `ended` how
    often all subscriptions ended."""

    def __init__(self, bus: RedisBus, *channels: str) -> None:
        self.heard: dict[str, list[bytes]] = {channel: [] for channel in channels}
        self.confirmed: Counter[str] = Counter()
        self.ended = 0
        self._bus = bus
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        for channel in self.heard:
            await self._bus.subscribe(channel)
        self._task = asyncio.create_task(self._listen())
        await self.until(lambda: all(self.confirmed[channel] for channel in self.heard))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._moved.clear()
                await self._moved.wait()

    async def until_confirmed(self, channel: str, times: int) -> None:
        await self.until(lambda: self.confirmed[channel] >= times)

    async def hears(self, channel: str, data: bytes) -> None:
        """Publishes until the message is heard: one that was sent in the middle of a failover may be lost."""
        async with asyncio.timeout(PATIENCE):
            while data not in self.heard[channel]:
                await self._bus.publish(channel, data)
                await asyncio.sleep(0.05)

    async def _listen(self) -> None:
        while True:
            try:
                async for got in self._bus.messages():
                    if isinstance(got, Message):
                        self.heard[got.channel].append(got.data)
                    else:
                        self.confirmed[got.channel] += 1
                    self._moved.set()
            except Unavailable:
                self.ended += 1
                self._moved.set()
                await asyncio.sleep(0.05)
