"""Readers who take compressed frames beside those who do not: bytes on the wire, and the server's CPU."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.load import paced, readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import CannotRun
from benchmarks.servers import Ours, ours

KINDS: dict[str, tuple[str, ...]] = {"plain": (), "packed": ("-DPACKED", "-lz")}
SETTLE = 1.0
GRACE = 10.0


def measure(plan: Plan, folder: Path) -> Figures:
    """One round: the same server, first with plain readers, then with as many who offer compression."""
    found: dict[str, float] = {}
    with ours(folder) as server:
        poster = server.poster()
        for number in range(plan.posts):  # what is done once is done before
            poster.post(server.body(number, 0))
        poster.close()
        for name, options in KINDS.items():
            found |= {f"{name}.{what}": n for what, n in _one(plan, server, options).items()}
    return found


def _one(plan: Plan, server: Ours, options: tuple[str, ...]) -> dict[str, float]:
    poster = server.poster()
    with readers(server.port, server.folder, *options) as crowd:
        crowd.open(plan.packed_readers, server.live)
        time.sleep(SETTLE)
        crowd.ask("clear")
        cpu = server.cpu()
        for number in paced(plan.posts, plan.every):
            poster.post(server.body(number, 0))
        wanted = plan.posts * plan.packed_readers
        got = crowd.until(wanted, GRACE)
        cpu = server.cpu() - cpu
    poster.close()
    if got["frames"] != wanted or got["disorder"]:
        raise CannotRun(f"{got['frames']} of {wanted} frames came: {got}")
    return {"bytes": got["wire"] / wanted, "frame_cpu": cpu / wanted, "p99": got["p99"]}
