"""Calls the roll: which server processes have an event, in their rings and pages and on their sockets."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from liveblog.bus.redis import Broker
from liveblog.errors import LiveblogError
from liveblog.live.hub import Hub
from liveblog.live.listener import Listener
from liveblog.models.content import Reached

CHANNEL = "roll"
PAUSE = 0.05
SECONDS = 2.0  # in which a process answers, or counts as silent


class Call:
    """The answers to one question, until all who were expected have answered."""

    def __init__(self, expected: set[str]) -> None:
        self.silent = expected
        self.answers: list[Reached] = []
        self.all = asyncio.Event()

    def take(self, answer: Reached) -> None:
        self.silent.discard(answer.process)
        self.answers.append(answer)
        if not self.silent:
            self.all.set()


class Roll:
    """Asks through Redis and answers for its own process. Processes are known by their beacons."""

    def __init__(self, broker: Broker, hub: Hub, listener: Listener) -> None:
        self._broker = broker
        self._hub = hub
        self._listener = listener
        self._calls: dict[str, Call] = {}
        listener.also[CHANNEL] = self._take

    async def call(
        self, slug: str, epoch: str, seq: int
    ) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
        """The processes that have the event within 2 s, and those that did not say so."""
        question = secrets.token_hex(8)
        call = self._calls[question] = Call({self._listener.process, *self._listener.others})
        asked = {"ask": question, "story": slug, "epoch": epoch, "seq": seq}
        try:
            async with asyncio.timeout(SECONDS):
                call.take(await self._reached(slug, epoch, seq))
                await self._broker.publish(CHANNEL, json.dumps(asked).encode())
                await call.all.wait()
        except TimeoutError:
            pass
        finally:
            del self._calls[question]
        return tuple(call.answers), tuple(sorted(call.silent))

    def _take(self, data: bytes) -> None:
        message: dict[str, Any] = json.loads(data)
        if "ask" in message:
            if message["ask"] not in self._calls:  # our own, which is answered already
                self._hub.spawn(self._answer(message))
        elif call := self._calls.get(message["answer"]):
            call.take(Reached.model_validate(message["reached"]))

    async def _answer(self, asked: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                reached = await self._reached(asked["story"], asked["epoch"], asked["seq"])
        except (TimeoutError, LiveblogError):
            return  # who does not answer counts as silent
        answer = {"answer": asked["ask"], "reached": reached.model_dump()}
        await self._broker.publish(CHANNEL, json.dumps(answer).encode())

    async def _reached(self, slug: str, epoch: str, seq: int) -> Reached:
        """Ends when this process has the event, or shows nothing of the story."""
        while (feed := await self._hub.held(slug)) and (feed.epoch != epoch or feed.applied < seq):
            await self._hub.catch_up(feed)
            await asyncio.sleep(PAUSE)
        return Reached(process=self._listener.process, sockets=feed.readers if feed else 0)
