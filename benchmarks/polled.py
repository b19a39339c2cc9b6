"""Readers of live sockets beside a crowd that polls: what it changes for them, and what a poll costs."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.load import Commanded, Poster, Readers, compiled, paced, readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import CannotRun
from benchmarks.servers import SLUG, Ours, ours

SETTLE = 1.0
GRACE = 10.0


def measure(plan: Plan, folder: Path) -> Figures:
    """One round, on one server: posts to the readers without and with those who poll."""
    with ours(folder) as server, readers(server.port, server.folder) as crowd:
        poster = server.poster()
        poster.post(server.body(0, 0))
        crowd.open(plan.polled_readers, server.live)
        time.sleep(SETTLE)
        found, used = _posts(plan, server, poster, crowd, "unpolled")
        command = [compiled("pollers", server.folder), server.port, plan.pollers, plan.polls_every]
        command += [f"/stories/{SLUG}/events", server.head()]
        polling = Commanded([str(word) for word in command])
        try:
            time.sleep(plan.polls_every + SETTLE)  # all have polled once
            polling.ask("")
            beside, more = _posts(plan, server, poster, crowd, "polled")
            got = polling.ask("")
        finally:
            polling.close()
        poster.close()
    found |= beside | {f"polled.{name}": got[name] for name in ("due", "polls", "wrong", "opened")}
    return found | {"polled.cpu": max(0.0, more - used) / max(1, got["polls"])}


def _posts(
    plan: Plan, server: Ours, poster: Poster, crowd: Readers, name: str
) -> tuple[dict[str, float], float]:
    """The readers' delays, and the CPU that the server used."""
    crowd.ask("clear")
    cpu = server.cpu()
    for number in paced(plan.posts, plan.every):
        poster.post(server.body(number, 0))
    wanted = plan.posts * plan.polled_readers
    got = crowd.until(wanted, GRACE)
    cpu = server.cpu() - cpu
    if got["frames"] != wanted or got["disorder"] or got["closed"]:
        raise CannotRun(f"not every reader had every frame once and in order: {got}")
    return {f"{name}.p50": got["p50"], f"{name}.p99": got["p99"]}, cpu
