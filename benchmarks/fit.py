"""What is fixed in a cost, and what each reader adds: a line through what several numbers of readers cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """`fixed` is what nobody would cost, `each` what one more costs; both in the unit of the cost."""

    fixed: float
    each: float


def line(points: Sequence[tuple[float, float]]) -> Line:
    """The line of least squares through points of (number, cost). Raises `ValueError` where one number stands alone."""
    if len({number for number, _ in points}) < 2:
        raise ValueError("a line needs the cost of two numbers of readers")
    middle = sum(number for number, _ in points) / len(points)
    level = sum(cost for _, cost in points) / len(points)
    spread = sum((number - middle) ** 2 for number, _ in points)
    each = sum((number - middle) * (cost - level) for number, cost in points) / spread
    return Line(level - each * middle, each)
