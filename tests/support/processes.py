"""Real processes for tests: servers and Redis, on free ports, really killed. Each test's own."""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

import httpx2
from forked import Forked

OURS = [sys.executable, "-m", "liveblog"]
PATIENCE = 60.0  # bounds against hanging, not claims of speed
# For clients of plain HTTP: the one they would make by themselves takes a tenth of a second each.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# The server closes a connection after 5 idle seconds, and a request that it meets half-way fails.
KEPT = httpx2.Limits(keepalive_expiry=2.0)


def _ports() -> Iterator[int]:
    """Each once, and none that another worker gives away, or that the kernel gives to who connects or asks for
    any: also while nobody listens there, before a start and between two, a port is ours."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(11_000 + number, max(lowest, 20_000), workers)  # browsers refuse some below
    begun = random.SystemRandom().randrange(len(ports))  # another run may be under way
    yield from (ports[(begun + n) % len(ports)] for n in range(len(ports)))


_PORTS = _ports()


def free_port() -> int:
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without any of our settings, and with these."""
    ours = re.compile(
        r"(LIVEBLOG_.*|DATABASE_URL|REDIS_URL|SECRET_KEY|HOST|PORT|WEB_CONCURRENCY|BASE_URL)(_FILE)?"
    )
    kept = {name: value for name, value in os.environ.items() if not ours.fullmatch(name)}
    return kept | {"PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1"} | settings


