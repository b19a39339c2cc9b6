"""Commands, run to their end in processes that start at once."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from forked import Forked
from processes import PATIENCE


class Completed(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(
    *args: str, env: Mapping[str, str], cwd: Path | None = None, stdin: str | bytes = b""
) -> Completed:
    """Runs a command to its end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        streams = {stream: folder / stream for stream in ("stdin", "stdout", "stderr")}
        streams["stdin"].write_bytes(stdin if isinstance(stdin, bytes) else stdin.encode())
        child = Forked(args, env, cwd=cwd, **streams)
        try:
            code = child.wait(PATIENCE)
        except TimeoutError:
            child.kill()
            child.wait(PATIENCE)
            raise AssertionError(f"liveblog {args} did not end") from None
        return Completed(code, streams["stdout"].read_text(), streams["stderr"].read_text())
