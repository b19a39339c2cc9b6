"""The tables of a run: on the terminal, and in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from benchmarks.claims import Outcome, written
from benchmarks.load import PROGRAMS
from benchmarks.plan import Figures, Plan

SERVERS = {
    "ours": "Liveblog",
    "nchan": "nginx + nchan (C)",
    "node": "Node, ws + ioredis",
    "floor": "floor: send(2) in C",
}
# figure, heading, factor to the unit of the heading
COLUMNS = (
    ("frame_cpu", "CPU µs per frame", 1e6),
    ("p50", "p50 ms", 1e3),
    ("p99", "p99 ms", 1e3),
    ("reader_kib", "KiB per idle reader", 1.0),
    ("connect_cpu", "CPU µs per connect", 1e6),
)
# figure, words, factor, unit
DETAILS = (
    ("ours.frame_bytes", "bytes of a frame, ours and the peers'", 1, ""),
    ("cost.poll_rate", "polls a second", 1, ""),
    ("cost.page_rate", "pages of a short story a second", 1, ""),
    ("cost.page_cpu", "CPU per page", 1e3, "ms"),
    ("crowd.p50", "the crowd's p50", 1e3, "ms"),
    ("crowd.p99", "the crowd's p99", 1e3, "ms"),
    ("crowd.turn", "longest turn of the event loop by the clock", 1e3, "ms"),
    ("crowd.stolen", "part of the server's core that the host took meanwhile", 1e2, "%"),
    ("beside_mute.p50", "beside those who never read: p50", 1e3, "ms"),
    ("beside_mute.p99", "beside those who never read: p99", 1e3, "ms"),
    ("beside_mute.turn_cpu", "beside those who never read: longest turn, CPU", 1e3, "ms"),
    ("beside_mute.turn", "beside those who never read: longest turn by the clock", 1e3, "ms"),
    ("beside_mute.stolen", "beside those who never read: taken by the host", 1e2, "%"),
    ("keypress.p50", "from the key to the screen of another browser: p50", 1e3, "ms"),
    ("keypress.max", "from the key to the screen of another browser: longest", 1e3, "ms"),
    ("burst.writes", "burst: writes", 1, ""),
    ("burst.frames", "burst: frames", 1, ""),
    ("burst.p99", "burst: p99 to the last reader", 1e3, "ms"),
    ("page.ours_plain", "page: requests a second, ours", 1, ""),
    ("page.bare_plain", "page: requests a second, bare Starlette", 1, ""),
    ("page.ours_gzip", "page, gzip: requests a second, ours", 1, ""),
    ("page.bare_gzip", "page, gzip: requests a second, bare Starlette", 1, ""),
    ("page.plain_bytes", "page: bytes", 1, ""),
    ("page.gzip_bytes", "page: bytes, gzip", 1, ""),
    ("stream.p50", "posts: p50 of the acknowledgement", 1e3, "ms"),
    ("stream.max", "posts: longest acknowledgement", 1e3, "ms"),
    ("stream.delivered_p99", "posts: p99 to the last reader", 1e3, "ms"),
)

Table = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Run:
    """All that is known of a run."""

    date: str
    command: str
    plan: Plan
    machine: dict[str, str]
    versions: dict[str, str]
    figures: Figures
    outcomes: list[Outcome]
    left_out: dict[str, str]


def fan_out(figures: Figures) -> Table:
    rows = [["server", *(heading for _, heading, _ in COLUMNS)]]
    for server, name in SERVERS.items():
        if f"{server}.frame_cpu" in figures:
            cells = (figures[f"{server}.{figure}"] * scale for figure, _, scale in COLUMNS)
            rows.append([name, *map(written, cells)])
    return rows


def targets(outcomes: Sequence[Outcome]) -> Table:
    rows = [["", "what", "measured", "target", ""]]
    before = ""
    for outcome in outcomes:
        about = outcome.claim.about
        shown = "" if about == before else about
        rows.append([shown, outcome.claim.what, outcome.found, outcome.target, outcome.verdict])
        before = about
    return rows


def details(figures: Figures) -> Table:
    known = [entry for entry in DETAILS if entry[0] in figures]
    rows = [
        [words, f"{written(figures[name] * scale)} {unit}"] for name, words, scale, unit in known
    ]
    return [["figure", "median"], *rows]


def in_text(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return "\n".join(lines)


def in_markdown(table: Table) -> str:
    head, *rows = ("| " + " | ".join(cell.strip() for cell in row) + " |" for row in table)
    return "\n".join([head, "|---" * len(table[0]) + "|", *rows])


def left_out(run: Run) -> str:
    """Only the first line of each reason: the rest is for the terminal."""
    return "".join(
        f"Left out: {name}: {why.splitlines()[0]}.\n" for name, why in run.left_out.items()
    )


def text(run: Run) -> str:
    tables = (fan_out(run.figures), targets(run.outcomes), details(run.figures))
    return "\n\n".join(map(in_text, tables)) + "\n" + left_out(run)


def markdown(run: Run) -> str:
    template = Template((PROGRAMS / "benchmarks.md").read_text(encoding="utf-8"))
    plan = run.plan
    return template.substitute(
        date=run.date,
        command=run.command,
        machine="; ".join(f"{name}: {what}" for name, what in run.machine.items()),
        versions=", ".join(f"{name} {number}" for name, number in run.versions.items()),
        rounds=plan.rounds,
        readers=f"{plan.readers:,}",
        crowd=f"{plan.crowd:,}",
        posts=plan.posts,
        every=round(plan.every * 1000),
        mute=plan.mute,
        missed=plan.missed,
        fan_out=in_markdown(fan_out(run.figures)),
        targets=in_markdown(targets(run.outcomes)),
        details=in_markdown(details(run.figures)),
        left_out=left_out(run),
    )
