"""The delivery latency of the last minutes, and the number of events that came from the log.

The values are read from the process's own counters, so they cost readers nothing. The beacon carries them to the
other processes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from liveblog import metrics

STEP_NOTES = 5  # calls of `note()`, one for each beacon, in a step of the window
STEPS = 30  # of 10 s each: five minutes


NOTHING = (0,) * (len(metrics.SECONDS) + 1)


@dataclass(frozen=True)
class LatencyCounts:
    """`counts` are the writes to readers within each of `metrics.SECONDS`, and the slower ones last.

    `missed` is the number of events that came from the log because Redis did not deliver them. Counts of several
    processes can be added.
    """

    counts: tuple[int, ...] = NOTHING
    missed: int = 0

    @classmethod
    def read(cls, told: Any) -> Self:
        """The counts in a beacon; zero for None. Raises `KeyError`, `TypeError` or `ValueError` for other values."""
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
        """The time in seconds within which this share of the writes was done; None if there were none.

        It is interpolated, as Prometheus does. The largest value is the last of `metrics.SECONDS`.
        """
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
    """The last five minutes of this process's counters."""

    def __init__(self) -> None:
        self._readings: deque[tuple[list[float], float]] = deque(maxlen=STEPS + 1)
        self._readings.append(self._now())
        self._notes = 0

    def note(self) -> None:
        """Called once for each beacon. Every few calls the window moves on."""
        self._notes += 1
        if self._notes % STEP_NOTES == 0:
            self._readings.append(self._now())

    def window(self) -> LatencyCounts:
        """The counts within the window."""
        counts, missed = self._now()
        first, missed_before = self._readings[0]
        grown = [now - then for now, then in zip(counts, first, strict=True)]
        each = [grown[0], *(here - before for before, here in pairwise(grown))]
        return LatencyCounts(tuple(int(count) for count in each), int(missed - missed_before))

    @staticmethod
    def _now() -> tuple[list[float], float]:
        return metrics.to_socket(), metrics.missed()
