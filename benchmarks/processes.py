"""The processes of a run: pinned to a core, bounded, measured, and gone at the end."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60.0
SERVER_CORE, LOAD_CORE = 0, 1
PAGE = resource.getpagesize()


class CannotRun(Exception):
    """Something that a benchmark needs is not here; the message says what."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def take_all_files() -> None:
    """Raises the limit of open files as far as it goes; children inherit it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def stay_on(core: int) -> None:
    """Keeps this process and what it starts on a core, where there are several."""
    if core < (os.cpu_count() or 1):
        os.sched_setaffinity(0, {core})


@contextmanager
def on_all_cores() -> Iterator[None]:
    """For what is started in the block, and for this process meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def program(name: str) -> str:
    """Where a program is. Raises `CannotRun`."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise CannotRun(f"{name} is not installed")
    return found


def pinned(core: int | None, command: Sequence[str]) -> list[str]:
    """The command on one core, None for all, ended with this process; the process id stays the same."""
    cores = os.cpu_count() or 1
    if core is not None and core >= cores:
        return ["setpriv", "--pdeathsig", "TERM", *command]
    chosen = f"0-{cores - 1}" if core is None else str(core)
    return ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", chosen, *command]


def move(pid: int, core: int) -> None:
    """Keeps a process with all of its threads on a core, where there are several."""
    if core < (os.cpu_count() or 1):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


def resident(pid: int) -> float:
    """KiB that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1024


class Process:
    """A child, ended with the `with` block. `family()` is it and all of its descendants."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        core: int | None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.child = subprocess.Popen(
                pinned(core, command),
                cwd=log.parent,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def family(self) -> list[int]:
        found = [self.child.pid]
        for pid in found:
            found += _children(pid)
        return found

    def cpu(self) -> float:
        """Seconds of CPU that the family has used."""
        tasks = (t for pid in self.family() for t in Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory(self) -> float:
        """KiB that the family holds."""
        return sum(map(resident, self.family()))

    def workers(self) -> list[int]:
        """The process ids of the workers of a server that has several."""
        return [pid for pid in _children(self.child.pid) if "spawn_main" in _command_line(pid)]

    def await_port(self, port: int) -> None:
        self.until(lambda: _answers(port), "does not listen")

    def until(self, holds: Callable[[], bool], else_say: str) -> None:
        """Waits for what tells nobody when it comes about. Raises `CannotRun`."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if self.child.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-2000:]
                raise CannotRun(f"{self.child.args!r} {else_say}:\n{said}")
            time.sleep(0.05)

    def stop(self) -> float:
        """SIGTERM, and the seconds until the end; at `PATIENCE` it is killed."""
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        return time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.child.poll() is None:
            self.stop()


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            found += map(int, children.read_text().split())
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
