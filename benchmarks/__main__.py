"""Runs the benchmarks: `python -m benchmarks`. It starts all that it needs, and ends all of it."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    chart,
    cost,
    crowd,
    fanout,
    hostile,
    keypress,
    many,
    packed,
    page,
    polled,
    posting,
    report,
    results,
    wide,
    workers,
)
from benchmarks.machine import machine, processor, versions
from benchmarks.plan import QUICK, SMALLEST, Figures, Plan
from benchmarks.processes import LOAD_CORE, CannotRun, stay_on, take_all_files
from benchmarks.servers import install

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
PARTS = (
    "cost", "fanout", "packed", "crowd", "polled", "burst", "page", "stream", "keypress", "hostile",
    "workers", "many", "wide",
)  # fmt: skip
ONCE = (
    "page",
    "many",
    "wide",
)  # the rounds of the page share one server; those of `wide` are its steps
LONGEST = 7200


def tell(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S}  {line}", file=sys.stderr, flush=True)


def measured(part: str, plan: Plan, folder: Path, left_out: dict[str, str]) -> list[Figures]:
    """The figures of each round of a part. A part that cannot run is left out."""
    once: dict[str, Callable[[Path], Figures]] = {
        "fanout": lambda where: fanout.measure(plan, where, left_out),
        "crowd": lambda where: crowd.measure(plan, where),
        "cost": lambda where: cost.measure(plan, where),
        "burst": lambda where: posting.burst(plan, where),
        "stream": lambda where: posting.stream(plan, where),
        "keypress": lambda where: keypress.measure(plan, where),
        "hostile": lambda where: hostile.measure(plan, where),
        "wide": lambda where: wide.measure(
            plan, where, left_out, lambda line: tell(f"wide: {line}")
        ),
        "packed": lambda where: packed.measure(plan, where),
        "polled": lambda where: polled.measure(plan, where),
        "workers": lambda where: workers.measure(plan, where),
        "many": lambda where: many.measure(plan, where, left_out),
        "page": lambda where: page.measure(plan, where, lambda line: tell(f"page: {line}")),
    }
    rounds: list[Figures] = []
    try:
        for number in range(1 if part in ONCE else plan.rounds):
            tell(part if part in ONCE else f"{part}: round {number + 1}")
            rounds.append(once[part](folder / f"{part}-{number}"))
    except CannotRun as reason:
        left_out[part] = str(reason)
        tell(f"{part}: left out: {reason}")
    return rounds


def main() -> None:
    asked = arguments()
    if asked.page:
        write_page()
        return
    plan = SMALLEST if asked.smallest else QUICK if asked.quick else Plan(rounds=asked.rounds)
    if asked.steps:
        plan = replace(plan, wide_steps=tuple(sorted(asked.steps)))
    for number in (signal.SIGTERM, signal.SIGALRM):  # the blocks end what they started
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    signal.alarm(LONGEST)
    take_all_files()
    if not asked.smallest:
        install()
    stay_on(LOAD_CORE)
    date = f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC"
    began = time.monotonic()
    found: dict[str, results.Part] = {}
    with tempfile.TemporaryDirectory(prefix="liveblog-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx's worker is another user
        for part in asked.only or PARTS:
            left_out: dict[str, str] = {}
            rounds = measured(part, plan, Path(folder), left_out)
            found[part] = results.Part(
                date=date,
                command=shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]),
                machine=machine(),
                versions=versions(),
                plan=plan,
                rounds=rounds,
                left_out=left_out,
            )
    print(report.text(found))
    as_json = {name: asdict(part) | {"medians": part.figures} for name, part in found.items()}
    asked.into.write_text(json.dumps(as_json, indent=2) + "\n")
    if asked.write:
        results.keep(processor(), {name: part for name, part in found.items() if part.rounds})
        write_page()
    tell(f"done in {time.monotonic() - began:.0f} s")


def write_page() -> None:
    """docs/benchmarks.md, of all processors; its plot is of the first with a fan-out."""
    known = results.known()
    (DOCS / "benchmarks.md").write_text(report.markdown(known), encoding="utf-8")
    for name, parts in known.items():
        if "fanout" in parts and parts["fanout"].rounds:
            plot = chart.svg(parts["fanout"].figures, f"Fan-out beside the peers, {name}")
            (DOCS / "benchmarks.svg").write_text(plot)
            break


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="rounds of each part (3)")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="only these parts")
    parser.add_argument("--steps", nargs="+", type=int, help="of `wide`: numbers of readers")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="small sizes: does it work at all?")
    sizes.add_argument(
        "--smallest", action="store_true", help="the smallest: what a test can afford"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="keep the figures for this processor, and write docs/benchmarks.md and .svg",
    )
    parser.add_argument(
        "--into", type=Path, default=HERE / "results.json", help="where all figures of this run go"
    )
    parser.add_argument(
        "--page", action="store_true", help="measure nothing: write the page of what is kept"
    )
    asked = parser.parse_args()
    if asked.write and (asked.quick or asked.smallest):
        parser.error("--write: small sizes prove nothing; leave out --quick and --smallest")
    return asked


if __name__ == "__main__":  # an attack's process imports it too
    main()
