"""How much is measured, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

Figures = Mapping[str, float]  # "server.what": value, or "what": value; times in seconds


@dataclass(frozen=True)
class Plan:
    """The sizes of a run; the defaults are those of the targets. `axis` has the numbers of readers of which costs are
    fitted; `wide_cut` is the part of the readers that is cut off at once."""

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
    axis: tuple[int, ...] = (100, 500, 1_000, 2_500, 5_000)
    stories: int = 1_000
    posters: int = 8
    poster_seconds: int = 10
    polled_readers: int = 5_000
    pollers: int = 10_000
    polls_every: float = 5.0
    packed_readers: int = 5_000
    wide_steps: tuple[int, ...] = (10_000, 50_000, 100_000)
    wide_workers: int = 7
    wide_loads: int = 6
    wide_events: int = 30
    wide_every: float = 3.0
    wide_cut: float = 0.2
    wide_seconds: int = 440
    many_stories: int = 1_000
    many_entries: int = 1_000
    many_pages: int = 300
    workers_readers: int = 15_000
    workers_every: float = 0.6
    peers_readers: int = 1_000


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
    axis=(50, 150, 300),
    stories=20,
    poster_seconds=2,
    polled_readers=100,
    pollers=200,
    polls_every=1.0,
    packed_readers=100,
    wide_steps=(100, 700),
    wide_workers=2,
    wide_loads=2,
    wide_events=5,
    wide_every=0.2,
    many_stories=20,
    many_entries=100,
    many_pages=20,
    workers_readers=300,
    workers_every=0.2,
    peers_readers=100,
)
# What a test can afford: each way is gone once, by as few as can be.
SMALLEST = replace(
    QUICK,
    posts=2,
    every=0.05,
    readers=40,
    axis=(20, 40),
    peers_readers=20,
    wide_steps=(40,),
    wide_events=5,
    wide_every=0.02,
    workers_readers=20,
    workers_every=0.1,
)


def medians(rounds: Sequence[Figures]) -> dict[str, float]:
    """Of each figure the median over the rounds that have it."""
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {name: median(f[name] for f in rounds if name in f) for name in names}
