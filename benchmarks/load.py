"""The load: readers (a C program), and posts."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from benchmarks.processes import LOAD_CORE, CannotRun, pinned, program

PROGRAMS = Path(__file__).parent / "programs"
AT_ONCE = 200
KEPT_OPEN = 3.0  # seconds; servers close what is idle for longer
ENTRY_CHARACTERS = 400
WORDS = "The line is holding and those on the ground say that they could have gone further. "


def compiled(name: str, folder: Path, *options: str) -> str:
    """One of our C programs, compiled into a folder. Raises `CannotRun`."""
    target = folder / "".join([name, *options])
    if not target.exists():
        command = [program("cc"), "-O2", "-o", str(target), str(PROGRAMS / f"{name}.c"), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise CannotRun(f"{name}.c cannot be compiled:\n{done.stderr}")
    return str(target)


class Commanded:
    """A helper process that answers each line on its standard input by a line of JSON."""

    def __init__(self, command: Sequence[str], core: int | None = LOAD_CORE) -> None:
        self._child = subprocess.Popen(
            pinned(core, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    def ask(self, command: str) -> dict[str, Any]:
        self.say(command)
        return self.hear()

    def say(self, command: str) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(f"{command}\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise CannotRun(f"{self._child.args!r} has ended") from None

    def hear(self, seconds: float | None = None) -> dict[str, Any]:
        """The answer to what was said last, within so many seconds. Raises `CannotRun`."""
        assert self._child.stdout is not None
        if seconds is not None and not wait([self._child.stdout.fileno()], seconds):
            raise CannotRun(f"{self._child.args!r} does not answer within {seconds:.0f} s")
        line = self._child.stdout.readline()
        if not line:
            raise CannotRun(f"{self._child.args!r} has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        try:
            with contextlib.suppress(BrokenPipeError):
                self._child.communicate(timeout=30)  # it ends with its standard input
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


class Readers(Commanded):
    """Readers of one server's live socket; see `programs/readers.c`."""

    def open(self, count: int, path: str, at_once: int = AT_ONCE) -> dict[str, Any]:
        """Answers when all are up. Raises `CannotRun` where some are refused."""
        answer = self.ask(f"open {count} {at_once} {path}")
        if answer["up"] < count:
            raise CannotRun(f"only {answer['up']} of {count} readers were let in")
        return answer

    def until(self, frames: int, seconds: float) -> dict[str, Any]:
        return self.ask(f"until {frames} {seconds}")


@contextlib.contextmanager
def readers(port: int, folder: Path, *options: str) -> Iterator[Readers]:
    """Options are those of the compiler; see `programs/readers.c`."""
    running = Readers([compiled("readers", folder, *options), str(port)])
    try:
        yield running
    finally:
        running.close()


def marked(number: int, size: int = ENTRY_CHARACTERS) -> str:
    """A text of some size with the mark that `programs/readers.c` looks for, made now."""
    mark = f"mk{number}t{time.monotonic_ns() // 1000}zz "
    return (mark + WORDS * (size // len(WORDS) + 1))[:size].rstrip().ljust(size, "x")


class Refused(CannotRun):
    """A request was answered, but not by success."""

    def __init__(self, status: int, said: bytes) -> None:
        super().__init__(f"a request was answered by {status}: {said[:500]!r}")
        self.status = status


class Poster:
    """One connection that posts, kept open."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._path = path
        self._headers = {"Content-Type": "application/json", **headers}
        self._used = 0.0

    def post(self, body: str) -> float:
        """Posts, and gives the seconds until the acknowledgement. Raises `CannotRun`."""
        began = time.monotonic()
        self.ask("POST", body)
        return self._used - began

    def ask(self, method: str, body: str, path: str = "", **headers: str) -> bytes:
        """The answer to a request at, or below, the poster's address. Raises `Refused`, and what `http.client`
        raises where the connection fails."""
        if time.monotonic() - self._used > KEPT_OPEN:
            self._connection.close()  # the next request opens it again
        kept = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, self._path + path, body.encode(), kept)
        answer = self._connection.getresponse()
        said = answer.read()
        self._used = time.monotonic()
        if answer.status // 100 != 2:
            raise Refused(answer.status, said)
        return said

    def close(self) -> None:
        self._connection.close()


def paced(count: int, seconds: float) -> Iterator[int]:
    """The numbers from 1 to `count`, each at its time."""
    began = time.monotonic()
    for number in range(1, count + 1):
        time.sleep(max(0.0, began + (number - 1) * seconds - time.monotonic()))
        yield number


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[int((len(ordered) - 1) * part)]
