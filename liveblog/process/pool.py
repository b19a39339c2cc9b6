"""A worker process for expensive work, shared fairly between owners.

A thread would not do: with the interpreter's lock, everything else in the process waits 5 ms for each step that
the thread makes (docs/architecture.md, "Work that takes long").
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
WAITING = 250  # jobs of one owner that may wait
# Processor time for one job. The most expensive accepted one takes a twentieth of it.
SECONDS = 10.0
LATEST = 60.0  # seconds of wall-clock time, for a machine that is too busy
GRACE = 1.0  # seconds of processor time until a job that cannot be interrupted is killed
MEMORY = 512 * 1024 * 1024  # bytes
NICENESS = 10
TRIES = 2

T = TypeVar("T")
log = structlog.get_logger()


class Pool:
    """Runs functions in worker processes. Owners take turns, so an owner with many calls delays only itself.

    The processes start when they are needed and end with this process.
    """

    def __init__(self) -> None:
        self._free = PROCESSES
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}  # the next owner first
        self._limiter: CapacityLimiter | None = None

    async def run(
        self, owner: Hashable, work: Callable[..., T], *args: object, seconds: float = SECONDS
    ) -> T:
        """Return `work(*args)`, run in a worker process. `work` must be a function of a module, and everything
        must be picklable.

        `seconds` is processor time. Raises what `work` raises; `TimeoutError` after `seconds`; `MemoryError` if
        it needs more than 512 MiB; `TooMany` if 250 jobs of the same owner wait; and `Unavailable` if the job takes
        60 s because the machine is too busy, or if the process dies twice. It is tried twice because the first
        death may have another cause.
        """
        async with self._turn(owner):
            self._limiter = self._limiter or CapacityLimiter(PROCESSES)
            for _ in range(TRIES):
                try:
                    with move_on_after(LATEST):
                        return await to_process.run_sync(
                            _bounded, work, args, seconds, cancellable=True, limiter=self._limiter
                        )
                    log.warning("pool job timed out", work=work.__name__)
                    break
                except BrokenWorkerProcess:
                    log.warning("pool worker process ended", work=work.__name__)
            raise Unavailable("the server could not finish this computation; try again")

    @asynccontextmanager
    async def _turn(self, owner: Hashable) -> AsyncIterator[None]:
        if self._free and not self._waiting:
            self._free -= 1
        else:
            await self._wait(owner)
        try:
            yield
        finally:
            self._pass_turn()

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
                self._pass_turn()
            elif turn in queue:
                queue.remove(turn)
                if not queue:
                    self._waiting.pop(owner, None)
            raise

    def _pass_turn(self) -> None:
        """Give the turn to the owner at the front of the queue. That owner then goes to the back."""
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
    global _set_up  # noqa: PLW0603  once for each process
    if not _set_up:
        _set_up = True
        os.nice(NICENESS)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the server
        signal.signal(signal.SIGPROF, _too_long)
        with suppress(ValueError, OSError):  # not every system has this limit
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds + GRACE)  # SIGVTALRM kills the process
    try:
        return work(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _too_long(*_: object) -> NoReturn:
    raise TimeoutError
