"""What the project claims of its speed, and whether a run bears it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.hostile import ROWS, Row
from benchmarks.plan import Figures, Plan

Measured = Callable[[Figures], float]


@dataclass(frozen=True)
class Claim:
    """What a part of the benchmark shows. `measured` raises `KeyError` where a peer was left out."""

    part: str
    about: str
    what: str
    unit: str
    target: float
    measured: Measured
    at_least: bool = False


@dataclass(frozen=True)
class Outcome:
    """`measured` is the median; `spread` the least and the most of the rounds, where there were several."""

    claim: Claim
    measured: float | None
    spread: tuple[float, float] | None = None

    @property
    def holds(self) -> bool | None:
        if self.measured is None:
            return None
        if self.claim.at_least:
            return self.measured >= self.claim.target
        return self.measured <= self.claim.target

    @property
    def target(self) -> str:
        sign = "≥" if self.claim.at_least else "≤"
        return f"{sign} {written(self.claim.target)} {self.claim.unit}"

    @property
    def found(self) -> str:
        return "-" if self.measured is None else f"{written(self.measured)} {self.claim.unit}"

    @property
    def rounds(self) -> str:
        return "" if self.spread is None else " to ".join(map(written, self.spread))

    @property
    def verdict(self) -> str:
        return {True: "holds", False: "DOES NOT HOLD", None: "not measured"}[self.holds]


def written(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(one: str, other: str) -> Measured:
    return lambda figures: figures[one] / figures[other]


def value(name: str, scale: float = 1.0) -> Measured:
    return lambda figures: figures[name] * scale


def claims(plan: Plan) -> list[Claim]:
    return [
        *_cost(plan),
        *_fan_out(plan),
        *_packed(plan),
        *_crowd(plan),
        *_polled(plan),
        *_posts_and_pages(plan),
        *_workers(plan),
        *_many(plan),
        *_wide(plan),
        *(_beside(row) for row in ROWS),
        Claim("hostile", "beside any of these", "the longest median", "s", 2, _latest),
    ]


def _cost(plan: Plan) -> list[Claim]:
    nobody, many = "nobody reads", f"{plan.stories:,} open stories"
    posters = f"{plan.posters} programs post"
    rate = "posts a second / the lesser of 250 and 0.8 of bare commits"
    return [
        Claim("cost", nobody, "CPU per post", "ms", 3, value("cost.post", 1e3)),
        Claim(
            "cost", nobody, "CPU per post that comes alone", "ms", 6, value("cost.lone_post", 1e3)
        ),
        Claim("cost", nobody, "CPU of an idle second", "ms", 4, value("cost.idle", 1e3)),
        Claim("cost", many, "CPU of an idle second", "ms", 10, value("cost.idle_stories", 1e3)),
        Claim("cost", posters, rate, "times", 1, _posted, True),
        Claim("cost", nobody, "CPU per poll", "ms", 0.1, value("cost.poll_cpu", 1e3)),
        Claim(
            "cost",
            nobody,
            "rate of polls / of pages",
            "times",
            0.5,
            ratio("cost.poll_rate", "cost.page_rate"),
            True,
        ),
    ]


def _many(plan: Plan) -> list[Claim]:
    found = []
    for kind, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        about = f"{plan.many_stories:,} stories of {plan.many_entries:,} entries on {name}"
        found += [
            Claim("many", about, "until ready", "s", 3, value(f"many.{kind}.ready")),
            Claim(
                "many",
                about,
                "memory of a worker that is ready",
                "MiB",
                150,
                value(f"many.{kind}.memory"),
            ),
            Claim(
                "many",
                about,
                "p99 of the first page of a story",
                "ms",
                100,
                value(f"many.{kind}.cold_p99", 1e3),
            ),
        ]
    return found


def _posted(figures: Figures) -> float:
    return figures["cost.posters_rate"] / min(250.0, 0.8 * figures["cost.bare_commits"])


def _fan_out(plan: Plan) -> list[Claim]:
    about = f"fan-out to {plan.readers:,} readers"
    fitted = f"fan-out to {' to '.join(f'{n:,}' for n in (min(plan.axis), max(plan.axis)))} readers"
    frame, each = "CPU per delivered frame", "CPU that each reader adds"
    return [
        Claim(
            "fanout", about, f"{frame} / nchan's", "times", 1.0,
            ratio("ours.frame_cpu", "nchan.frame_cpu"),
        ),
        Claim(
            "fanout", about, f"{frame} / floor's", "times", 1.2,
            ratio("ours.frame_cpu", "floor.frame_cpu"),
        ),
        Claim(
            "fanout", about, "p99 to the last reader / nchan's", "times", 1.0,
            ratio("ours.p99", "nchan.p99"),
        ),
        Claim("fanout", about, "memory per idle reader", "KiB", 2, value("ours.reader_kib")),
        Claim(
            "fanout", about, "CPU per connect / Node's", "times", 0.8,
            ratio("ours.connect_cpu", "node.connect_cpu"),
        ),
        Claim(
            "fanout", fitted, f"{each} / nchan's", "times", 0.95,
            ratio("ours.frame_each", "nchan.frame_each"),
        ),
        Claim(
            "fanout", fitted, "CPU of a post, whoever reads", "ms", 3,
            value("ours.post_fixed", 1e3),
        ),
    ]  # fmt: skip


def _packed(plan: Plan) -> list[Claim]:
    about = f"compressed, to {plan.packed_readers:,} readers"
    return [
        Claim("packed", about, "bytes / plain", "times", 0.45, ratio("packed.bytes", "plain.bytes")),
        Claim(
            "packed", about, "CPU per frame / plain", "times", 1.05,
            ratio("packed.frame_cpu", "plain.frame_cpu"),
        ),
    ]  # fmt: skip


def _crowd(plan: Plan) -> list[Claim]:
    crowd = f"{plan.crowd:,} readers in one process"
    return [
        Claim(
            "crowd", crowd, "longest turn of the event loop, CPU", "ms", 10,
            value("crowd.turn_cpu", 1e3),
        ),
        Claim(
            "crowd", crowd, f"p99 beside {plan.mute} who never read / without", "times", 1.1,
            ratio("beside_mute.p99", "crowd.p99"),
        ),
        Claim(
            "crowd", crowd, f"until the last of the {plan.mute} is freed", "s", 35,
            value("mute.freed"),
        ),
        Claim("crowd", crowd, f"a stop with {plan.mute} of them", "s", 30, value("stop.seconds")),
        Claim(
            "crowd", crowd, "all cut and back at once: until all are level", "s", 10,
            value("storm.level"),
        ),
    ]  # fmt: skip


def _polled(plan: Plan) -> list[Claim]:
    about = f"{plan.polled_readers:,} readers beside {plan.pollers:,} who poll every {written(plan.polls_every)} s"
    return [
        Claim(
            "polled", about, "p99 / without them", "times", 1.1, ratio("polled.p99", "unpolled.p99")
        ),
        Claim("polled", about, "polls without the right answer", "", 0, value("polled.wrong")),
        Claim(
            "polled", about, "polls made / due", "times", 0.95, ratio("polled.polls", "polled.due"), True
        ),
    ]  # fmt: skip


def _posts_and_pages(plan: Plan) -> list[Claim]:
    burst = f"burst of {plan.burst} entries to {plan.burst_readers:,} readers"
    page = f"page of a story with {plan.story:,} entries"
    posts = f"{plan.posting_rate} posts a second with {plan.posting_readers:,} readers"
    pressed = "from the key to the screen of another browser"
    return [
        Claim("burst", burst, "frames missing or out of order", "", 0, _lost_in_burst),
        Claim("burst", burst, "writes / frames", "times", 0.99, ratio("burst.writes", "burst.frames")),
        Claim(
            "page", page, "rate / bare Starlette's", "times", 0.8,
            ratio("page.ours_plain", "page.bare_plain"), True,
        ),
        Claim(
            "page", page, "rate / bare, gzip", "times", 0.8,
            ratio("page.ours_gzip", "page.bare_gzip"), True,
        ),
        Claim("stream", posts, "p99 of the acknowledgement", "ms", 50, value("stream.p99", 1e3)),
        Claim("stream", posts, "frames missing", "", 0, value("stream.missing")),
        Claim("keypress", pressed, "p99", "ms", 300, value("keypress.p99", 1e3)),
    ]  # fmt: skip


def _workers(plan: Plan) -> list[Claim]:
    about = f"two workers on two cores, {plan.workers_readers:,} readers"
    return [
        Claim(
            "workers", about, "frames a second / one worker's on one core", "times", 1.8,
            ratio("workers.two.rate", "workers.one.rate"), True,
        ),
    ]  # fmt: skip


def _wide(plan: Plan) -> list[Claim]:
    most = max(plan.wide_steps)
    about = f"{most:,} readers in {plan.wide_workers} workers"
    return [
        Claim("wide", about, "held", "readers", most, value("wide.readers"), True),
        Claim("wide", about, "events missing, twice or out of order", "", 0, value("wide.faults")),
        Claim("wide", about, "an event at the last reader, p99", "s", 3, value("wide.last_p99")),
        Claim("wide", about, "memory per reader, with the kernel's", "KiB", 12, value("wide.reader_kib")),
        Claim(
            "wide", about, "a worker is killed: until all are level", "s", 15,
            value("wide.restart_level"),
        ),
        Claim(
            "wide", about, f"{plan.wide_cut:.0%} cut and back at once: until all are level", "s", 15,
            value("wide.cut_level"),
        ),
    ]  # fmt: skip


def _beside(row: Row) -> Claim:
    what = "reader, health, post: the worst median / before"
    figure = value(f"hostile.{row.name}.times")
    return Claim("hostile", f"beside {row.words}", what, "times", 3, figure)


def _latest(figures: Figures) -> float:
    return max(figures[f"hostile.{row.name}.latest"] for row in ROWS)


def _lost_in_burst(figures: Figures) -> float:
    return figures["burst.missing"] + figures["burst.disorder"]


def outcomes(plan: Plan, part: str, figures: Figures, rounds: Sequence[Figures]) -> list[Outcome]:
    """What is claimed of a part, by the medians of its rounds."""
    found = []
    for claim in claims(plan):
        if claim.part == part:
            measured = [one for each in rounds if (one := _tried(claim, each)) is not None]
            spread = (min(measured), max(measured)) if len(measured) > 1 else None
            found.append(Outcome(claim, _tried(claim, figures), spread))
    return found


def _tried(claim: Claim, figures: Figures) -> float | None:
    try:
        return claim.measured(figures)
    except KeyError:
        return None
