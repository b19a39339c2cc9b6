"""100,000 live sockets on one machine: several workers, several processes of readers, a worker that is killed, a
crowd that is cut off, and whether each reader got each event once and in order."""

from __future__ import annotations

import http.client
import json
import math
import os
import secrets
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load import Poster, Readers, compiled, marked, paced
from benchmarks.machine import Kernel, kernel_memory
from benchmarks.plan import Figures, Plan
from benchmarks.processes import PATIENCE, CannotRun, open_files, resident
from benchmarks.servers import Ours, ours

SETTLE = 3.0
HELD_BY_ONE = 17_000  # readers of one process: it may open 20,000 files
ADDRESS_HOLDS = 8_000  # as in programs/readers.c
AT_ONCE = 100  # handshakes under way in each process of readers
MOST_READERS = 18_800  # that a worker accepts, with 20,000 files
AWAY = 1.0  # seconds that those are away who are cut off
MEANWHILE = 5  # entries that are posted while a worker or a part of the crowd is away
APART = 0.5  # seconds between these


class Crowd:
    """The readers of all load processes, asked together."""

    def __init__(self, parts: Sequence[Readers]) -> None:
        self.parts = parts

    def ask(self, *commands: str) -> list[dict[str, Any]]:
        """The same command for all, or one for each; all work at it at the same time."""
        for part, command in zip(self.parts, commands * (len(self.parts) // len(commands)), strict=True):
            part.say(command)
        return [part.hear() for part in self.parts]

    def level(self, head: int) -> list[dict[str, Any]]:
        """Waits until all are up and hold all. Raises `CannotRun`."""
        found = self.ask(f"level {head} {PATIENCE}")
        if behind := sum(got["readers"] - got["level"] for got in found):
            raise CannotRun(f"{behind} readers are not level with {head} after {PATIENCE} s: {found}")
        return found

    def memory(self) -> float:
        return sum(resident(part.pid) for part in self.parts)


class Story:
    """One editor's changes, each an event with the next sequence number, and when each was sent."""

    def __init__(self, server: Ours) -> None:
        self.poster: Poster = server.poster()
        self.head = server.head()
        self.sent: dict[int, float] = {}
        self._newest = ""

    def change(self, number: int) -> None:
        """Of five changes three are entries, one an edit and one a removal."""
        kind = number % 5
        self._note()
        if kind == 3:
            self.poster.ask("PATCH", json.dumps({"body": marked(number)}), f"/{self._newest}")
        elif kind == 0:
            self.poster.ask("DELETE", "{}", f"/{self._newest}")
        else:
            answer = self.poster.ask("POST", json.dumps({"body": marked(number)}))
            self._newest = str(json.loads(answer)["id"])

    def insist(self, number: int) -> None:
        """An entry, again and again until it is acknowledged, as programs do it: with the same key it is one entry."""
        body, key = json.dumps({"body": marked(number)}), secrets.token_hex(16)
        self._note()
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.poster.ask("POST", body, Idempotency_Key=key)
            except (OSError, http.client.HTTPException) as error:
                self.poster.close()
                if time.monotonic() > until:
                    raise CannotRun(f"no post is taken any more: {error!r}") from error
                time.sleep(0.05)
            else:
                self._newest = str(json.loads(answer)["id"])
                return

    def _note(self) -> None:
        self.head += 1
        self.sent[self.head] = time.monotonic()


def measure(plan: Plan, folder: Path) -> Figures:
    """One run, on one server from its start to its stop."""
    several = {
        "WEB_CONCURRENCY": str(plan.wide_workers),
        "LIVEBLOG_MAX_READERS": str(MOST_READERS),
        "LIVEBLOG_DRAIN_SECONDS": "0",
    }
    with ours(folder, core=None, **several) as server, _crowd(plan, server) as crowd:
        server.process.until(
            lambda: len(server.process.workers()) == plan.wide_workers, "has not all workers"
        )
        story = Story(server)
        story.change(1)  # what is done once is done before
        time.sleep(1)
        before = story.head
        found = _opened(plan, server, crowd)
        found |= _steady(plan, server, story, crowd)
        found |= _restarted(plan, server, story, crowd)
        found |= _cut(plan, story, crowd)
        found |= _exact(plan, server, story, crowd, before)
        story.poster.close()
    return {f"wide.{name}": value for name, value in found.items()}


@contextmanager
def _crowd(plan: Plan, server: Ours) -> Iterator[Crowd]:
    program = compiled("readers", server.folder)
    count = max(plan.wide_loads, math.ceil(plan.wide_readers / HELD_BY_ONE))
    addresses = math.ceil(plan.wide_readers / count / ADDRESS_HOLDS)
    with ExitStack() as running:
        parts = []
        for part in range(count):
            first = 1 + part * addresses
            readers = Readers([program, str(server.port), str(first)], core=None)
            running.callback(readers.close)
            parts.append(readers)
        yield Crowd(parts)


def _shares(count: int, parts: int) -> list[int]:
    return [count // parts + (part < count % parts) for part in range(parts)]


def _opened(plan: Plan, server: Ours, crowd: Crowd) -> dict[str, float]:
    """All are let in: what a reader costs, in the server, in the kernel, and at the other end."""
    cpu, held, load, kernel = _used(server, crowd)
    began = time.monotonic()
    shares = _shares(plan.wide_readers, len(crowd.parts))
    got = crowd.ask(*(f"hold {share} {AT_ONCE} {server.live}" for share in shares))
    seconds = time.monotonic() - began
    if (up := sum(part["up"] for part in got)) < plan.wide_readers:
        raise CannotRun(f"only {up} of {plan.wide_readers} readers are up: {got}")
    time.sleep(SETTLE)
    now = _used(server, crowd)
    each = plan.wide_readers
    slab, buffers = (now[3].slab - kernel.slab) / each, (now[3].tcp - kernel.tcp) / each
    process = (now[1] - held) / each
    filled = sorted(map(open_files, server.process.workers()))
    return {
        "readers": each,
        "workers": len(filled),
        "loads": len(crowd.parts),
        "open_seconds": seconds,
        "connect_cpu": (now[0] - cpu) / each,
        "process_kib": process,
        "slab_kib": slab,
        "tcp_kib": buffers,
        "reader_kib": process + (slab + buffers) / 2,
        "load_kib": (now[2] - load) / each,
        "available_kib": (kernel.available - now[3].available) / each,
        "fullest": filled[-1],
        "emptiest": filled[0],
    }


def _used(server: Ours, crowd: Crowd) -> tuple[float, float, float, Kernel]:
    return server.cpu(), server.memory(), crowd.memory(), kernel_memory()


def _steady(plan: Plan, server: Ours, story: Story, crowd: Crowd) -> dict[str, float]:
    """Entries, edits and removals: of each the time until the last reader has it."""
    crowd.ask("clear")
    first, cpu = story.head + 1, server.cpu()
    for number in paced(plan.wide_events, plan.wide_every):
        story.change(number)
    crowd.level(story.head)
    cpu = server.cpu() - cpu
    arrived: dict[int, float] = {}
    for part in crowd.ask("events"):
        for seq, _, at in part["events"]:
            arrived[seq] = max(at, arrived.get(seq, 0.0))
    last = sorted(arrived[seq] - story.sent[seq] for seq in range(first, story.head + 1))
    delays = crowd.ask("until 0 0")
    return {
        "events": len(last),
        "frame_cpu": cpu / (len(last) * plan.wide_readers),
        "last_p50": median(last),
        "last_p99": last[math.ceil(0.99 * len(last)) - 1],
        "p50": median(part["p50"] for part in delays),
        "p99": max(part["p99"] for part in delays),
    }


def _restarted(plan: Plan, server: Ours, story: Story, crowd: Crowd) -> dict[str, float]:
    """The worker with the most readers is killed while entries are posted; the server starts another."""
    workers = server.process.workers()
    killed = max(workers, key=open_files)
    lost = open_files(killed)
    story.poster.close()
    began = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    for number in paced(MEANWHILE, APART):
        story.insist(number)
    levels = crowd.level(story.head)
    server.process.until(
        lambda: len(set(server.process.workers()) - {killed}) == plan.wide_workers,
        "does not start another worker",
    )
    return {
        "killed_readers": lost,
        "restart_level": max(part["moved_at"] for part in levels) - began,
        "restart_replaced": time.monotonic() - began,
        "came_back": sum(part["back"] for part in levels),
    }


def _cut(plan: Plan, story: Story, crowd: Crowd) -> dict[str, float]:
    """A part of the crowd is cut off at once, misses entries, and comes back at once."""
    began = time.monotonic()
    shares = _shares(plan.wide_cut, len(crowd.parts))
    crowd.ask(*(f"break {share} {AWAY}" for share in shares))
    for number in paced(MEANWHILE, AWAY / MEANWHILE):
        story.insist(number)
    levels = crowd.level(story.head)
    return {"cut": plan.wide_cut, "cut_level": max(part["moved_at"] for part in levels) - began}


def _exact(
    plan: Plan, server: Ours, story: Story, crowd: Crowd, before: int
) -> dict[str, float]:
    """How many faults are in what the readers hold: an event missing, twice, out of order, or with another text."""
    story.insist(1)
    levels = crowd.level(story.head)
    counts: dict[int, int] = dict.fromkeys(range(before + 1, story.head + 1), 0)
    for part in crowd.ask("events"):
        for seq, count, _ in part["events"]:
            counts[seq] = counts.get(seq, 0) + count
    faults = sum(part[name] for part in levels for name in ("disorder", "differs", "resets"))
    faults += sum(abs(count - plan.wide_readers) for count in counts.values())
    faults += len({part["sum"] for part in levels}) - 1
    faults += abs(server.head() - story.head)
    return {"frames": sum(counts.values()), "faults": faults}
