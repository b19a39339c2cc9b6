"""Live sockets on one machine, in steps up to 100,000: several workers, several processes of readers, a worker that is
killed, a crowd that is cut off, and whether each reader got each event once and in order.

Each step is whole, on a server of its own. What the machine cannot hold is not tried, and the step before it counts.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.crowds import Crowd, Story, crowd, divided
from benchmarks.fit import line
from benchmarks.load import paced
from benchmarks.machine import Kernel, kernel_memory
from benchmarks.plan import Figures, Plan
from benchmarks.processes import CannotRun
from benchmarks.servers import Ours, ours

SETTLE = 3.0
AT_ONCE = 100  # handshakes under way in each process of readers
MOST_READERS = 18_800  # that a worker accepts, with 20,000 files
OTHER_FILES = 1_200  # of a worker, beside its readers
READER_TAKES = 40.0  # KiB at both ends, for all that is known before the first step
SPARE = 1.25  # of the memory that a step should take
LEAST_SECONDS, READERS_A_SECOND = (
    60.0,
    450,
)  # a step may take the first, and a second for so many readers
AWAY = 2.0  # seconds that those are away who are cut off
MEANWHILE = 3  # entries that are posted while a worker or a part of the crowd is away
APART = 1.0  # seconds between these


def measure(
    plan: Plan, folder: Path, left_out: dict[str, str], tell: Callable[[str], None]
) -> Figures:
    """All steps, and the figures of the last one that was held. Raises `CannotRun` where none was."""
    ends = time.monotonic() + plan.wide_seconds
    steps: dict[int, dict[str, float]] = {}
    takes = READER_TAKES
    for readers in plan.wide_steps:
        try:
            lacks(plan, readers, takes, ends - time.monotonic())
            tell(f"{readers:,} readers")
            began = time.monotonic()
            steps[readers] = found = _step(plan, readers, folder / str(readers), ends)
        except CannotRun as reason:
            left_out[f"wide: {readers:,} readers"] = str(reason)
            break
        takes = max(10.0, found["available_kib"])
        tell(
            f"{readers:,} readers: {time.monotonic() - began:.0f} s, {found['faults']:.0f} faults, "
            f"the last has an event after {found['last_p99']:.2f} s, {found['reader_kib']:.1f} KiB each"
        )
        if found["faults"]:
            break
    if not steps:
        raise CannotRun(next(why for what, why in left_out.items() if what.startswith("wide")))
    return {f"wide.{name}": value for name, value in together(steps).items()}


def together(steps: dict[int, dict[str, float]]) -> dict[str, float]:
    """The figures of the last step, the faults of all, those that show how a cost grows, and what is fixed in it."""
    found = dict(steps[max(steps)])
    found["faults"] = sum(step["faults"] for step in steps.values())
    for readers, step in steps.items():
        for name in ("last_p50", "last_p99", "reader_kib", "frame_cpu", "restart_level"):
            found[f"at_{readers}.{name}"] = step[name]
    if len(steps) > 1:
        points = [(readers, step["frame_cpu"] * readers) for readers, step in steps.items()]
        found["event_fixed"], found["event_each"] = line(points)
        points = [(readers, step["last_p50"]) for readers, step in steps.items()]
        found["last_fixed"], found["last_each"] = line(points)
    return found


def lacks(plan: Plan, readers: int, takes: float, seconds: float) -> None:
    """Raises `CannotRun` where this machine cannot hold so many, each of which takes so many KiB at both ends."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    each = min(MOST_READERS, files - OTHER_FILES)
    if (most := (plan.wide_workers - 1) * each) < readers:
        raise CannotRun(
            f"with {files:,} open files, {plan.wide_workers} workers of which one is lost hold {most:,} readers"
        )
    wanted, available = readers * takes * SPARE, kernel_memory().available
    if wanted > available:
        raise CannotRun(
            f"they may take {wanted / 2**20:.1f} GiB, and {available / 2**20:.1f} are free"
        )
    if seconds < most_seconds(plan, readers) / 2:
        raise CannotRun(f"of {plan.wide_seconds} s only {max(0.0, seconds):.0f} are left")


def every(plan: Plan, readers: int) -> float:
    """Seconds between two events: fewer readers have less to do."""
    return plan.wide_every * max(0.2, readers / max(plan.wide_steps))


def most_seconds(plan: Plan, readers: int) -> float:
    """After which a step is given up."""
    return LEAST_SECONDS + readers / READERS_A_SECOND + plan.wide_events * every(plan, readers)


