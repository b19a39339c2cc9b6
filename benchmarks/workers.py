"""One worker on one core beside two workers on two cores: how many frames a second they fan out.

The readers are as if they were on another machine: while the server sends, nobody reads, so that the load takes no
CPU from it. What it sent stays in the kernel's buffers, with the time at which it came. Afterwards all of it is read
and counted.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from benchmarks.load import readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import PATIENCE, SERVER_CORE, CannotRun, move
from benchmarks.servers import ours

SETTLE = 1.0
MOST_READERS = 18_800  # that a worker accepts, with 20,000 files
WARM = 2  # posts before the first that counts
TIMED = 0.8  # of the readers, at least, must tell the time of a frame's arrival; otherwise a pass is not timed


def measure(plan: Plan, folder: Path) -> Figures:
    """One round."""
    found: dict[str, float] = {}
    for words, count in (("one", 1), ("two", 2)):
        for name, value in _fanned_out(plan, folder / words, count).items():
            found[f"workers.{words}.{name}"] = value
    # What two could do if nothing else were on their cores: it does not show whether they work at the same time.
    found["workers.by_cpu"] = 2 * found["workers.one.frame_cpu"] / found["workers.two.frame_cpu"]
    return found


def _fanned_out(plan: Plan, folder: Path, count: int) -> Figures:
    core = SERVER_CORE if count == 1 else None
    passes, delays = [], []
    with (
        ours(
            folder,
            core=core,
            WEB_CONCURRENCY=str(count),
            LIVEBLOG_MAX_READERS=str(MOST_READERS),
            LIVEBLOG_DRAIN_SECONDS="0",
        ) as server,
        readers(server.port, folder) as crowd,
    ):
        working = [server.process.child.pid]
        if count > 1:
            server.process.until(lambda: len(server.process.workers()) == count, "lacks workers")
            working = server.process.workers()
            for at, worker in enumerate(working):
                move(worker, at)
        crowd.open(plan.workers_readers, server.live)
        filled = server.connections(working).values()
        time.sleep(SETTLE)
        crowd.ask("still")
        poster = server.poster()
        cpu = 0.0
        for number in range(plan.posts + WARM):
            crowd.ask("clear")
            if number == WARM:
                cpu = server.cpu()
            sent = time.time()
            poster.post(server.body(number, 0))
            time.sleep(plan.workers_every)
            got = crowd.ask(f"gather {plan.workers_readers} {PATIENCE}")
            if got["frames"] != plan.workers_readers or got["disorder"] or got["closed"]:
                raise AssertionError(f"not every reader had every frame once and in order: {got}")
            timed = not got["late"] and got["stamped"] >= TIMED * plan.workers_readers
            if number >= WARM and timed:
                passes.append(got["last_in"] - got["first_in"])
                delays.append(got["last_in"] - sent)
        cpu = server.cpu() - cpu
        poster.close()
    if len(passes) < plan.posts / 2:
        raise CannotRun(
            f"of {plan.posts} passes only {len(passes)} ended within {plan.workers_every} s, with the kernel's times"
        )
    return {
        "rate": plan.workers_readers / median(passes),
        "pass": median(passes),
        "delay": median(delays),
        "frame_cpu": cpu / (plan.posts * plan.workers_readers),
        "fullest": max(filled) / sum(filled),
    }
