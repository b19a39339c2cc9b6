"""What the project claims of its speed, and whether a run bears it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.hostile import ROWS, Row
from benchmarks.plan import Figures, Plan


@dataclass(frozen=True)
class Claim:
    """`measured` raises `KeyError` where a peer was left out. `sizes` says for which plans it is made."""

    about: str
    what: str
    unit: str
    target: float
    measured: Callable[[Figures], float]
    at_least: bool = False


@dataclass(frozen=True)
class Outcome:
    claim: Claim
    measured: float | None

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
    def verdict(self) -> str:
        return {True: "holds", False: "DOES NOT HOLD", None: "not measured"}[self.holds]


def written(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(one: str, other: str) -> Callable[[Figures], float]:
    return lambda figures: figures[one] / figures[other]


def value(name: str, scale: float = 1.0) -> Callable[[Figures], float]:
    return lambda figures: figures[name] * scale


def claims(plan: Plan) -> list[Claim]:
    readers = f"fan-out to {plan.readers:,} readers"
    crowd = f"{plan.crowd:,} readers in one process"
    burst = f"burst of {plan.burst} entries to {plan.burst_readers:,} readers"
    page = f"page of a story with {plan.story:,} entries"
    posts = f"{plan.posting_rate} posts a second with {plan.posting_readers:,} readers"
    nobody = "nobody reads"
    frame, connect = "CPU per delivered frame", "CPU per connect"
    return [
        Claim(nobody, "CPU per post", "ms", 3, value("cost.post", 1e3)),
        Claim(nobody, "CPU per post that comes alone", "ms", 6, value("cost.lone_post", 1e3)),
        Claim(nobody, "CPU of an idle second", "ms", 4, value("cost.idle", 1e3)),
        Claim(nobody, "CPU per poll", "ms", 0.1, value("cost.poll_cpu", 1e3)),
        Claim(
            nobody,
            "rate of polls / of pages",
            "times",
            0.5,
            ratio("cost.poll_rate", "cost.page_rate"),
            True,
        ),
        Claim(
            readers, f"{frame} / nchan's", "times", 1.0, ratio("ours.frame_cpu", "nchan.frame_cpu")
        ),
        Claim(
            readers, f"{frame} / floor's", "times", 1.6, ratio("ours.frame_cpu", "floor.frame_cpu")
        ),
        Claim(
            readers,
            "p99 to the last reader / nchan's",
            "times",
            1.2,
            ratio("ours.p99", "nchan.p99"),
        ),
        Claim(readers, "memory per idle reader", "KiB", 9, value("ours.reader_kib")),
        Claim(
            readers,
            f"{connect} / Node's",
            "times",
            1.7,
            ratio("ours.connect_cpu", "node.connect_cpu"),
        ),
        Claim(crowd, "longest turn of the event loop, CPU", "ms", 10, value("crowd.turn_cpu", 1e3)),
        Claim(
            crowd,
            f"p99 beside {plan.mute} who never read / without",
            "times",
            1.1,
            ratio("beside_mute.p99", "crowd.p99"),
        ),
        Claim(crowd, f"until the last of the {plan.mute} is freed", "s", 35, value("mute.freed")),
        Claim(crowd, f"a stop with {plan.mute} of them", "s", 30, value("stop.seconds")),
        Claim(
            crowd, "all cut and back at once: until all are level", "s", 10, value("storm.level")
        ),
        Claim(burst, "frames missing or out of order", "", 0, _lost_in_burst),
        Claim(burst, "writes / frames", "times", 0.99, ratio("burst.writes", "burst.frames")),
        Claim(
            page,
            "rate / bare Starlette's",
            "times",
            0.8,
            ratio("page.ours_plain", "page.bare_plain"),
            True,
        ),
        Claim(
            page, "rate / bare, gzip", "times", 0.8, ratio("page.ours_gzip", "page.bare_gzip"), True
        ),
        Claim(posts, "p99 of the acknowledgement", "ms", 50, value("stream.p99", 1e3)),
        Claim(posts, "frames missing", "", 0, value("stream.missing")),
        Claim(
            "from the key to the screen of another browser",
            "p99",
            "ms",
            300,
            value("keypress.p99", 1e3),
        ),
        *(_beside(row) for row in ROWS),
        Claim("beside any of these", "the longest median", "s", 2, _latest),
    ]


def _beside(row: Row) -> Claim:
    what = "reader, health, post: the worst median / before"
    return Claim(f"beside {row.words}", what, "times", 3, value(f"hostile.{row.name}.times"))


def _latest(figures: Figures) -> float:
    return max(figures[f"hostile.{row.name}.latest"] for row in ROWS)


def _lost_in_burst(figures: Figures) -> float:
    return figures["burst.missing"] + figures["burst.disorder"]


def outcomes(plan: Plan, figures: Figures) -> list[Outcome]:
    found = []
    for claim in claims(plan):
        try:
            found.append(Outcome(claim, claim.measured(figures)))
        except KeyError:
            found.append(Outcome(claim, None))
    return found
