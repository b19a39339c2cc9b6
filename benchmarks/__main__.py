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
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import chart, cost, crowd, fanout, hostile, keypress, page, posting, report, wide, workers
from benchmarks.claims import outcomes
from benchmarks.machine import machine, versions
from benchmarks.plan import QUICK, Figures, Plan, medians
from benchmarks.processes import LOAD_CORE, CannotRun, stay_on, take_all_files
from benchmarks.servers import install

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
PARTS = ("cost", "fanout", "crowd", "burst", "page", "stream", "keypress", "hostile", "workers", "wide")
LONGEST = 3600


def tell(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S}  {line}", file=sys.stderr, flush=True)


def measured(
    part: str, plan: Plan, folder: Path, left_out: dict[str, str]
) -> tuple[list[Figures], dict[str, float]]:
    """The figures of each round of a part, and their medians. A part that cannot run is left out."""
    once: dict[str, Callable[[Path], Figures]] = {
        "fanout": lambda where: fanout.measure(plan, where, left_out),
        "crowd": lambda where: crowd.measure(plan, where),
        "cost": lambda where: cost.measure(plan, where),
        "burst": lambda where: posting.burst(plan, where),
        "stream": lambda where: posting.stream(plan, where),
        "keypress": lambda where: keypress.measure(plan, where),
        "hostile": lambda where: hostile.measure(plan, where),
        "wide": lambda where: wide.measure(plan, where),
        "workers": lambda where: workers.measure(plan, where),
        "page": lambda where: page.measure(plan, where, lambda line: tell(f"page: {line}")),
    }
    rounds: list[Figures] = []
    try:
        # The page's rounds share one server.
        for number in range(1 if part == "page" else plan.rounds):
            tell(f"{part}: round {number + 1}" if part != "page" else part)
            rounds.append(once[part](folder / f"{part}-{number}"))
    except CannotRun as reason:
        left_out[part] = str(reason)
        tell(f"{part}: left out: {reason}")
    return rounds, medians(rounds)


def main() -> None:
    asked = arguments()
    plan = QUICK if asked.quick else Plan(rounds=asked.rounds)
    for number in (signal.SIGTERM, signal.SIGALRM):  # the blocks end what they started
        signal.signal(number, lambda got, _: sys.exit(128 + got))
    signal.alarm(LONGEST)
    take_all_files()
    install()
    stay_on(LOAD_CORE)
    left_out: dict[str, str] = {}
    rounds: dict[str, list[Figures]] = {}
    figures: dict[str, float] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="liveblog-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx's worker is another user
        for part in asked.only or PARTS:
            rounds[part], found = measured(part, plan, Path(folder), left_out)
            figures |= found
    run = report.Run(
        date=f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
        command=shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]),
        plan=plan,
        machine=machine(),
        versions=versions(),
        figures=figures,
        outcomes=outcomes(plan, figures),
        left_out=left_out,
    )
    print(report.text(run))
    (HERE / "results.json").write_text(json.dumps(as_json(run, rounds), indent=2) + "\n")
    if asked.write:
        (DOCS / "benchmarks.md").write_text(report.markdown(run), encoding="utf-8")
        (DOCS / "benchmarks.svg").write_text(chart.svg(figures, "Fan-out beside the peers"))
    tell(f"done in {time.monotonic() - began:.0f} s")


def as_json(run: report.Run, rounds: dict[str, list[Figures]]) -> dict[str, object]:
    claims = [
        {
            "about": outcome.claim.about,
            "what": outcome.claim.what,
            "measured": outcome.measured,
            "target": outcome.target,
            "holds": outcome.holds,
        }
        for outcome in run.outcomes
    ]
    return {
        "date": run.date,
        "command": run.command,
        "plan": asdict(run.plan),
        "machine": run.machine,
        "versions": run.versions,
        "claims": claims,
        "medians": run.figures,
        "rounds": rounds,
        "left_out": run.left_out,
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="rounds of each part (3)")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="only these parts")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it work at all?")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and .svg")
    return parser.parse_args()


if __name__ == "__main__":  # an attack's process imports it too
    main()
