"""One post to thousands of readers: what a frame, a reader and a connect cost, beside the peers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.load import paced, readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import CannotRun
from benchmarks.servers import Server, floor, nchan, node, ours

SETTLE = 1.0
GRACE = 10.0
PEERS: dict[str, Callable[[Path], AbstractContextManager[Server]]] = {
    "nchan": nchan,
    "node": node,
    "floor": floor,
}


def measure(plan: Plan, folder: Path, left_out: dict[str, str]) -> Figures:
    """One round: ours first, then the peers with frames of the same size."""
    with ours(folder / "ours") as server:
        found = _one(server, plan, 0)
    for name, start in PEERS.items():
        if name in left_out:
            continue
        try:
            with start(folder / name) as peer:
                found |= _one(peer, plan, round(found["ours.frame_bytes"]))
        except CannotRun as reason:
            left_out[name] = str(reason)
    return found


def _one(server: Server, plan: Plan, frame: int) -> dict[str, float]:
    poster = server.poster()
    poster.post(server.body(0, frame))  # what is done once is done before
    with readers(server.port, server.folder) as crowd:
        cpu, memory = server.cpu(), server.memory()
        crowd.open(plan.readers, server.live)
        time.sleep(SETTLE)
        connect_cpu, held = server.cpu() - cpu, server.memory() - memory
        crowd.ask("clear")
        cpu = server.cpu()
        for number in paced(plan.posts, plan.every):
            poster.post(server.body(number, frame))
        wanted = plan.posts * plan.readers
        got = crowd.until(wanted, GRACE)
        cpu = server.cpu() - cpu
    poster.close()
    if got["frames"] != wanted or got["disorder"]:
        raise CannotRun(f"{server.name} delivered {got['frames']} of {wanted} frames: {got}")
    found = {
        "frame_cpu": cpu / wanted,
        "p50": got["p50"],
        "p99": got["p99"],
        "reader_kib": held / plan.readers,
        "connect_cpu": connect_cpu / plan.readers,
        "frame_bytes": got["bytes"] / wanted,
    }
    return {f"{server.name}.{name}": value for name, value in found.items()}
