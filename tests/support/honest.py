"""Honest people beside an attack: how long a reader, a check of health and an editor's post wait.

    async with Honest(server, token) as honest:
        await honest.hold_beside(flood, server.port)

An attack is a generator function of a test module (`flood(port)`): it yields whenever it has done one more
harm, and never ends by itself. It runs in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self

import httpx2
from desk_client import new_story
from processes import NO_TLS, PATIENCE, Server
from readers import Reader

Attack = Callable[..., Iterator[None]]

ROUNDS = 9
MOST_TIMES = 3.0  # what it was
FLOOR = 1.5  # seconds: below this, a busy machine and an attack look the same; benchmarks/hostile.py has the ratios
LATEST = 2.0  # seconds

_processes = multiprocessing.get_context("forkserver")


class Delays(NamedTuple):
    """Medians, in seconds: from an editor's post to a reader, of `/livez`, of the post's answer. The time for
    which the machine had no core for this process or the server's loop is taken off."""

    reader: float
    livez: float
    post: float


class Honest:
    """A reader, a check of health and an editor, at a story of their own. Each request has a new connection, as
    those of strangers have."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self.slug = new_story(server.url, token)
        self.reader = Reader(server.ws, self.slug)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx2.AsyncClient(
            base_url=server.url,
            limits=httpx2.Limits(max_keepalive_connections=0),
            timeout=PATIENCE,
            trust_env=False,
            verify=NO_TLS,
        )
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._http)
        await self._open.enter_async_context(self.reader)
        await self._round()  # what is done once is done before
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def delays(self, rounds: int = ROUNDS) -> Delays:
        """What they wait now. Fails where one is not served at all."""
        each = [await self._round() for _ in range(rounds)]
        return Delays(*(median(values) for values in zip(*each, strict=True)))

    async def hold_beside(self, attack: Attack, *args: Any) -> tuple[Delays, Delays]:
        """Asserts that an attack slows none of them; gives what they waited before and meanwhile."""
        before = await self.delays()
        with attacking(attack, *args):
            during = await self.delays()
        check(before, during)
        log = self.reader.log
        assert log == list(range(1, len(log) + 1))  # each once and in order, as ever
        return before, during

    async def _round(self) -> Delays:
        begun, held = time.monotonic(), self._held_up()
        posted = await self._http.post(
            f"/api/stories/{self.slug}/entries",
            json={"body": "Something happened."},
            headers=self._headers,
        )
        post = time.monotonic() - begun
        assert posted.status_code == 201, posted.text
        seq: int = posted.json()["seq"]
        await self.reader.until(seq)
        delay = self.reader.arrived[seq] - begun
        asked, posting = time.monotonic(), self._held_up() - held
        health = await self._http.get("/livez")
        livez = time.monotonic() - asked - (self._held_up() - held - posting)
        assert health.status_code == 200, health.text
        return Delays(max(0.0, delay - posting), max(0.0, livez), max(0.0, post - posting))

    def _held_up(self) -> float:
        """Seconds for which the threads of the two loops have stood in line for a core."""
        paths = (f"/proc/{pid}/task/{pid}/schedstat" for pid in (os.getpid(), self.server.pid))
        return sum(int(Path(path).read_text().split()[1]) for path in paths) / 1e9


def check(before: Delays, during: Delays) -> None:
    """Each waits at most three times as long as before, or a second and a half, and never two."""
    for who, was, now in zip(Delays._fields, before, during, strict=True):
        most = min(LATEST, max(MOST_TIMES * was, FLOOR))
        assert now <= most, f"{who}: {now:.3f} s, before {was:.3f} s; at most {most:.3f} s"


@contextmanager
def attacking(attack: Attack, *args: Any) -> Iterator[None]:
    """Runs an attack, from its first harm to the end of the block; fails where it has ended before."""
    under_way = _processes.Event()
    process = _processes.Process(target=_attack, args=(attack, args, under_way), daemon=True)
    process.start()
    try:
        assert under_way.wait(PATIENCE), "the attack does not begin"
        yield
        assert process.is_alive(), "the attack has ended by itself: it shows nothing"
    finally:
        process.kill()
        process.join(PATIENCE)


def _attack(attack: Attack, args: tuple[Any, ...], under_way: Event) -> None:
    for _ in attack(*args):
        under_way.set()
