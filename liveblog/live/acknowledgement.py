"""Acknowledgements: which server processes have an event in their rings and pages and on their sockets."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Any

from liveblog.bus.redis import RedisBus
from liveblog.errors import LiveblogError
from liveblog.live.hub import Hub
from liveblog.live.listener import Listener
from liveblog.live.site_copies import SiteCopies
from liveblog.models.revisions import Confirmed, Reached

CHANNEL = "roll"  # processes of earlier releases use this name
PAUSE = 0.05
SECONDS = 2.0  # a process that does not answer within this time counts as silent
MOST_COPIES = 50  # sites with copies that a process names in its answer


class Question:
    """The answers to one question, until every expected process has answered."""

    def __init__(self, expected: set[str]) -> None:
        self.silent = expected
        self.answers: list[Reached] = []
        self.copies: Counter[str] = Counter()
        self.all = asyncio.Event()

    def take(self, answer: Reached, copies: Mapping[str, int]) -> None:
        self.silent.discard(answer.process)
        self.answers.append(answer)
        self.copies.update(copies)
        if not self.silent:
            self.all.set()


class Acknowledgements:
    """Asks the other processes through Redis, and answers for its own. The listener knows the others by their
    beacons.
    """

    def __init__(self, bus: RedisBus, hub: Hub, listener: Listener, copies: SiteCopies) -> None:
        self._bus = bus
        self._hub = hub
        self._listener = listener
        self._copies = copies
        self._questions: dict[str, Question] = {}
        listener.on(CHANNEL, self._take)

    async def of(self, slug: str, epoch: str, seq: int) -> Confirmed:
        """Return the processes that have the event within 2 s, the ids of those that did not confirm it, and the
        sites that may still have a copy from before it.
        """
        ident = secrets.token_hex(8)
        question = self._questions[ident] = Question(
            {self._listener.process, *self._listener.others}
        )
        asked = {"ask": ident, "story": slug, "epoch": epoch, "seq": seq}
        try:
            async with asyncio.timeout(SECONDS):
                question.take(await self._reached(slug, epoch, seq), self._sites(slug))
                await self._bus.publish(CHANNEL, json.dumps(asked).encode())
                await question.all.wait()
        except TimeoutError:
            pass
        finally:
            del self._questions[ident]
        return Confirmed(tuple(question.answers), tuple(sorted(question.silent)), question.copies)

    def _take(self, _: str, data: bytes) -> None:
        message: dict[str, Any] = json.loads(data)
        if "ask" in message:
            if message["ask"] not in self._questions:  # our own question is answered already
                self._hub.spawn(self._answer(message))
        elif question := self._questions.get(message["answer"]):
            # Processes of earlier releases name no copies.
            question.take(Reached.model_validate(message["reached"]), message.get("copies", {}))

    async def _answer(self, asked: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                reached = await self._reached(asked["story"], asked["epoch"], asked["seq"])
        except (TimeoutError, LiveblogError):
            return  # a process that does not answer counts as silent
        answer = {"answer": asked["ask"], "reached": reached.model_dump()}
        answer["copies"] = self._sites(asked["story"])
        await self._bus.publish(CHANNEL, json.dumps(answer).encode())

    def _sites(self, slug: str) -> dict[str, int]:
        return dict(self._copies.of(slug).most_common(MOST_COPIES))

    async def _reached(self, slug: str, epoch: str, seq: int) -> Reached:
        """Return when this process has the event, or has no feed of the story."""
        while (feed := await self._hub.held(slug)) and (feed.epoch != epoch or feed.applied < seq):
            await self._hub.catch_up(feed)
            await asyncio.sleep(PAUSE)
        return Reached(process=self._listener.process, sockets=feed.readers if feed else 0)
