"""The queue of password checks.

A check is expensive: it takes 64 MiB and a core. So few checks run at once, few wait, and known
askers never wait for strangers.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from liveblog.errors import Busy

AT_ONCE = 2  # checks; at most one of them for a stranger
WAITING = 16  # strangers in the queue, and as many known askers
EACH = 4  # checks of one network, device or user, running and waiting
MEMORY = 60.0  # seconds for which a check counts against its asker
REMEMBERED = 1000  # checks


class Asker(NamedTuple):
    """Who asks for a check: a network, or if `known`, a device, a user or a link.

    `each` is the most checks that the asker may have, running and waiting.
    """

    name: str
    known: bool
    each: int = EACH


class _Place(NamedTuple):
    """A place in the queue. `turn` is done when the check may start, or fails with `Busy`."""

    asker: Asker
    arrived: int
    turn: asyncio.Future[None]


class Checks:
    """The queue of a process.

    The asker with the fewest checks in the last minute is next, so a network that guesses passwords
    waits behind one that starts to sign in. Strangers have one of the two running checks at most.
    The other is for known askers.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._running: list[Asker] = []
        self._waiting: list[_Place] = []
        self._had: Counter[str] = Counter()
        self._when: deque[tuple[float, str]] = deque()
        self._arrivals = 0
        self._seconds = 0.2  # moving average of the duration of a check

    @asynccontextmanager
    async def turn(self, asker: Asker) -> AsyncIterator[None]:
        """Waits for a turn. Make the check inside. Raises `Busy` if too many wait."""
        await self._join(asker)
        begun = self._now()
        try:
            yield
        finally:
            self._seconds += (self._now() - begun - self._seconds) / 4
            self._running.remove(asker)
            self._start_next()

    def require_room(self, asker: Asker) -> None:
        """Raises `Busy` if an asker who comes now would be refused."""
        self._forget()
        theirs = self._waiting_like(asker)
        own = self._running.count(asker) + sum(place.asker == asker for place in theirs)
        if own >= asker.each:
            raise self._busy()
        if (
            len(theirs) >= WAITING
            and self._had[asker.name] + own >= max(map(self._rank, theirs))[0]
        ):
            raise self._busy()

    async def _join(self, asker: Asker) -> None:
        self.require_room(asker)
        theirs = self._waiting_like(asker)
        self._arrivals += 1
        turn = asyncio.get_running_loop().create_future()
        place = _Place(asker, self._arrivals, turn)
        self._waiting.append(place)
        if len(theirs) >= WAITING:
            last = max(theirs, key=self._rank)
            self._waiting.remove(last)
            last.turn.set_exception(self._busy())
        self._start_next()
        try:
            await turn
        except BaseException:
            if place in self._waiting:
                self._waiting.remove(place)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                # The turn came at the moment of the cancellation.
                self._running.remove(asker)
                self._start_next()
            raise

    def _start_next(self) -> None:
        """Starts waiting checks, as many as may run."""
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

    def _waiting_like(self, asker: Asker) -> list[_Place]:
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
