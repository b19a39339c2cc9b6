"""Work that takes long, in processes of its own and fair between those for whom it is done.

A thread would not do: with the interpreter's lock, everything else in the process waits 5 ms for each step
that it makes (docs/architecture.md, "Work that takes long").
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from typing import NoReturn, TypeVar

import structlog
from anyio import BrokenWorkerProcess, CapacityLimiter, move_on_after, to_process

from liveblog.errors import TooMany, Unavailable

PROCESSES = 1
WAITING = 250  # pieces of work of one owner
SECONDS = (
    10.0  # of processor time for one job; the dearest that is accepted takes a twentieth of it
)
LATEST = 60.0  # seconds by the clock, on a machine that has no core for it
GRACE = 1.0  # seconds of processor time until a job that cannot be interrupted is killed
MEMORY = 512 * 1024 * 1024
NICENESS = 10
TRIES = 2

T = TypeVar("T")
log = structlog.get_logger()


class Pool:
    """Owners take turns: whoever asks for much waits for himself. The processes start when they are needed, and end
    with this one."""

    def __init__(self) -> None:
        self._free = PROCESSES
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}  # in the order of turns
        self._limiter: CapacityLimiter | None = None

    async def run(
        self, owner: Hashable, work: Callable[..., T], *args: object, seconds: float = SECONDS
    ) -> T:
        """What `work` gives for `args`; it is a function of a module, and all of it can be pickled.

        Raises what `work` raises, `TimeoutError` after so many seconds of processor time, `MemoryError` where it
        takes more than 512 MiB, `TooMany` where 250 others wait for the same owner, and `Unavailable` where the
        machine is too busy for it, or the process dies of it twice: the first time, it may have been killed for
        another reason.
        """
        async with self._turn(owner):
            self._limiter = self._limiter or CapacityLimiter(PROCESSES)
            for _ in range(TRIES):
                try:
                    with move_on_after(LATEST):
                        return await to_process.run_sync(
                            _bounded, work, args, seconds, cancellable=True, limiter=self._limiter
                        )
                    log.warning("a job in the worker process timed out", work=work.__name__)
                    break
                except BrokenWorkerProcess:
                    log.warning("a worker process ended", work=work.__name__)
            raise Unavailable("this could not be worked out just now; try again")

    @asynccontextmanager
    async def _turn(self, owner: Hashable) -> AsyncIterator[None]:
        if self._free and not self._waiting:
            self._free -= 1
        else:
            await self._wait(owner)
        try:
            yield
        finally:
            self._give_on()

    async def _wait(self, owner: Hashable) -> None:
        queue = self._waiting.setdefault(owner, deque())
        if len(queue) >= WAITING:
            raise TooMany(SECONDS)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_on()
            elif turn in queue:
                queue.remove(turn)
                if not queue:
                    self._waiting.pop(owner, None)
            raise

    def _give_on(self) -> None:
        """To the owner who has waited longest for a turn, and then waits behind the others."""
        while self._waiting:
            owner, queue = next(iter(self._waiting.items()))
            del self._waiting[owner]
            turn = queue.popleft()
            if queue:
                self._waiting[owner] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


_set_up = False


def _bounded(work: Callable[..., T], args: tuple[object, ...], seconds: float) -> T:
    global _set_up  # noqa: PLW0603  it is the process that is set up
    if not _set_up:
        _set_up = True
        os.nice(NICENESS)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, for who serves
        signal.signal(signal.SIGPROF, _too_long)
        with suppress(ValueError, OSError):  # not every system has it
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds + GRACE)  # whose signal kills
    try:
        return work(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _too_long(*_: object) -> NoReturn:
    raise TimeoutError
