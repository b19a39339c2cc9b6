"""Who has a password checked next. A check is dear (64 MiB and a core): few run at once, few wait, and
whoever is known never waits for strangers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from liveblog.errors import Busy

AT_ONCE = 2  # one of them never a stranger's
WAITING = 16  # of strangers, and as many of those who are known
EACH = 4  # checks of one network, device or user, under way or waiting
MEMORY = 60.0  # seconds for which a check counts against its network
REMEMBERED = 1000  # checks


class Asker(NamedTuple):
    """For whom a check is made: a network, or, where `known`, a device, a user or a link. `each` is how many
    it may have under way or waiting."""

    name: str
    known: bool
    each: int = EACH


class _Place(NamedTuple):
    """One who waits; `turn` is done when the turn has come, or fails with `Busy`."""

    asker: Asker
    arrived: int
    turn: asyncio.Future[None]


class Checks:
    """The queue of a process. Whoever had the fewest checks within the last minute is next, so a network that
    guesses waits behind one that begins to sign in. Strangers have one place at a time, the other is for known ones."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._running: list[Asker] = []
        self._waiting: list[_Place] = []
        self._had: Counter[str] = Counter()
        self._when: deque[tuple[float, str]] = deque()
        self._arrivals = 0
        self._seconds = 0.2  # what a check takes, lately

    @asynccontextmanager
    async def turn(self, asker: Asker) -> AsyncIterator[None]:
        """Waits for a turn; the check is made within. Raises `Busy` where too many wait."""
        await self._come(asker)
        begun = self._now()
        try:
            yield
        finally:
            self._seconds += (self._now() - begun - self._seconds) / 4
            self._running.remove(asker)
            self._go_on()

    def require_room(self, asker: Asker) -> None:
        """Raises `Busy` where one who comes now would be refused."""
        self._forget()
        theirs = self._those_like(asker)
        own = self._running.count(asker) + sum(place.asker == asker for place in theirs)
        if own >= asker.each:
            raise self._busy()
        if (
            len(theirs) >= WAITING
            and self._had[asker.name] + own >= max(map(self._rank, theirs))[0]
        ):
            raise self._busy()

    async def _come(self, asker: Asker) -> None:
        self.require_room(asker)
        theirs = self._those_like(asker)
        self._arrivals += 1
        turn = asyncio.get_running_loop().create_future()
        place = _Place(asker, self._arrivals, turn)
        self._waiting.append(place)
        if len(theirs) >= WAITING:
            last = max(theirs, key=self._rank)
            self._waiting.remove(last)
            last.turn.set_exception(self._busy())
        self._go_on()
        try:
            await turn
        except BaseException:
            if place in self._waiting:
                self._waiting.remove(place)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._running.remove(asker)  # the turn came in the moment in which it was given up
                self._go_on()
            raise

    def _go_on(self) -> None:
        """Gives turns to those who may begin."""
        while len(self._running) < AT_ONCE:
            strangers = any(not asker.known for asker in self._running)
            able = [place for place in self._waiting if place.asker.known or not strangers]
            if not able:
                return
            place = min(able, key=self._rank)
            self._waiting.remove(place)
            if place.turn.done():
                continue
            self._running.append(place.asker)
            self._had[place.asker.name] += 1
            self._when.append((self._now(), place.asker.name))
            place.turn.set_result(None)

    def _those_like(self, asker: Asker) -> list[_Place]:
        return [place for place in self._waiting if place.asker.known is asker.known]

    def _rank(self, place: _Place) -> tuple[int, bool, int]:
        name = place.asker.name
        before = sum(p.asker.name == name and p.arrived < place.arrived for p in self._waiting)
        return self._had[name] + before, not place.asker.known, place.arrived

    def _forget(self) -> None:
        while self._when and (
            self._now() - self._when[0][0] > MEMORY or len(self._when) > REMEMBERED
        ):
            _, name = self._when.popleft()
            self._had[name] -= 1
            if not self._had[name]:
                del self._had[name]

    def _busy(self) -> Busy:
        return Busy(len(self._waiting) * self._seconds / AT_ONCE + 1)
