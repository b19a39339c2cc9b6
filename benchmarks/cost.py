"""What a server without readers costs: a post, in a row and alone; a poll; a page; an idle second."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.page import rate
from benchmarks.plan import Figures, Plan
from benchmarks.processes import program
from benchmarks.servers import SLUG, Ours, ours

WARM = 30  # posts before the first that counts
APART = 0.4  # seconds between posts that come alone


def measure(plan: Plan, folder: Path) -> Figures:
    """One round on a server of its own. CPU is that of all its processes, the embedded Valkey's included."""
    with ours(folder) as server:
        poster = server.poster()
        for number in range(WARM):
            poster.post(server.body(number, 0))
        row = [server.body(number, 0) for number in range(plan.cost_posts)]
        before = server.cpu()
        for body in row:
            poster.post(body)
        in_a_row = (server.cpu() - before) / len(row)
        idle = _idle(server, plan.cost_seconds)
        before, began = server.cpu(), time.monotonic()
        alone = row[: plan.posts]
        for body in alone:
            poster.post(body)
            time.sleep(APART)
        passed = time.monotonic() - began
        lone = (server.cpu() - before - idle * passed) / len(alone)
        poster.close()
        head = server.head()
        return {
            "cost.post": in_a_row,
            "cost.lone_post": max(0.0, lone),
            "cost.idle": idle,
            **_asked(server, "page", f"/stories/{SLUG}", plan.page_seconds),
            **_asked(server, "poll", f"/stories/{SLUG}/events?after={head}", plan.page_seconds),
        }


def _idle(server: Ours, seconds: int) -> float:
    """Seconds of CPU a second, while nobody asks for anything and one story is open."""
    before, began = server.cpu(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu() - before) / (time.monotonic() - began)


def _asked(server: Ours, name: str, path: str, seconds: int) -> dict[str, float]:
    """Requests a second for an address over several connections, and the CPU of each."""
    before = server.cpu()
    found = rate(program("wrk"), f"http://127.0.0.1:{server.port}{path}", "identity", seconds)
    used = server.cpu() - before
    return {f"cost.{name}_rate": found, f"cost.{name}_cpu": used / (found * seconds)}
