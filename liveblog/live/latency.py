"""How fast readers got what was published in the last minutes, and how many events came from the log.

Read from the process's own counters now and then, so that it costs readers nothing; sent to the other
processes with the beacon.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from liveblog import metrics

STEP_NOTES = 5  # notes (one a beacon) to a step of the window
STEPS = 30  # of 10 s: five minutes


NOTHING = (0,) * (len(metrics.SECONDS) + 1)


@dataclass(frozen=True)
class LatencyCounts:
    """`counts`: writes to readers within each of `metrics.SECONDS`, and beyond; `missed`: events that
    came from the log because Redis did not bring them. They add up."""

    counts: tuple[int, ...] = NOTHING
    missed: int = 0

    @classmethod
    def read(cls, told: Any) -> Self:
        """Raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        if told is None:
            return cls()
        counts = tuple(int(count) for count in told["counts"])
        if len(counts) != len(NOTHING):
            raise ValueError("another number of counts")
        return cls(counts, int(told["missed"]))

    def __add__(self, other: LatencyCounts) -> LatencyCounts:
        counts = (mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True))
        return LatencyCounts(tuple(counts), self.missed + other.missed)

    def within(self, share: float) -> float | None:
        """In how many seconds this share of the writes was done (interpolated, as Prometheus does); None
        where there was none."""
        total = sum(self.counts)
        if not total:
            return None
        wanted, before = share * total, 0
        below: float = 0.0
        for count, bound in zip(self.counts, metrics.SECONDS, strict=False):
            if count and before + count >= wanted:
                return below + (bound - below) * (wanted - before) / count
            before, below = before + count, bound
        return float(metrics.SECONDS[-1])


class LatencyWindow:
    """A window over this process's counters."""

    def __init__(self) -> None:
        self._readings: deque[tuple[list[float], float]] = deque(maxlen=STEPS + 1)
        self._readings.append(self._now())
        self._notes = 0

    def note(self) -> None:
        """Called regularly; every few times the window moves on."""
        self._notes += 1
        if self._notes % STEP_NOTES == 0:
            self._readings.append(self._now())

    def window(self) -> LatencyCounts:
        counts, missed = self._now()
        first, missed_before = self._readings[0]
        grown = [now - then for now, then in zip(counts, first, strict=True)]
        each = [grown[0], *(here - before for before, here in pairwise(grown))]
        return LatencyCounts(tuple(int(count) for count in each), int(missed - missed_before))

    @staticmethod
    def _now() -> tuple[list[float], float]:
        return metrics.to_socket(), metrics.missed()
