"""10,000 readers in one process: stalls of the event loop, readers that never read, a reconnecting
crowd, and a stop."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load import Poster, Readers, paced, readers
from benchmarks.machine import taken_by_host
from benchmarks.plan import Figures, Plan
from benchmarks.processes import PATIENCE, SERVER_CORE
from benchmarks.servers import Ours, ours

SETTLE = 2.0
GRACE = 20.0
FAR_BEHIND = 400  # entries: more than the buffers of a socket take


def measure(plan: Plan, folder: Path) -> Figures:
    """One round, on one server from its start to its stop."""
    found: dict[str, float] = {}
    with ours(folder, entries=FAR_BEHIND, watched=True) as server:
        poster = server.poster()
        poster.post(server.body(0, 0))
        with readers(server.port, server.folder) as crowd:
            crowd.open(plan.crowd, server.live)
            time.sleep(SETTLE)
            found |= _posts(plan, server, poster, crowd, "crowd")
            began = _mute(plan, server, crowd)
            found |= _posts(plan, server, poster, crowd, "beside_mute")
            found["mute.freed"] = _freed(plan, server, began)
            found["storm.level"] = _storm(plan, server, poster, crowd)
            _mute(plan, server, crowd)
            poster.close()
            found["stop.seconds"] = server.process.stop()
    return found


def _posts(plan: Plan, server: Ours, poster: Poster, crowd: Readers, name: str) -> Figures:
    """The readers' delays, and the longest turns of the event loop meanwhile.

    Of each post the quantiles over the readers, and of these the medians over the posts: one post
    in a moment that the host took from us does not decide.
    """
    each = []
    began, stolen = time.monotonic(), taken_by_host(SERVER_CORE)
    for number in paced(plan.posts, plan.every):
        crowd.ask("clear")
        poster.post(server.body(number, 0))
        each.append(crowd.until(plan.crowd, GRACE))
        _check(each[-1], plan.crowd)
    ended, stolen = time.monotonic(), taken_by_host(SERVER_CORE) - stolen
    turns = [turn for turn in server.turns() if began <= turn.at <= ended]
    return {
        f"{name}.p50": median(got["p50"] for got in each),
        f"{name}.p99": median(got["p99"] for got in each),
        f"{name}.turn_cpu": max(turn.cpu for turn in turns),
        f"{name}.turn": max(turn.seconds for turn in turns),
        f"{name}.stolen": stolen / (ended - began),
    }


def _mute(plan: Plan, server: Ours, crowd: Readers) -> float:
    """Readers that never read: half of them want all that there is, half only the news."""
    began = time.monotonic()
    crowd.ask(f"mute {plan.mute // 2} {server.live}?after=0")
    crowd.ask(f"mute {plan.mute - plan.mute // 2} {server.live}")
    server.process.until(
        lambda: server.metric("liveblog_readers") >= plan.crowd + plan.mute, "does not let all in"
    )
    return began


def _freed(plan: Plan, server: Ours, began: float) -> float:
    """Seconds from their coming until the last of those who never read is gone."""
    server.process.until(
        lambda: server.metric("liveblog_readers") <= plan.crowd, "does not free the mute"
    )
    return time.monotonic() - began


def _storm(plan: Plan, server: Ours, poster: Poster, crowd: Readers) -> float:
    """All are cut, miss some entries and come back at once: the seconds until all are level."""
    crowd.ask("clear")
    head = server.head()
    crowd.ask("cut")
    for number in range(plan.missed):
        poster.post(server.body(number, 0))
    came = crowd.open(plan.crowd, f"{server.live}?after={head}", at_once=plan.crowd)
    got = crowd.until(plan.missed * plan.crowd, PATIENCE)
    _check(got, plan.missed * plan.crowd)
    return float(got["last_at"] - came["began"])


def _check(got: dict[str, Any], wanted: int) -> None:
    if got["frames"] != wanted or got["disorder"] or got["closed"]:
        raise AssertionError(f"not every reader had every frame once and in order: {got}")
