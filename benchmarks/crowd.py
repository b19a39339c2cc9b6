"""10,000 readers in one process: stalls of the event loop, readers that never read, a reconnecting
crowd, and a stop."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.load import Poster, Readers, paced, prober, readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import PATIENCE
from benchmarks.servers import Ours, ours

SETTLE = 2.0
GRACE = 20.0
FAR_BEHIND = 400  # entries: more than the buffers of a socket take


def measure(plan: Plan, folder: Path) -> Figures:
    """One round, on one server from its start to its stop."""
    found: dict[str, float] = {}
    with ours(folder, entries=FAR_BEHIND) as server:
        poster = server.poster()
        poster.post(server.body(0, 0))
        with readers(server.port, server.folder) as crowd:
            crowd.open(plan.crowd, server.live)
            with prober(server.port) as probe:
                time.sleep(SETTLE)
                probe.ask("")
                time.sleep(SETTLE)
                found["stall.idle_max"] = probe.ask("")["max"]
                alone = _posts(plan, server, poster, crowd)
                answers = probe.ask("")
                found |= {f"stall.{name}": answers[name] for name in ("p99", "p999", "max")}
                began = _mute(plan, server, crowd)
                probe.ask("")
                beside = _posts(plan, server, poster, crowd)
                found["stall.beside_mute_max"] = probe.ask("")["max"]
            for name in ("p50", "p99"):
                found[f"crowd.{name}"] = alone[name]
                found[f"crowd.beside_mute_{name}"] = beside[name]
            found["mute.freed"] = _freed(plan, server, began)
            found["storm.level"] = _storm(plan, server, poster, crowd)
            _mute(plan, server, crowd)
            poster.close()
            found["stop.seconds"] = server.process.stop()
    return found


def _posts(plan: Plan, server: Ours, poster: Poster, crowd: Readers) -> dict[str, Any]:
    crowd.ask("clear")
    for number in paced(plan.posts, plan.every):
        poster.post(server.body(number, 0))
    got = crowd.until(plan.posts * plan.crowd, GRACE)
    _check(got, plan.posts * plan.crowd)
    return got


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
