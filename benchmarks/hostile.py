"""What a reader, a check of health and an editor wait while a stranger attacks, beside what they waited before.

A row more is a line in `ROWS`, and where it does something new, a function in `attacks.py`.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import attacks
from benchmarks.load import Poster, Readers, readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import PATIENCE, CannotRun
from benchmarks.servers import Ours, ours

FEW_FILES = 300  # that the system lets the server open, for those who hold connections
LEAST = 0.02  # seconds: what takes less counts as this; below it the machine decides

Attack = Callable[..., Iterator[None]]


class Row(NamedTuple):
    """An attack, and what it is given beside the port, by the server's story."""

    name: str
    words: str
    attack: Attack
    given: Callable[[Ours], tuple[Any, ...]]
    files: int | None = None


ROWS = (
    Row(
        "pings",
        "a live socket that only pings",
        attacks.flood,
        lambda server: (attacks.upgrade(f"{server.live}?after=0"), (b"", attacks.PING)),
    ),
    Row(
        "ordinary_pings",
        "the same, by the ordinary way",
        attacks.flood,
        lambda server: (attacks.upgrade(f"{server.live}?epoch=&after=0"), (b"", attacks.PING)),
    ),
    Row(
        "fragments",
        "a message of empty fragments",
        attacks.flood,
        lambda server: (
            attacks.upgrade(server.live),
            (attacks.TEXT_BEGINS, attacks.EMPTY_FRAGMENT),
        ),
    ),
    Row(
        "header",
        "a header that never ends",
        attacks.endless,
        lambda _: (attacks.START + b"X: ", b"x"),
    ),
    Row(
        "headers",
        "tiny headers without an end",
        attacks.endless,
        lambda _: (attacks.START, b"a:\r\n"),
    ),
    Row(
        "slow",
        "400 half requests",
        attacks.hold,
        lambda _: (400, attacks.START),
        FEW_FILES,
    ),
    Row(
        "idle",
        "400 connections without a word",
        attacks.hold,
        lambda _: (400, b""),
        FEW_FILES,
    ),
    Row(
        "crowd",
        "400 live sockets",
        attacks.hold,
        lambda server: (400, attacks.upgrade(server.live)),
        FEW_FILES,
    ),
)


def measure(plan: Plan, folder: Path) -> Figures:
    """One round: all rows, each on a server of its own kind that lives through them all."""
    found: dict[str, float] = {}
    for files in dict.fromkeys(row.files for row in ROWS):
        with ours(folder / f"files-{files}", files=files) as server:
            for row in ROWS:
                if row.files == files:
                    found |= _row(plan, server, row)
    return found


def _row(plan: Plan, server: Ours, row: Row) -> Figures:
    with readers(server.port, server.folder) as reader:
        poster = server.poster()
        reader.open(1, server.live)
        _round(server, poster, reader)
        before = _medians(plan, server, poster, reader)
        with attacking(row.attack, server.port, *row.given(server)):
            during = _medians(plan, server, poster, reader)
        poster.close()
    pairs = list(zip(before, during, strict=True))
    return {
        f"hostile.{row.name}.times": max(now / max(was, LEAST) for was, now in pairs),
        f"hostile.{row.name}.latest": max(during),
    }


def _medians(plan: Plan, server: Ours, poster: Poster, reader: Readers) -> list[float]:
    rounds = [_round(server, poster, reader) for _ in range(plan.hostile_posts)]
    return [median(values) for values in zip(*rounds, strict=True)]


def _round(server: Ours, poster: Poster, reader: Readers) -> tuple[float, float, float]:
    """The delay of a reader, the answer of `/livez`, and that of a post, in seconds."""
    reader.ask("clear")
    poster.close()  # a new connection, as those of strangers
    post = poster.post(server.body(1, 0))
    got = reader.until(1, PATIENCE)
    if got["frames"] != 1:
        raise CannotRun(f"the reader beside an attack got {got}")
    asked = time.monotonic()
    server.get("/livez")
    return got["p50"], time.monotonic() - asked, post


@contextmanager
def attacking(attack: Attack, *args: Any) -> Iterator[None]:
    """Runs an attack in a process of its own, from its first harm to the end of the block."""
    processes = multiprocessing.get_context("spawn")
    under_way = processes.Event()
    process = processes.Process(target=_attack, args=(attack, args, under_way), daemon=True)
    process.start()
    try:
        if not under_way.wait(PATIENCE):
            raise CannotRun("the attack does not begin")
        yield
        if not process.is_alive():
            raise CannotRun("the attack has ended by itself")
    finally:
        process.kill()
        process.join(PATIENCE)


def _attack(attack: Attack, args: tuple[Any, ...], under_way: Event) -> None:
    for _ in attack(*args):
        under_way.set()
