"""The server, with a watch on its event loop: of each turn of 1 ms or more, a line with the time of its end,
how long it took, and how much CPU all threads of the process used in it, in seconds.

    TURNS=FILE watched.py serve
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from starlette.types import ASGIApp

import liveblog.app
from liveblog.cli.main import main

EVERY = 0.001
wired = liveblog.app.from_environment


def watch() -> None:
    loop = asyncio.get_running_loop()
    lines = Path(os.environ["TURNS"]).open("a", buffering=1)  # noqa: SIM115 - as long as the process
    last, last_cpu = time.monotonic(), time.process_time()

    def turn() -> None:
        nonlocal last, last_cpu
        now, cpu = time.monotonic(), time.process_time()
        if now - last > 2 * EVERY:
            lines.write(f"{now:.6f} {now - last:.6f} {cpu - last_cpu:.6f}\n")
        last, last_cpu = time.monotonic(), time.process_time()
        loop.call_later(EVERY, turn)

    turn()


def from_environment() -> ASGIApp:
    asyncio.get_running_loop().call_soon(watch)
    return wired()


liveblog.app.from_environment = from_environment
main()
