"""Work that a process does again and again, as long as it lives."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import NoReturn

import structlog

from liveblog.errors import LiveblogError

log = structlog.get_logger()


async def every(
    seconds: float, work: Callable[[], Awaitable[None]], jitter: float = 0.2
) -> NoReturn:
    """Rests for the time, give or take the jitter, and works, until cancelled. A round that fails is logged
    and is never the last: what it should have done, the next one does."""
    task = asyncio.current_task()
    assert task is not None
    while True:
        # `asyncio.wait_for` of Python 3.11, which redis-py calls, loses a cancel that comes as it ends.
        if task.cancelling():
            raise asyncio.CancelledError
        await asyncio.sleep(seconds * random.uniform(1 - jitter, 1 + jitter))
        try:
            await work()
        except LiveblogError as error:
            log.warning("a round failed", work=work.__name__, reason=str(error))
        except Exception:
            log.exception("a round failed", work=work.__name__)


async def each(
    seconds: float,
    most: int,
    due: Callable[[int], Awaitable[Iterable[str]]],
    work: Callable[[str], Awaitable[None]],
) -> NoReturn:
    """Looks for what is `due`, longest due first and at most so many, and works on each by itself, on at most
    `most` at once and on none twice; until cancelled, with all that is under way."""
    under_way: dict[str, asyncio.Task[None]] = {}

    async def finish(one: str) -> None:
        try:
            await work(one)
        finally:
            del under_way[one]

    async def begin_what_is_due() -> None:
        if len(under_way) == most:
            return
        # What is under way may be due again already.
        for one in await due(2 * most):
            if one not in under_way and len(under_way) < most:
                under_way[one] = asyncio.create_task(finish(one))

    try:
        await every(seconds, begin_what_is_due)
    finally:
        for task in list(under_way.values()):
            task.cancel()


class Paced:
    """Does some work at once, and what is asked for again within the time after that, once more at its end:
    however often somebody changes what they do, the others are told of it a few times a second."""

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
        """Does it without waiting for the time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._next = asyncio.get_running_loop().time() + self._seconds
        self._work()
