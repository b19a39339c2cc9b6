"""The command line in processes that start at once: each is a fork of one that has imported it.

`processes.liveblog` starts a new interpreter, which takes a second; what a command does, prints and
exits with is the same.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from processes import PATIENCE

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["liveblog.cli"])


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(
    *args: str, env: Mapping[str, str], cwd: Path | None = None, stdin: str | bytes = b""
) -> Done:
    """Runs a command to its end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stdin").write_bytes(stdin if isinstance(stdin, bytes) else stdin.encode())
        child = _forks.Process(target=_child, args=(args, dict(env), cwd or Path.cwd(), folder))
        child.start()
        child.join(PATIENCE)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise AssertionError(f"liveblog {args} did not end")
        out, err = ((folder / stream).read_text() for stream in ("stdout", "stderr"))
        return Done(child.exitcode, out, err)


def _child(args: tuple[str, ...], env: dict[str, str], cwd: Path, folder: Path) -> None:
    from liveblog.cli import main

    warnings.simplefilter("error")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    os.dup2(os.open(folder / "stdin", os.O_RDONLY), 0)
    for number, stream in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(folder / stream, os.O_WRONLY | os.O_CREAT), number)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - it has no path
    sys.argv = ["liveblog", *args]
    main()
