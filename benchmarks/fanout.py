"""One post to thousands of readers: what a frame, a reader and a connect cost, beside the peers; and by several numbers
of readers, what of it is fixed and what each reader adds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.fit import line
from benchmarks.load import Poster, Readers, paced, readers
from benchmarks.plan import Figures, Plan
from benchmarks.processes import CannotRun
from benchmarks.servers import Server, floor, nchan, node, ours

SETTLE = 1.0
GRACE = 10.0
FAST: dict[str, peers.Start] = {"nchan": nchan, "node": node, "floor": floor}


def measure(plan: Plan, folder: Path, left_out: dict[str, str]) -> Figures:
    """One round: ours first, then the peers with frames of the same size."""
    sizes = sorted({*plan.axis, plan.readers, plan.peers_readers}, reverse=True)
    fewer = [size for size in sizes if size <= plan.peers_readers]
    with ours(folder / "ours") as server:
        found = _one(server, plan, sizes, 0)
    for name, start in (FAST | peers.PEERS).items():
        if name in left_out:
            continue
        try:
            with start(folder / name) as peer:
                measured = sizes if name in FAST else fewer
                found |= _one(peer, plan, measured, round(found["ours.frame_bytes"]))
        except CannotRun as reason:
            left_out[name] = str(reason)
    return found


def _one(server: Server, plan: Plan, sizes: Sequence[int], frame: int) -> dict[str, float]:
    """A server with so many readers at once, the most first."""
    poster = server.poster()
    poster.post(server.body(0, frame))  # what is done once is done before
    found: dict[str, float] = {"readers": sizes[0]}
    at: dict[int, dict[str, float]] = {}
    with readers(server.port, server.folder) as crowd:
        for size in sizes:
            if at:
                crowd.ask("cut")
                time.sleep(SETTLE)
            cpu, memory = server.cpu(), server.memory()
            crowd.open(size, server.live)
            time.sleep(SETTLE)
            if not at:
                found["connect_cpu"] = (server.cpu() - cpu) / size
                found["reader_kib"] = (server.memory() - memory) / size
            at[size] = _posted(server, plan, poster, crowd, size, frame)
    poster.close()
    found |= at[sizes[0]]
    found |= {f"at_{size}.{name}": value for size in sizes for name, value in at[size].items()}
    if len(sizes) > 1:
        cpu_line = line([(size, at[size]["frame_cpu"] * size) for size in sizes])
        p99 = line([(size, at[size]["p99"]) for size in sizes])
        found |= {"post_fixed": cpu_line.fixed, "frame_each": cpu_line.each}
        found |= {"p99_fixed": p99.fixed, "p99_each": p99.each}
    return {f"{server.name}.{name}": value for name, value in found.items()}


def _posted(
    server: Server, plan: Plan, poster: Poster, crowd: Readers, size: int, frame: int
) -> dict[str, float]:
    crowd.ask("clear")
    cpu = server.cpu()
    for number in paced(plan.posts, plan.every):
        poster.post(server.body(number, frame))
    wanted = plan.posts * size
    got = crowd.until(wanted, GRACE)
    cpu = server.cpu() - cpu
    if got["frames"] != wanted or got["disorder"]:
        raise CannotRun(f"{server.name} delivered {got['frames']} of {wanted} frames: {got}")
    return {
        "frame_cpu": cpu / wanted,
        "p50": got["p50"],
        "p99": got["p99"],
        "frame_bytes": got["bytes"] / wanted,
    }
