"""A server whose outside is here: both in a thread and a process of their own."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import run
from outside import Outside
from processes import Redis, Server, environment


class OutsideServer(Server):
    """The application by `outside_app`, under an ASGI server as it comes."""

    def program(self, command: str, *args: str) -> list[str]:
        del command
        ordinary = [sys.executable, "-m", "uvicorn", "--factory", "outside_app:make"]
        ordinary += ["--app-dir", str(Path(__file__).parent), "--ws", "websockets-sansio"]
        return [*ordinary, "--port", str(self.port), "--no-access-log", *args]


class Elsewhere:
    """An `Outside` that runs in a thread, so that a test may wait for who asks it."""

    def __init__(self, folder: Path, outside: Outside, loop: asyncio.AbstractEventLoop) -> None:
        self.folder = folder
        self.outside = outside
        self._loop = loop

    def held(
        self, host: str, path: str, answer: bytes
    ) -> tuple[threading.Event, Callable[[], None]]:
        """Answers there only when it is let go: `(set when asked, let go)`."""
        reached, free = threading.Event(), asyncio.Event()

        async def hold(writer: asyncio.StreamWriter) -> None:
            reached.set()
            await free.wait()
            writer.write(answer)
            await writer.drain()

        self.outside.says[host, path] = hold

        def let_go() -> None:
            self._loop.call_soon_threadsafe(free.set)

        return reached, let_go

    @contextmanager
    def server(self, **settings: str) -> Iterator[OutsideServer]:
        """On a database and a Redis of its own."""
        data = str(self.folder / "server" / "data")
        done = run("migrate", env=environment(LIVEBLOG_DATA=data))
        assert done.returncode == 0, done.stderr
        outside = {
            "OUTSIDE_PORT": str(self.outside.port),
            "OUTSIDE_CERTIFICATE": str(self.outside.certificate),
        }
        with Redis(self.folder / "redis") as redis:
            settings = {"REDIS_URL": redis.url} | outside | settings
            with OutsideServer(self.folder / "server", port=None, **settings) as server:
                yield server


@contextmanager
def outside_server(folder: Path, *hosts: str) -> Iterator[Elsewhere]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    outside = Outside(folder, *hosts)
    try:
        asyncio.run_coroutine_threadsafe(outside.__aenter__(), loop).result(10)
        yield Elsewhere(folder, outside, loop)
    finally:
        asyncio.run_coroutine_threadsafe(outside.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
