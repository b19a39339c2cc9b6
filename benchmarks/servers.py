"""The servers that are measured: ours and its peers, each started on a free port of loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from string import Template
from typing import NamedTuple

from benchmarks.load import PROGRAMS, Poster, compiled, marked
from benchmarks.processes import PATIENCE, SERVER_CORE, CannotRun, Process, free_port, program

TOOLS = Path(__file__).parent.parent / "tools"
SLUG = "bench"
TURNS = "turns.txt"
ESTABLISHED = "01"  # in /proc/net/tcp
OURS = re.compile(
    r"(LIVEBLOG_.*|DATABASE_URL|REDIS_URL|SECRET_KEY|HOST|PORT|WEB_CONCURRENCY|BASE_URL)(_FILE)?"
)


class Server:
    """A running server of whatever kind: where readers and posts go, and what its processes use."""

    live = "/live"
    posts = "/post"
    wrapping = len(
        '{"body":""}'
    )  # all of a frame that is not the text: peers' frames are as long as ours

    def __init__(self, name: str, port: int, process: Process, folder: Path) -> None:
        self.name = name
        self.port = port
        self.process = process
        self.folder = folder
        self.others: list[Process] = []
        self.headers: dict[str, str] = {}

    def poster(self) -> Poster:
        return Poster(self.port, self.posts, self.headers)

    def body(self, number: int, frame: int) -> str:
        """A post that makes frames of a size."""
        return json.dumps({"body": marked(number, frame - self.wrapping)}, separators=(",", ":"))

    def cpu(self) -> float:
        return sum(process.cpu() for process in [self.process, *self.others])

    def memory(self) -> float:
        return sum(process.memory() for process in [self.process, *self.others])


class Turn(NamedTuple):
    """A turn of an event loop: when it ended, and how long it took by the clock and in CPU."""

    at: float
    seconds: float
    cpu: float


PASSWORD = "only for the benchmark"  # noqa: S105 - of a server that lives for seconds


class Ours(Server):
    """`liveblog serve` with its embedded Valkey, one story and an editor's token."""

    live = f"/stories/{SLUG}/live"
    posts = f"/api/stories/{SLUG}/entries"

    def body(self, number: int, frame: int) -> str:  # noqa: ARG002 - ours sets the size
        return json.dumps({"body": marked(number)})

    def head(self) -> int:
        found: int = json.loads(self.get(f"/api/stories/{SLUG}"))["head"]
        return found

    def metric(self, name: str) -> float:
        found = re.search(rf"^{name} (\S+)$", self.get("/metrics"), re.MULTILINE)
        if found is None:
            raise CannotRun(f"/metrics has no {name}")
        return float(found[1])

    def connections(self, workers: Sequence[int]) -> dict[int, int]:
        """How many connections each worker has taken; with all posters closed, these are its readers."""
        lines = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
        port = f":{self.port:04X}"
        taken = {
            f"socket:[{row[9]}]" for row in lines if row[1].endswith(port) and row[3] == ESTABLISHED
        }
        return {
            pid: sum(_target(file) in taken for file in Path(f"/proc/{pid}/fd").iterdir())
            for pid in workers
        }

    def turns(self) -> list[Turn]:
        """The longer turns of the event loop so far, of a server that is watched."""
        lines = (self.folder / TURNS).read_text().splitlines()
        return [Turn(*map(float, line.split())) for line in lines]

    def get(self, path: str) -> str:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers=self.headers
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())


