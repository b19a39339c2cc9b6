"""A real S3-compatible server in a process of its own: s3rver, from npm, with one bucket in a folder."""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path

from paths import NODE_MODULES
from processes import PATIENCE, Process, free_port

PROGRAM = NODE_MODULES / "s3rver" / "bin" / "s3rver.js"
KEY = "S3RVER"  # the only one that it takes, as name and as secret


class Buckets(Process):
    """Holds the bucket `desk`, on a port that stays when it is killed and started again."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        node = shutil.which("node")
        assert node, "node is needed: make test installs it"
        self.port = port or free_port()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        command = [node, "--no-deprecation", str(PROGRAM), "--directory", str(folder)]
        command += ["--address", "127.0.0.1", "--port", str(self.port), "--no-vhost-buckets"]
        super().__init__(
            [*command, "--configure-bucket", "desk"], os.environ, folder.with_suffix(".log")
        )
        self._await_ready()

    def media(self, under: str = "live") -> dict[str, int]:
        """What lies in the bucket under a prefix: how many bytes, by name."""
        end = "._S3rver_object"
        place = self.folder / "desk" / under
        return {
            str(path.relative_to(place)).removesuffix(end): path.stat().st_size
            for path in place.rglob(f"*{end}")
        }

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"s3rver is not ready:\n{self.said()}")
