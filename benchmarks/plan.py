"""How much is measured, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Figures = Mapping[str, float]  # "server.what": value, or "what": value; times in seconds


@dataclass(frozen=True)
class Plan:
    """The sizes of a run; the defaults are those of the targets."""

    rounds: int = 3
    readers: int = 5_000
    posts: int = 20
    every: float = 0.4
    crowd: int = 10_000
    mute: int = 100
    missed: int = 20
    burst: int = 500
    burst_readers: int = 1_000
    story: int = 5_000
    page_seconds: int = 5
    posting_seconds: int = 20
    posting_rate: int = 50
    posting_readers: int = 1_000
    presses: int = 100
    hostile_posts: int = 25
    cost_posts: int = 200
    cost_seconds: int = 10


QUICK = Plan(
    rounds=1,
    readers=300,
    posts=5,
    crowd=500,
    mute=20,
    burst=50,
    burst_readers=100,
    story=100,
    page_seconds=1,
    posting_seconds=3,
    posting_readers=100,
    presses=10,
    hostile_posts=7,
    cost_posts=20,
    cost_seconds=2,
)


def medians(rounds: Sequence[Figures]) -> dict[str, float]:
    """Of each figure the median over the rounds that have it."""
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {name: median(f[name] for f in rounds if name in f) for name in names}