def liveblog(
    *args: str, env: Mapping[str, str], stdin: str | bytes | None = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command line to its end."""
    data = stdin if isinstance(stdin, bytes) else (stdin or "").encode()
    done = subprocess.run(
        [*OURS, *args],
        env=dict(env),
        input=data,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        cwd=cwd,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def command_line(pid: int) -> str:
    """What a process was started as; empty where it is gone (or a zombie)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


async def until(holds: Callable[[], bool], within: float = PATIENCE) -> None:
    """Waits for something that tells nobody when it comes about."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.02)


def held_up(*pids: int) -> float:
    """How many seconds this process and others have stood in line for a core: of what they were late, that
    is the machine's part."""
    waited = 0
    for pid in (os.getpid(), *pids):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended meanwhile
                waited += int((task / "schedstat").read_text().split()[1])
    return waited / 1e9


class Stopwatch:
    """Seconds, without those for which the machine had no core for this process and the others."""

    def __init__(self, *processes: Process) -> None:
        self._pids = [process.pid for process in processes]
        self._begun = time.monotonic() - held_up(*self._pids)

    @property
    def seconds(self) -> float:
        return time.monotonic() - held_up(*self._pids) - self._begun


async def gone(pids: Iterable[int]) -> None:
    """Waits until all of the processes have ended."""
    await until(lambda: not any(command_line(pid) for pid in pids))


class Process:
    """A child of the test, in a session of its own; whatever happens, it is gone at the end."""

    def __init__(
        self, command: list[str], env: Mapping[str, str], log: Path, cwd: Path | None = None
    ) -> None:
        self.log = log
        self.child = self._begun(command, env, cwd)

    def _begun(
        self, command: list[str], env: Mapping[str, str], cwd: Path | None
    ) -> subprocess.Popen[bytes] | Forked:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to this process alone."""
        self.child.kill()
        self.child.wait(PATIENCE)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(PATIENCE)

    def pause(self) -> None:
        self.child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Server(Process):
    """`liveblog serve` (or `demo`) on a port of its own; ready when the constructor returns."""

    def __init__(
        self,
        folder: Path,
        *args: str,
        command: str = "serve",
        port: int | None = None,
        **settings: str,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}"
        self.folder = folder
        settings = {"LIVEBLOG_DATA": str(folder / "data"), "PORT": str(self.port)} | settings
        self.env = environment(**settings)
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(self.program(command, *args), self.env, folder / "server.log")
        self._await_ready()

    def program(self, command: str, *args: str) -> list[str]:
        return [*OURS, command, *args]

    def _begun(
        self, command: list[str], env: Mapping[str, str], cwd: Path | None
    ) -> subprocess.Popen[bytes] | Forked:
        if command[: len(OURS)] == OURS:
            args = tuple(command[len(OURS) :])
            return Forked(args, env, cwd=cwd, stdout=self.log, stderr=self.log)
        return super()._begun(command, env, cwd)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise AssertionError(
                    f"the server ended with {self.child.returncode}:\n{self.said()}"
                )
            with socket.socket() as probe:
                probe.settimeout(1)
                try:
                    probe.connect(("127.0.0.1", self.port))
                    probe.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
                    if b" 200 " in probe.recv(64):
                        return
                except OSError:
                    pass
            time.sleep(0.02)
        raise AssertionError(f"the server is not ready after {PATIENCE} s:\n{self.said()}")

    def valkey(self) -> int | None:
        """The process id of its embedded Valkey; None where it runs none."""
        return next(iter(self._children_with("valkey-server")), None)

    def workers(self) -> list[int]:
        """The process ids of its workers, where it has several."""
        return self._children_with("spawn_main")

    def _children_with(self, words: str) -> list[int]:
        return [pid for pid in self.children() if words in command_line(pid)]

    def children(self) -> list[int]:
        """The process ids of its children."""
        path = Path(f"/proc/{self.pid}/task")
        found: list[int] = []
        for task in path.iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended meanwhile
                found += [int(pid) for pid in (task / "children").read_text().split()]
        return found


class OrdinaryServer(Server):
    """The application under an ASGI server as it comes, without any class of ours in it."""

    def program(self, command: str, *args: str) -> list[str]:
        del command
        ordinary = [sys.executable, "-m", "uvicorn", "--factory", "liveblog.app:from_environment"]
        ordinary += ["--http", "httptools", "--ws", "websockets-sansio", "--ws-max-size", "4096"]
        return [*ordinary, "--port", str(self.port), "--no-access-log", *args]


class Redis(Process):
    """Debian's redis-server, on a port that stays when it is killed and started again.

    `options` go to its command line; `program` is another server that speaks the same.
    """

    def __init__(
        self, folder: Path, port: int | None = None, *options: str, program: str = "redis-server"
    ) -> None:
        found = shutil.which(program)
        assert found, f"{program} is needed: make test installs redis-server"
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder
        self.options = options
        self.program = program
        folder.mkdir(parents=True, exist_ok=True)
        command = [found, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no", *options]
        super().__init__(command, os.environ, folder / "redis.log")
        self._await_ready()

    def again(self, *options: str) -> Redis:
        """The same server once more, after it was killed."""
        return Redis(self.folder, self.port, *(options or self.options), program=self.program)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                if self.call("PING") == "+PONG":
                    return
            except OSError:
                time.sleep(0.01)
        raise AssertionError(f"redis is not ready:\n{self.said()}")

    def call(self, *words: str) -> str:
        """One inline command and the first line of its answer."""
        return self.ask(*words).partition("\r\n")[0]

    def ask(self, *words: str) -> str:
        """One inline command and its answer, as the protocol has it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as client:
            client.sendall(" ".join(words).encode() + b"\r\n")
            with client.makefile("rb") as answer:
                return _value(answer).decode().strip()


def _value(answer: BinaryIO) -> bytes:
    """One value of Redis's protocol, as it came."""
    head = answer.readline()
    size = int(head[1:]) if head[:1] in {b"$", b"*"} else -1
    if head[:1] == b"*":
        return head + b"".join(_value(answer) for _ in range(size))
    return head + (answer.read(size + 2) if size >= 0 else b"")


class Postgres(Process):
    """Debian's PostgreSQL with an empty cluster of its own. `tls` are a certificate and its key."""

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        assert programs, "postgresql is needed: make test installs it"
        self._programs = programs
        self.port = free_port()
        # Not in pytest's folder, which is closed to others: PostgreSQL does not run as root.
        self._folder = tempfile.TemporaryDirectory(prefix="liveblog-postgres-")
        folder = Path(self._folder.name)
        self._as: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = str(folder / "data")
        self._run("initdb", "-D", data, "-U", "desk", "-A", "trust", "-E", "UTF8", "--no-sync")
        command = [*self._as, str(self._programs / "postgres"), "-D", data, "-F"]
        command += ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(folder)]
        if tls is not None:
            command += ["-c", "ssl=on"]
            for name, file in zip(("cert", "key"), tls, strict=True):
                ours = folder / file.name
                shutil.copy(file, ours)
                ours.chmod(0o600)
                if self._as:
                    shutil.chown(ours, "postgres")
                command += ["-c", f"ssl_{name}_file={ours}"]
        super().__init__(command, os.environ, folder / "postgres.log", cwd=folder)

    def database(self, name: str) -> str:
        """A new, empty database, and its URL."""
        deadline = time.monotonic() + PATIENCE
        while self._run("pg_isready", "-p", str(self.port), "-h", "127.0.0.1", check=False):
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "desk", name)
        return f"postgresql://desk@127.0.0.1:{self.port}/{name}"

    def end_connections(self, database: str) -> None:
        """Ends every connection to a database (`pg_terminate_backend`), and returns when they have ended."""
        there = f"FROM pg_stat_activity WHERE datname = '{database}'"
        ended = (
            f"SELECT pg_terminate_backend(pid, 5000) {there} AND backend_type = 'client backend'"
        )
        self.query("postgres", ended)

    def query(self, database: str, statement: str) -> None:
        """Runs a statement outside of a transaction."""
        args = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "desk", "-d", database]
        self._run("psql", *args, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement)

    def _run(self, program: str, *args: str, check: bool = True) -> int:
        return subprocess.run(
            [*self._as, str(self._programs / program), *args],
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=check,
            cwd=self._folder.name,
        ).returncode

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGQUIT)  # at once, with its children
            self.child.wait(PATIENCE)
        self._folder.cleanup()