def _told(commands: Sequence[Sequence[str]], folder: Path, env: Mapping[str, str]) -> str:
    """What commands of ours print. Raises `CannotRun`."""
    command = [sys.executable, str(PROGRAMS / "commands.py"), json.dumps(commands)]
    done = subprocess.run(
        command, env=env, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        raise CannotRun(f"{command!r}: {done.stderr}")
    return done.stdout.strip()


def _target(file: Path) -> str:
    try:
        return str(file.readlink())
    except FileNotFoundError:  # it is closed meanwhile
        return ""


@contextmanager
def ours(
    folder: Path,
    entries: int = 0,
    *,
    watched: bool = False,
    files: int | None = None,
    core: int | None = SERVER_CORE,
    **settings: str,
) -> Iterator[Ours]:
    """Our server, with a story that has some entries already; see `programs/watched.py`. `files` is how many it
    may open; on all cores where `core` is None."""
    folder.mkdir(parents=True, exist_ok=True)
    env = _environment(folder, settings)
    commands = [
        ["user", "add", "editor@example.org", "--name", "Editor", "--role", "editor"],
        ["story", "add", SLUG, "--title", "A story that is measured"],
    ]
    if entries:
        lines = folder / "entries.jsonl"
        lines.write_text("".join(json.dumps({"body": marked(n)}) + "\n" for n in range(entries)))
        commands.append(["import", SLUG, str(lines)])
    commands.append(["token", "add", "editor@example.org", "--label", "benchmark"])
    token = _told(commands, folder, env).splitlines()[-1]
    command = [sys.executable, "-m", "liveblog", "serve"]
    if watched:
        command = [sys.executable, str(PROGRAMS / "watched.py"), "serve"]
        env["TURNS"] = str(folder / TURNS)
    if files is not None:
        command = [program("prlimit"), f"--nofile={files}", *command]
    with _started(command, folder, env, core) as server:
        server.headers = {"Authorization": f"Bearer {token}"}
        yield server


@contextmanager
def again(folder: Path, headers: Mapping[str, str], **settings: str) -> Iterator[Ours]:
    """Our server once more, on the database and with the headers that it had before."""
    command = [sys.executable, "-m", "liveblog", "serve"]
    with _started(command, folder, _environment(folder, settings), SERVER_CORE) as server:
        server.headers = dict(headers)
        yield server


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not OURS.fullmatch(name)}
    return kept | {
        "LIVEBLOG_DATA": str(folder / "data"),
        "LIVEBLOG_LOG_LEVEL": "warning",
        "LIVEBLOG_PASSWORD": PASSWORD,
        "PORT": str(free_port()),
        **settings,
    }


@contextmanager
def _started(
    command: Sequence[str], folder: Path, env: Mapping[str, str], core: int | None
) -> Iterator[Ours]:
    port = int(env["PORT"])
    with Process(command, folder / "server.log", core, env) as process:
        server = Ours("ours", port, process, folder)
        process.await_port(port)
        process.until(lambda: "ok" in server.get("/livez"), "does not answer")
        yield server


@contextmanager
def floor(folder: Path) -> Iterator[Server]:
    """A loop of send(2)."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [compiled("floor", folder), str(port)]
    with Process(command, folder / "floor.log", SERVER_CORE) as process:
        process.await_port(port)
        yield Server("floor", port, process, folder)


@contextmanager
def nchan(folder: Path) -> Iterator[Server]:
    """nginx with its module nchan."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    nginx = program("nginx")
    port = free_port()
    settings = Template((PROGRAMS / "nchan.conf").read_text())
    filled = settings.substitute(port=port, modules=nginx_modules(nginx))
    (folder / "nginx.conf").write_text(filled)
    command = [nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    with Process(command, folder / "nginx.log", SERVER_CORE) as process:
        process.await_port(port)
        yield Server("nchan", port, process, folder)


def nginx_modules(nginx: str) -> Path:
    """The folder with nchan. Raises `CannotRun`."""
    built = subprocess.run([nginx, "-V"], capture_output=True, text=True, timeout=10, check=False)
    found = re.search(r"--modules-path=(\S+)", built.stderr)
    if found is None or not (Path(found[1]) / "ngx_nchan_module.so").exists():
        raise CannotRun("nginx has no module nchan")
    return Path(found[1])


@contextmanager
def node(folder: Path) -> Iterator[Server]:
    """Node with ws and ioredis, and its Redis."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (PROGRAMS / "node_modules" / "ws").exists():
        raise CannotRun("ws and ioredis are not installed")
    port, redis_port = free_port(), free_port()
    redis = [program("redis-server"), "--port", str(redis_port), "--bind", "127.0.0.1"]
    redis += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    command = [program("node"), str(PROGRAMS / "node.js"), str(port), str(redis_port)]
    with (
        Process(redis, folder / "redis.log", SERVER_CORE) as beside,
        Process(command, folder / "node.log", SERVER_CORE) as process,
    ):
        beside.await_port(redis_port)
        process.await_port(port)
        server = Server("node", port, process, folder)
        server.others = [beside]
        yield server


def install() -> None:
    """What the peers and the load need, as far as it can be installed."""
    packages = ["nginx libnginx-mod-nchan", "redis-server", "npm", "wrk"]
    for names in packages:
        subprocess.run([str(TOOLS / "packages"), *names.split()], timeout=600, check=False)
    if not (PROGRAMS / "node_modules" / "ws").exists():
        with suppress(CannotRun):  # the line about it comes where Node is left out
            command = [program("npm"), "ci", "--ignore-scripts", "--prefix", str(PROGRAMS)]
            command += ["--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, timeout=600, check=False)
