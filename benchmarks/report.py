"""The tables of a run: on the terminal, and in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template

from benchmarks.claims import Outcome, claims, outcomes, written
from benchmarks.load import PROGRAMS
from benchmarks.plan import Figures, Plan
from benchmarks.results import Measured

SERVERS = {
    "ours": "Liveblog",
    "nchan": "nginx + nchan (C)",
    "node": "Node, ws + ioredis",
    "floor": "floor: send(2) in C",
    "broadcaster": "Starlette + Redis",
    "channels": "Django Channels",
    "wagtail_live": "wagtail-live 1.0, Starlette",
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
    ("plain.bytes", "bytes of a frame on the wire, plain", 1, ""),
    ("packed.bytes", "the same, compressed", 1, ""),
    ("cost.posters_rate", "posts a second of several programs", 1, ""),
    ("cost.bare_commits", "single commits a second, bare SQLite", 1, ""),
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
    ("unpolled.p50", "before anybody polls: p50", 1e3, "ms"),
    ("unpolled.p99", "before anybody polls: p99", 1e3, "ms"),
    ("polled.p50", "beside those who poll: p50", 1e3, "ms"),
    ("polled.p99", "beside those who poll: p99", 1e3, "ms"),
    ("polled.cpu", "CPU per poll, on connections as browsers keep them", 1e3, "ms"),
    ("workers.one.rate", "one worker: frames a second", 1, ""),
    ("workers.two.rate", "two workers: frames a second", 1, ""),
    ("workers.one.frame_cpu", "one worker: CPU per frame", 1e6, "µs"),
    ("workers.two.frame_cpu", "two workers: CPU per frame", 1e6, "µs"),
    (
        "workers.by_cpu",
        "two workers: frames a second of CPU on two cores / one's on one",
        1,
        "times",
    ),
    ("workers.two.fullest", "two workers: the fuller one's part of the readers", 1e2, "%"),
    ("many.sqlite.memory_after", "many stories, SQLite: memory after the pages", 1, "MiB"),
    ("many.postgresql.memory_after", "many stories, PostgreSQL: memory after the pages", 1, "MiB"),
    ("many.sqlite.cold_p50", "many stories, SQLite: p50 of a first page", 1e3, "ms"),
    ("many.postgresql.cold_p50", "many stories, PostgreSQL: p50 of a first page", 1e3, "ms"),
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

# of `wide`, of each step: figure, heading, factor
STEPS = (
    ("last_p50", "the last reader has an event after, p50 s", 1.0),
    ("last_p99", "p99 s", 1.0),
    ("frame_cpu", "CPU µs per frame", 1e6),
    ("reader_kib", "KiB per reader, with the kernel's", 1.0),
    ("restart_level", "level after a worker's end, s", 1.0),
)
# of `wide`, of its last step: figure, words, factor, unit
WIDE = (
    ("open_seconds", "until all were let in", 1, "s"),
    ("connect_cpu", "CPU per connect", 1e6, "µs"),
    ("process_kib", "memory per reader: the server's processes", 1, "KiB"),
    ("slab_kib", "objects of the kernel, half of those of both ends", 1, "KiB"),
    ("tcp_kib", "buffers of TCP, half of those of both ends", 1, "KiB"),
    ("available_kib", "what the machine has less, both ends and the load", 1, "KiB"),
    ("fullest", "readers of the fullest worker", 1, ""),
    ("emptiest", "readers of the emptiest worker", 1, ""),
    ("event_fixed", "CPU of an event, whoever reads", 1e3, "ms"),
    ("event_each", "CPU that each reader adds to it", 1e6, "µs"),
    ("p50", "delay of a reader, p50", 1e3, "ms"),
    ("killed_readers", "readers of the worker that was killed", 1, ""),
    ("restart_replaced", "until all were level and another worker served", 1, "s"),
    ("cut", "readers that were cut at once", 1, ""),
    ("cut_level", "until all were level", 1, "s"),
    ("frames", "frames in all, each checked", 1, ""),
)

Table = Sequence[Sequence[str]]


def fan_out(figures: Figures) -> Table:
    """Those servers that had as many readers as ours."""
    rows = [["server", *(heading for _, heading, _ in COLUMNS)]]
    for server, name in SERVERS.items():
        if as_many(figures, server):
            cells = (figures[f"{server}.{figure}"] * scale for figure, _, scale in COLUMNS)
            rows.append([name, *map(written, cells)])
    return rows


def as_many(figures: Figures, server: str) -> bool:
    return figures.get(f"{server}.readers", -1) == figures.get("ours.readers")


def fitted(figures: Figures) -> Table:
    """What is fixed and what each reader adds, of those servers that had several numbers of readers."""
    rows = [
        ["server", "readers", "CPU ms of a post", "and µs for each reader",
         "p99 ms", "and µs for each reader"]
    ]  # fmt: skip
    for server, name in SERVERS.items():
        if f"{server}.frame_each" in figures:
            columns = (
                ("post_fixed", 1e3),
                ("frame_each", 1e6),
                ("p99_fixed", 1e3),
                ("p99_each", 1e6),
            )
            cells = (figures[f"{server}.{figure}"] * scale for figure, scale in columns)
            rows.append([name, f"to {figures[f'{server}.readers']:,.0f}", *map(written, cells)])
    return rows


def otherwise(figures: Figures, readers: int) -> Table:
    """All servers with a number of readers that all had."""
    rows = [
        [
            "server",
            "CPU µs per frame",
            "p50 ms",
            "p99 ms",
            "KiB per idle reader",
            "CPU µs per connect",
        ]
    ]
    for server, name in SERVERS.items():
        at = f"{server}.at_{readers}"
        if f"{at}.frame_cpu" in figures:
            cells = [figures[f"{at}.frame_cpu"] * 1e6, figures[f"{at}.p50"] * 1e3]
            cells += [figures[f"{at}.p99"] * 1e3, figures[f"{server}.reader_kib"]]
            cells.append(figures[f"{server}.connect_cpu"] * 1e6)
            rows.append([name, *map(written, cells)])
    return rows


def steps(figures: Figures, sizes: Sequence[int]) -> Table:
    rows = [["readers", *(heading for _, heading, _ in STEPS)]]
    for size in sizes:
        if f"wide.at_{size}.last_p50" in figures:
            cells = (figures[f"wide.at_{size}.{name}"] * scale for name, _, scale in STEPS)
            rows.append([f"{size:,}", *map(written, cells)])
    return rows


def targets(found: Sequence[Outcome]) -> Table:
    rows = [["", "what", "measured", "rounds", "target", ""]]
    before = ""
    for outcome in found:
        about = outcome.claim.about
        shown = "" if about == before else about
        rows.append(
            [
                shown,
                outcome.claim.what,
                outcome.found,
                outcome.rounds,
                outcome.target,
                outcome.verdict,
            ]
        )
        before = about
    return rows


def details(figures: Figures, entries: Sequence[tuple[str, str, float, str]] = DETAILS) -> Table:
    known = [entry for entry in entries if entry[0] in figures]
    rows = [
        [words, f"{written(figures[name] * scale)} {unit}"] for name, words, scale, unit in known
    ]
    return [["figure", "median"], *rows]


def of_wide(figures: Figures) -> Table:
    return details(figures, [(f"wide.{name}", *rest) for name, *rest in WIDE])  # type: ignore[misc]


def tables(measured: Measured) -> list[tuple[str, Table]]:
    """The tables of a processor's parts, each with its heading; those without a row are left out."""
    figures = {name: one for part in measured.values() for name, one in part.figures.items()}
    plans = {name: part.plan for name, part in measured.items()}
    fan, wide = plans.get("fanout", Plan()), plans.get("wide", Plan())
    found = [
        outcome
        for name in dict.fromkeys(claim.part for claim in claims(Plan()))
        if name in measured and (part := measured[name]).rounds
        for outcome in outcomes(part.plan, name, part.figures, part.rounds)
    ]
    made = [
        ("What is claimed, and what was measured", targets(found)),
        (f"Fan-out to {fan.readers:,} readers", fan_out(figures)),
        ("What is fixed, and what each reader adds", fitted(figures)),
        (f"What one would take otherwise, with {fan.peers_readers:,} readers",
         otherwise(figures, fan.peers_readers)),
        (f"In steps to {max(wide.wide_steps):,} readers", steps(figures, wide.wide_steps)),
        ("The last of these steps", of_wide(figures)),
        ("More figures", details(figures)),
    ]  # fmt: skip
    return [(heading, table) for heading, table in made if len(table) > 1]


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


