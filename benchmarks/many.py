"""A site of many long stories, on SQLite and on PostgreSQL: how long a start takes, what a worker holds, and how long the first page
of a story takes that nobody has read. The files of the database are on the disk then, not in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.plan import Figures, Plan
from benchmarks.processes import PATIENCE, CannotRun, Process, free_port, resident
from benchmarks.servers import SLUG, TOOLS, again, ours

KEY = "k" * 32  # only for the benchmark
WORDS = 4  # entries, of which the newest is copied


def measure(plan: Plan, folder: Path, left_out: dict[str, str]) -> Figures:
    """One round. Without PostgreSQL, only SQLite."""
    found = dict(_on(plan, folder / "sqlite", "sqlite", {}, lambda: None))
    shutil.rmtree(folder / "sqlite")
    try:
        with _postgresql(folder / "postgresql") as database:
            settings = {"DATABASE_URL": database.url, "SECRET_KEY": KEY}
            found |= _on(plan, folder / "server", "postgresql", settings, database.restart)
    except CannotRun as reason:
        left_out["postgresql"] = str(reason)
    return found


def _on(
    plan: Plan, folder: Path, kind: str, settings: dict[str, Any], restart: Callable[[], None]
) -> Figures:
    with ours(folder, WORDS, **settings) as server:
        headers = dict(server.headers)
    file = folder / "data" / "liveblog.sqlite3"
    url = settings.get("DATABASE_URL") or f"sqlite:///{file}"
    sizes = ["--stories", str(plan.many_stories), "--entries", str(plan.many_entries)]
    _run([sys.executable, str(TOOLS / "fill_database.py"), url, SLUG, *sizes])
    restart()
    if file.exists():
        forget([file])
    began = time.monotonic()
    with again(folder, headers, **settings) as server:
        server.process.until(lambda: "up" in server.get("/readyz"), "is not ready")
        ready = time.monotonic() - began
        held = [resident(server.process.child.pid) / 1024]
        server.get(f"/stories/{SLUG}")  # what is compiled at the first page of all
        places = range(1, plan.many_stories + 1, max(1, plan.many_stories // plan.many_pages))
        took = sorted(_seconds(server.get, f"/stories/{SLUG}-{place}") for place in places)
        held.append(resident(server.process.child.pid) / 1024)
    return {
        f"many.{kind}.ready": ready,
        f"many.{kind}.memory": held[0],
        f"many.{kind}.memory_after": held[1],
        f"many.{kind}.cold_p50": median(took),
        f"many.{kind}.cold_p99": took[int(len(took) * 0.99)],
    }


def _seconds(get: Callable[[str], str], address: str) -> float:
    began = time.monotonic()
    get(address)
    return time.monotonic() - began


def forget(files: Sequence[Path]) -> None:
    """Lets the kernel drop what it has of files in memory."""
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


class _Database:
    """A PostgreSQL of its own, with one migrated database, on the settings that it comes with."""

    def __init__(self, folder: Path) -> None:
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        if programs is None:
            raise CannotRun("postgresql is not installed")
        self._programs, self._folder, self._port = programs, folder, free_port()
        self._as: list[str] = []
        folder.mkdir(parents=True)
        if os.geteuid() == 0:
            for path in (folder, *folder.parents[:1]):
                path.chmod(0o755)
            shutil.chown(folder, "postgres")
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "desk"]
        _run([*self._as, *initdb, "-A", "trust", "-E", "UTF8"], folder)
        self._process = self._start()
        self.url = f"postgresql://desk@127.0.0.1:{self._port}/postgres"
        env = {**os.environ, "DATABASE_URL": self.url, "SECRET_KEY": KEY}
        env["LIVEBLOG_DATA"] = str(folder.parent / "migrating")
        _run([sys.executable, "-m", "liveblog", "migrate"], env=env)

    def _start(self) -> Process:
        command = [*self._as, str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        command += ["-h", "127.0.0.1", "-p", str(self._port), "-k", str(self._folder)]
        process = Process(command, self._folder.parent / "postgres.log", None)
        process.__enter__()
        process.await_port(self._port)
        return process

    def restart(self) -> None:
        """Once more, with nothing in memory."""
        self._process.stop()
        forget([path for path in (self._folder / "data").rglob("*") if path.is_file()])
        self._process = self._start()

    def close(self) -> None:
        self._process.__exit__(None, None, None)


@contextmanager
def _postgresql(folder: Path) -> Iterator[_Database]:
    database = _Database(folder)
    try:
        yield database
    finally:
        database.close()


def _run(
    command: Sequence[str], cwd: Path | None = None, env: dict[str, str] | None = None
) -> None:
    """Raises `CannotRun`."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=20 * PATIENCE,
        check=False,
    )
    if done.returncode:
        raise CannotRun(f"{command!r}: {done.stderr[-2000:]}")
