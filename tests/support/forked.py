"""Processes that run the command line and start at once: each is a fork of one that has imported it.

A new interpreter takes a second for that; what a command or a server does, prints and exits with is the
same.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["liveblog.cli.main", "liveblog.app", "liveblog.server"])


class Forked:
    """`liveblog ARGS` in a session of its own, waited for as by `subprocess.Popen`. Its standard streams are
    files, to which it appends."""

    def __init__(
        self,
        args: tuple[str, ...],
        env: Mapping[str, str],
        *,
        cwd: Path | None = None,
        stdin: Path = Path(os.devnull),
        stdout: Path,
        stderr: Path,
    ) -> None:
        streams = (stdin, stdout, stderr)
        self._stderr = stderr
        self._process = _forks.Process(target=_run, args=(args, dict(env), cwd, streams))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The exit code; of a signal, less than none. Raises `TimeoutError`, which says where it stands."""
        self._process.join(timeout)
        if self.returncode is None:
            self.send_signal(signal.SIGABRT)
            self._process.join(timeout)
            raise TimeoutError(
                f"it has not ended after {timeout} s\n{self._stderr.read_text()[-8000:]}"
            )
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it ended at this moment
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(
    args: tuple[str, ...], env: dict[str, str], cwd: Path | None, streams: tuple[Path, Path, Path]
) -> None:
    from liveblog.cli.main import main

    os.setsid()
    signal.signal(
        signal.SIGHUP, signal.SIG_DFL
    )  # nohup(1) before the tests is not before the server
    faulthandler.enable(2)  # SIGABRT shows all threads
    os.environ.clear()
    os.environ.update(env)
    for number, path in enumerate(streams):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND if number else os.O_RDONLY
        os.dup2(os.open(path, flags, 0o600), number)
    if cwd is not None:
        os.chdir(cwd)
    # As where Python starts anew, with PYTHONUNBUFFERED and PYTHONWARNINGS=error.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it has no path
    for number, name in ((1, "stdout"), (2, "stderr")):
        setattr(sys, name, open(number, "w", encoding="utf-8", buffering=1, closefd=False))  # noqa: SIM115
    warnings.simplefilter("error")
    sys.argv = ["liveblog", *args]
    multiprocessing.process._parent_process = None  # type: ignore[attr-defined]  # it is nobody's worker
    main()