def left_out(measured: Measured) -> str:
    """Only the first line of each reason: the rest is for the terminal."""
    reasons = {what: why for part in measured.values() for what, why in part.left_out.items()}
    return "".join(
        f"- left out: {what}: {(why.splitlines() or [''])[0]}\n" for what, why in reasons.items()
    )


def text(measured: Measured) -> str:
    made = [f"{heading}\n{in_text(table)}" for heading, table in tables(measured)]
    return "\n\n".join(made) + "\n" + left_out(measured)


def markdown(processors: Mapping[str, Measured]) -> str:
    """The whole page: how it is measured, and a section for each processor."""
    template = Template((PROGRAMS / "benchmarks.md").read_text(encoding="utf-8"))
    plan = Plan()
    return template.substitute(
        names="\n".join(f"- [{name}](#{anchor(name)})" for name in processors),
        sections="\n\n".join(section(name, parts) for name, parts in processors.items()),
        crowd=f"{plan.crowd:,}",
        posts=plan.posts,
        every=round(plan.every * 1000),
        mute=plan.mute,
        missed=plan.missed,
        cut=f"{plan.wide_cut:.0%}",
    )


def anchor(heading: str) -> str:
    """As forges make it of a heading."""
    kept = "".join(sign for sign in heading.lower() if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")


def section(processor: str, measured: Measured) -> str:
    newest = list(measured.values())[-1]
    said = [f"## {processor}", ""]
    said += [f"- {'; '.join(f'{name}: {what}' for name, what in newest.machine.items())}"]
    said += [f"- {', '.join(f'{name} {number}' for name, number in newest.versions.items())}"]
    runs: dict[tuple[str, str, int], list[str]] = {}
    for name, part in measured.items():
        runs.setdefault((part.date, part.command, len(part.rounds)), []).append(name)
    for (date, command, rounds), names in runs.items():
        of = f", medians of {rounds} rounds" if rounds > 1 else ""
        said.append(f"- {', '.join(names)}: `{command}`, {date}{of}")
    lines = "\n".join(said) + "\n" + left_out(measured)
    notes = [f"> {part.note}" for part in measured.values() if part.note]
    made = [f"### {heading}\n\n{in_markdown(table)}" for heading, table in tables(measured)]
    return "\n\n".join([lines.rstrip(), *dict.fromkeys(notes), *made])
