"""Debian's PgBouncer in transaction mode, in front of a PostgreSQL of the tests."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

from processes import PATIENCE, Postgres, Process, free_port

CONFIGURATION = """[databases]
* = host=127.0.0.1 port={postgres} user=desk
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = {clients}
server_round_robin = 1
server_lifetime = 3600
"""


class PgBouncer(Process):
    """It gives each transaction another of its few connections to PostgreSQL."""

    def __init__(self, postgres: Postgres, pool: int = 3, clients: int = 60) -> None:
        program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
        assert program, "pgbouncer is needed: make test installs it"
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="liveblog-pgbouncer-")
        folder = Path(self._folder.name)
        file = folder / "pgbouncer.ini"
        file.write_text(
            CONFIGURATION.format(postgres=postgres.port, port=self.port, pool=pool, clients=clients)
        )
        command = [program, str(file)]
        if os.geteuid() == 0:  # it does not run as root
            for path in (folder, file):
                shutil.chown(path, "postgres")
            who = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
            command = ["setpriv", *who, *command]
        super().__init__(command, os.environ, folder / "pgbouncer.log", cwd=folder)
        self._await_ready()

    def url(self, direct: str) -> str:
        """The address through PgBouncer of a database whose own address is given."""
        return f"postgresql://desk@127.0.0.1:{self.port}/{direct.rpartition('/')[2]}"

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError(f"PgBouncer is not ready:\n{self.said()}")

    def close(self) -> None:
        super().close()
        self._folder.cleanup()
