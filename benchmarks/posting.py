"""Posts: a burst of them to many readers, and a steady stream and its acknowledgements."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from benchmarks.load import Poster, paced, quantile, readers
from benchmarks.plan import Figures, Plan
from benchmarks.servers import Ours, ours

EDITORS = 16
GRACE = 30.0


class Editors:
    """Several people who post at the same time, each by a connection of their own."""

    def __init__(self, server: Ours) -> None:
        self._server = server
        self._idle: SimpleQueue[Poster] = SimpleQueue()
        for _ in range(EDITORS):
            self._idle.put(server.poster())
        self.pool = ThreadPoolExecutor(EDITORS)

    def post(self, number: int) -> float:
        """The seconds until the acknowledgement."""
        poster = self._idle.get()
        try:
            return poster.post(self._server.body(number, 0))
        finally:
            self._idle.put(poster)

    def post_due(self, number: int, due: float) -> float:
        """The same since a post was due: waiting for a free connection counts."""
        self.post(number)
        return time.monotonic() - due


def burst(plan: Plan, folder: Path) -> Figures:
    """As fast as the server takes them: all arrive in order, in fewer writes than frames."""
    with ours(folder) as server, readers(server.port, server.folder) as crowd:
        editors = Editors(server)
        editors.post(0)
        crowd.open(plan.burst_readers, server.live)
        crowd.ask("clear")
        names = ("liveblog_socket_writes_total", "liveblog_socket_frames_total")
        before = [server.metric(name) for name in names]
        with editors.pool as pool:
            taken = list(pool.map(editors.post, range(1, plan.burst + 1)))
        wanted = plan.burst * plan.burst_readers
        got = crowd.until(wanted, GRACE)
        writes, frames = (
            server.metric(name) - was for name, was in zip(names, before, strict=True)
        )
    return {
        "burst.missing": wanted - got["frames"],
        "burst.disorder": got["disorder"],
        "burst.writes": writes,
        "burst.frames": frames,
        "burst.p99": got["p99"],
        "burst.acknowledged_p99": quantile(taken, 0.99),
    }


def stream(plan: Plan, folder: Path) -> Figures:
    """At a steady rate, whether or not the last post is acknowledged: how long that takes."""
    count = plan.posting_seconds * plan.posting_rate
    with ours(folder) as server, readers(server.port, server.folder) as crowd:
        editors = Editors(server)
        editors.post(0)
        crowd.open(plan.posting_readers, server.live)
        crowd.ask("clear")
        with editors.pool as pool:
            numbers = paced(count, 1 / plan.posting_rate)
            waiting = [pool.submit(editors.post_due, n, time.monotonic()) for n in numbers]
            taken = [post.result() for post in waiting]
        got = crowd.until(count * plan.posting_readers, GRACE)
    return {
        "stream.p50": quantile(taken, 0.5),
        "stream.p99": quantile(taken, 0.99),
        "stream.max": max(taken),
        "stream.missing": count * plan.posting_readers - got["frames"],
        "stream.delivered_p99": got["p99"],
    }
