"""When the collector of reference cycles looks at everything: seldom, and never during a pass.

A full collection takes 100 ms with 10,000 readers, in which the event loop stands still; by itself it
would come again and again while they connect. Those of the young generations take 1 to 3 ms and stay.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from liveblog.process.periodic import every

CHECK_SECONDS = 10.0
NEVER = 1_000_000_000
# Collections of the middle generation since the last full one; each stands for at most 8,000 new objects.
ENOUGH = 100
TOO_MANY = 1_000  # then it is time, whatever is under way


@contextmanager
def only_when_asked() -> Iterator[None]:
    """In the block no full collection comes by itself, and none looks at what was there before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(before[0], before[1], NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def collect_if_due(busy: bool) -> bool:
    """Collects everything where much is new, and says whether it did."""
    due = gc.get_count()[2] >= (TOO_MANY if busy else ENOUGH)
    if due:
        gc.collect()
    return due


async def run(busy: Callable[[], bool]) -> NoReturn:
    """Looks every few seconds, for ever."""

    async def collect() -> None:
        collect_if_due(busy())

    await every(CHECK_SECONDS, collect)
