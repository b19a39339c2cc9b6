"""What a Python newsroom would take otherwise, each in a virtual environment of its own: installed when it is measured,
never among our own packages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.load import PROGRAMS
from benchmarks.processes import SERVER_CORE, CannotRun, Process, free_port, program
from benchmarks.servers import Server

SITES = PROGRAMS / "peers"
INSTALLED = SITES / "installed"
SERVED_BY = ("uvicorn==0.54.0", "uvloop==0.23.0", "httptools==0.9.0", "websockets==17.4")
BROADCASTER = ("starlette==1.10.0", "redis==8.1.0", *SERVED_BY)
CHANNELS = ("channels==4.3.2", "channels_redis==4.3.0", "daphne==4.2.3")
# It asks for a whole Wagtail, which its server process does not use.
WAGTAIL_LIVE = ("starlette==0.16.0", "django==5.2.19", "redis==8.1.0", *SERVED_BY)
WITHOUT_NEEDS = ("wagtail-live==1.0",)
WAGTAIL_WRAPPING = len('{"renders": {"1": {"show": true, "content": ""}}, "removals": []}')
INSTALL_SECONDS = 300


def environment(name: str, packages: Sequence[str], without_needs: Sequence[str] = ()) -> Path:
    """The folder with the programs of an environment that has these packages. Raises `CannotRun`."""
    place = INSTALLED / name
    done = place / "packages.txt"
    wanted = "\n".join([*packages, *without_needs])
    if not done.exists() or done.read_text() != wanted:
        _run(sys.executable, "-m", "venv", "--clear", str(place))
        pip = [str(place / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        _run(*pip, *packages)
        if without_needs:
            _run(*pip, "--no-deps", *without_needs)
        done.write_text(wanted)
    return place / "bin"


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotRun(f"it cannot be installed: {error}") from error
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise CannotRun(f"it cannot be installed: {last}")


@contextmanager
def _with_redis(folder: Path) -> Iterator[tuple[Process, int]]:
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with Process(command, folder / "redis.log", SERVER_CORE) as redis:
        redis.await_port(port)
        yield redis, port


@contextmanager
def broadcaster(folder: Path) -> Iterator[Server]:
    """Starlette, uvicorn and Redis' publish and subscribe."""
    python = environment("broadcaster", BROADCASTER) / "python"
    port = free_port()
    with _with_redis(folder) as (redis, redis_port):
        command = [str(python), str(SITES / "broadcaster.py"), str(port), str(redis_port)]
        with Process(command, folder / "server.log", SERVER_CORE) as process:
            process.await_port(port)
            server = Server("broadcaster", port, process, folder)
            server.others = [redis]
            yield server


@contextmanager
def channels(folder: Path) -> Iterator[Server]:
    """Django Channels under its own server."""
    daphne = environment("channels", CHANNELS) / "daphne"
    port = free_port()
    with _with_redis(folder) as (redis, redis_port):
        command = [str(daphne), "--port", str(port), "--verbosity", "0"]
        command += ["channels_site:application"]
        env = os.environ | {"REDIS_PORT": str(redis_port), "PYTHONPATH": str(SITES)}
        with Process(command, folder / "server.log", SERVER_CORE, env) as process:
            process.await_port(port)
            server = Server("channels", port, process, folder)
            server.others = [redis]
            yield server


@contextmanager
def wagtail_live(folder: Path) -> Iterator[Server]:
    """wagtail-live's Starlette publisher, with what `programs/peers/wagtail_live_site.py` says."""
    python = environment("wagtail_live", WAGTAIL_LIVE, WITHOUT_NEEDS) / "python"
    port = free_port()
    with _with_redis(folder) as (redis, redis_port):
        command = [str(python), str(SITES / "wagtail_live_site.py"), str(port), str(redis_port)]
        with Process(command, folder / "server.log", SERVER_CORE) as process:
            process.await_port(port)
            server = Server("wagtail_live", port, process, folder)
            server.live = "/ws/channel/story/"
            server.wrapping = WAGTAIL_WRAPPING
            server.others = [redis]
            yield server


Start = Callable[[Path], AbstractContextManager[Server]]
PEERS: dict[str, Start] = {
    "broadcaster": broadcaster,
    "channels": channels,
    "wagtail_live": wagtail_live,
}
