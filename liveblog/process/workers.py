"""The worker processes of a server, and their supervisor."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from types import FrameType

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from liveblog.process import listeners
from liveblog.process.periodic import until_next

CHECK_SECONDS = 1.0
SILENT_SECONDS = 3.0  # without an answer: a worker gets no new connections
STUCK_SECONDS = 30.0  # without an answer: it is killed. A busy machine starts slowly.
START_SECONDS = 60.0  # for a worker that replaces another, until it serves
PAUSE_SECONDS = 0.5  # before a worker that died at once is replaced

log = structlog.get_logger()


class Server(uvicorn.Server):
    """uvicorn's server, which wakes once a second instead of ten times, and at once when it is told to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()
        self._wake: Callable[[], object] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and accept connections."""
        await super().startup(sockets)
        self.serving.set()

    async def main_loop(self) -> None:
        """Run until told to stop."""
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(stopped.set)
        try:
            while not await self.on_tick(0):  # 0: it renews the date of answers each time
                with suppress(asyncio.TimeoutError):
                    async with asyncio.timeout(until_next(1.0, loop.time())):
                        await stopped.wait()
        finally:
            self._wake = lambda: None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, by a signal."""
        super().handle_exit(sig, frame)
        self._wake()


class Worker(Process):
    """A worker process. It answers each question of the supervisor with whether it serves, and with the number
    of its connections. While it starts, the answer comes after a second, or as soon as it serves.
    """

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config, [listening])
        self.serves = False
        self.connections = 0
        self.begun = self.heard = time.monotonic()
        self._asked = False

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """In the worker: serve."""
        self._server = Server(
            self.config
        )  # before uvicorn starts the thread that answers, which needs it too
        super().target(sockets)

    def pong(self) -> None:
        """In the worker: wait for a question and answer it."""
        server = self.server
        assert isinstance(server, Server)
        self.child_conn.recv()
        serves = server.serving.wait(CHECK_SECONDS)
        self.child_conn.send((serves, len(server.server_state.connections)))

    def ask(self) -> None:
        """Take the answer, if there is one, and ask again. It does not wait."""
        try:
            while self.parent_conn.poll():
                self.serves, self.connections = self.parent_conn.recv()
                self.heard, self._asked = time.monotonic(), False
            if not self._asked:
                self.parent_conn.send(b"ping")
                self._asked = True
        except (OSError, EOFError, pickle.UnpicklingError):
            pass  # it ended, or is being ended

    def serves_within(self, seconds: float) -> bool:
        """Whether it serves within `seconds`. Returns early if it ends."""
        until = time.monotonic() + seconds
        while not self.serves and time.monotonic() < until:
            self.ask()
            if self.process.sentinel in wait(
                [self.process.sentinel, self.parent_conn], CHECK_SECONDS
            ):
                return False
        return self.serves

    @property
    def silent(self) -> float:
        """The seconds since its last answer."""
        return time.monotonic() - self.heard


class Workers(Multiprocess):
    """The supervisor: it replaces workers that end, and divides new connections by the number that each has.

    uvicorn's own gives up on a worker that takes more than a few seconds to start, and asks each in turn, so that
    one which hangs delays the replacement of others.
    """

    processes: list[Worker]  # type: ignore[assignment]  # uvicorn's own starts uvicorn's own

    def __init__(self, config: uvicorn.Config, listening: Sequence[socket.socket]) -> None:
        """`listening` has a socket for each worker. They may be one and the same."""
        super().__init__(config, list(listening))
        self._parts: list[int] = []

    def run(self) -> None:
        """Run the workers until SIGINT or SIGTERM."""
        with _woken_by_signals() as signalled:
            self.processes = [self._started(place) for place in range(self.processes_num)]
            while not self.should_exit.is_set():
                ends = [one.process.sentinel for one in self.processes]
                starting = [one.parent_conn for one in self.processes if not one.serves]
                if signalled in wait([signalled, *ends, *starting], CHECK_SECONDS):
                    os.read(signalled, 4096)
                self.handle_signals()
                self.keep_subprocess_alive()
                self.divide_connections()
        self.terminate_all()
        self.join_all()

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that ended or hang."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            worker.ask()
            if worker.process.is_alive() and worker.silent < STUCK_SECONDS:
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                log.error("worker failed to start; the server stops", worker=worker.pid)
                self.should_exit.set()
                return
            log.error("worker ended; another starts", worker=worker.pid, exit_code=worker.exitcode)
            self.divide_connections()  # before anything else, so that nobody connects to its socket
            if time.monotonic() - worker.begun < PAUSE_SECONDS:
                self.should_exit.wait(PAUSE_SECONDS)
            self.processes[place] = self._started(place)

    def divide_connections(self) -> None:
        """Tell the kernel of how many new connections each worker gets one part."""
        parts = listeners.weights(
            [
                one.connections
                if one.serves and one.process.is_alive() and one.silent < SILENT_SECONDS
                else None
                for one in self.processes
            ]
        )
        if parts != self._parts:
            listeners.divide(self.sockets, parts)
            self._parts = parts

    def restart_all(self) -> None:
        """Restart the workers one after another. A new worker serves before the old one disconnects its
        readers.
        """
        for place, old in enumerate(self.processes):
            if {signal.SIGINT, signal.SIGTERM} & set(self.signal_queue):
                return
            new = self._started(place)
            if not new.serves_within(START_SECONDS):
                new.kill()
                new.join()
                log.error("worker failed to start; the old workers stay", kept=old.pid)
                return
            old.terminate()
            old.join()
            self.processes[place] = new
            self.divide_connections()

    def handle_ttin(self) -> None:
        """Do nothing: the number of workers is a setting."""

    handle_ttou = handle_ttin

    def _started(self, place: int) -> Worker:
        worker = Worker(self.config, self.sockets[place])
        worker.start()
        return worker


@contextmanager
def _woken_by_signals() -> Iterator[int]:
    """A descriptor that is readable when a signal has arrived."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    before = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    try:
        yield readable
    finally:
        signal.set_wakeup_fd(before)
        os.close(readable)
        os.close(writable)