def _step(plan: Plan, readers: int, folder: Path, ends: float) -> dict[str, float]:
    """One step, on one server from its start to its stop. Raises `CannotRun` where it takes too long, too."""
    with ExitStack() as running:
        server = running.enter_context(
            ours(
                folder,
                core=None,
                WEB_CONCURRENCY=str(plan.wide_workers),
                LIVEBLOG_MAX_READERS=str(MOST_READERS),
                LIVEBLOG_DRAIN_SECONDS="0",
            )
        )
        server.process.until(
            lambda: len(server.process.workers()) == plan.wide_workers, "has not all workers"
        )
        seconds = min(ends - time.monotonic(), most_seconds(plan, readers))
        held = running.enter_context(crowd(readers, plan.wide_loads, server, seconds))
        story = Story(server)
        story.change(1)  # what is done once is done before
        time.sleep(1)
        before = story.head
        story.poster.close()  # of connections, only those of readers are counted
        found = _opened(readers, server, held)
        found |= _steady(plan, readers, server, story, held)
        found |= _restarted(plan, server, story, held)
        found |= _cut(round(plan.wide_cut * readers), story, held)
        found |= _exact(readers, server, story, held, before)
        story.poster.close()
    return found


def _opened(readers: int, server: Ours, held: Crowd) -> dict[str, float]:
    """All are let in: what a reader costs, in the server, in the kernel, and at the other end."""
    cpu, own, load, kernel = _used(server, held)
    began = time.monotonic()
    held.hold(readers, AT_ONCE, server.live)
    seconds = time.monotonic() - began
    time.sleep(SETTLE)
    now = _used(server, held)
    slab, buffers = (now[3].slab - kernel.slab) / readers, (now[3].tcp - kernel.tcp) / readers
    process = (now[1] - own) / readers
    filled = server.connections(server.process.workers())
    return {
        "readers": readers,
        "workers": len(filled),
        "loads": len(held.parts),
        "open_seconds": seconds,
        "connect_cpu": (now[0] - cpu) / readers,
        "process_kib": process,
        "slab_kib": slab / 2,
        "tcp_kib": buffers / 2,
        "reader_kib": process + (slab + buffers) / 2,
        "load_kib": (now[2] - load) / readers,
        "available_kib": (kernel.available - now[3].available) / readers,
        "fullest": max(filled.values()),
        "emptiest": min(filled.values()),
    }


def _used(server: Ours, held: Crowd) -> tuple[float, float, float, Kernel]:
    return server.cpu(), server.memory(), held.memory(), kernel_memory()


def _steady(plan: Plan, readers: int, server: Ours, story: Story, held: Crowd) -> dict[str, float]:
    """Entries, edits and removals: of each the time until the last reader has it."""
    held.ask("clear")
    first, cpu = story.head + 1, server.cpu()
    apart = every(plan, readers)
    for number in paced(plan.wide_events, apart):
        story.change(number)
    held.level(story.head)
    cpu = server.cpu() - cpu
    arrived = held.events()
    last = sorted(arrived[seq][1] - story.sent[seq] for seq in range(first, story.head + 1))
    delays = held.ask("until 0 0")
    return {
        "events": len(last),
        "every": apart,
        "frame_cpu": cpu / (len(last) * readers),
        "last_p50": median(last),
        "last_p99": last[math.ceil(0.99 * len(last)) - 1],
        "p50": median(part["p50"] for part in delays),
        "p99": max(part["p99"] for part in delays),
    }


def _restarted(plan: Plan, server: Ours, story: Story, held: Crowd) -> dict[str, float]:
    """The worker with the most readers is killed while entries are posted; the server starts another."""
    story.poster.close()
    filled = server.connections(server.process.workers())
    killed = max(filled, key=lambda pid: filled[pid])
    began = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    for number in paced(MEANWHILE, APART):
        story.insist(number)
    levels = held.level(story.head)
    level = max(part["moved_at"] for part in levels) - began
    server.process.until(
        lambda: len(set(server.process.workers()) - {killed}) == plan.wide_workers,
        "does not start another worker",
    )
    return {
        "killed_readers": filled[killed],
        "restart_level": level,
        "restart_replaced": time.monotonic() - began,
        "came_back": sum(part["back"] for part in levels),
    }


def _cut(count: int, story: Story, held: Crowd) -> dict[str, float]:
    """A part of the crowd is cut off at once, misses entries, and comes back at once."""
    began = time.monotonic()
    shares = divided(count, len(held.parts))
    held.ask(*(f"break {share} {AWAY}" for share in shares))
    for number in paced(MEANWHILE, AWAY / MEANWHILE):
        story.insist(number)
    levels = held.level(story.head)
    return {"cut": count, "cut_level": max(part["moved_at"] for part in levels) - began}


def _exact(readers: int, server: Ours, story: Story, held: Crowd, before: int) -> dict[str, float]:
    """How many faults are in what the readers hold: an event missing, twice, out of order, or with another text."""
    story.insist(1)
    levels = held.level(story.head)
    counts = {seq: count for seq, (count, _) in held.events().items()}
    faults = sum(part[name] for part in levels for name in ("disorder", "differs", "resets"))
    faults += differing(counts, range(before + 1, story.head + 1), readers)
    faults += len({part["sum"] for part in levels}) - 1
    faults += abs(server.head() - story.head)
    return {"frames": sum(counts.values()), "faults": faults}


def differing(counts: dict[int, int], wanted: range, readers: int) -> int:
    """How many receipts are missing or too many, where each reader should have each wanted event once."""
    return sum(
        abs(counts.get(seq, 0) - (readers if seq in wanted else 0))
        for seq in counts.keys() | set(wanted)
    )
