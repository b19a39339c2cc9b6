"""Tasks that a process repeats as long as it lives."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import NoReturn

import structlog

from liveblog.errors import LiveblogError

log = structlog.get_logger()


# When this process's seconds begin, and where in a longer period it has its turn: not all processes ask the database and
# Redis at the same moment.
_PHASE, _TURN = random.random(), random.random()


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Wait and run `work`, again and again, until cancelled.

    `work` runs at the multiples of `seconds` on this process's clock. So tasks of one period run together: a process
    that wakes ten times a second, with cold caches, uses five times the CPU. A time that passes while `work` runs is
    left out. A failure is logged, and `work` runs again at the next time.
    """
    task = asyncio.current_task()
    assert task is not None
    while True:
        # redis-py calls `asyncio.wait_for`, which in Python 3.11 loses a cancel that arrives as it ends.
        if task.cancelling():
            raise asyncio.CancelledError
        await asyncio.sleep(until_next(seconds, asyncio.get_running_loop().time()))
        try:
            await work()
        except LiveblogError as error:
            log.warning("periodic task failed", work=work.__name__, reason=str(error))
        except Exception:
            log.exception("periodic task failed", work=work.__name__)


def until_next(seconds: float, now: float) -> float:
    """The seconds until the next multiple of `seconds`, more than a thousandth of them, and than a millisecond."""
    began = _PHASE + int(_TURN * seconds)
    left = seconds - (now - began) % seconds if seconds else 0.0
    return left if left > max(0.001, seconds / 1000) else left + seconds


async def each(
    seconds: float,
    most: int,
    due: Callable[[int], Awaitable[Iterable[str]]],
    work: Callable[[str], Awaitable[None]],
) -> NoReturn:
    """Every `seconds`, ask `due` for items and start `work` on each in its own task, until cancelled.

    `due` takes the largest number of items and returns them, longest due first. At most `most` run at once, and
    no item runs twice at once. A cancel also cancels the running tasks.
    """
    under_way: dict[str, asyncio.Task[None]] = {}

    async def finish(one: str) -> None:
        try:
            await work(one)
        finally:
            del under_way[one]

    async def begin_what_is_due() -> None:
        if len(under_way) == most:
            return
        # Some of these may be running already, so more are asked for.
        for one in await due(2 * most):
            if one not in under_way and len(under_way) < most:
                under_way[one] = asyncio.create_task(finish(one))

    try:
        await every(seconds, begin_what_is_due)
    finally:
        for task in list(under_way.values()):
            task.cancel()


class Paced:
    """Runs `work` at once. Further calls within `seconds` run it once more, at the end of that time.

    Others learn of changes a few times a second, however often somebody makes them.
    """

    def __init__(self, seconds: float, work: Callable[[], None]) -> None:
        self._seconds = seconds
        self._work = work
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            if loop.time() < self._next:
                self._timer = loop.call_at(self._next, self.now)
            else:
                self.now()

    def now(self) -> None:
        """Run it without waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._next = asyncio.get_running_loop().time() + self._seconds
        self._work()
