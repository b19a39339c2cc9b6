"""Runs full garbage collections seldom, and never during a pass of the fan-out.

With 10,000 readers a full collection stops the event loop for 100 ms. Python would start one again and again
while readers connect. Collections of the young generations take 1 to 3 ms and run as usual.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from liveblog.process.periodic import every

CHECK_SECONDS = 10.0
NEVER = 1_000_000_000
# Collections of the middle generation since the last full one. Each means at most 8,000 new objects.
ENOUGH = 100
TOO_MANY = 1_000  # then a full collection runs even during a pass


@contextmanager
def only_when_asked() -> Iterator[None]:
    """During the block no full collection starts by itself, and none examines objects from before the block."""
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
    """Run a full collection if there are many new objects. Return whether it ran."""
    due = gc.get_count()[2] >= (TOO_MANY if busy else ENOUGH)
    if due:
        gc.collect()
    return due


async def run(busy: Callable[[], bool]) -> NoReturn:
    """Check every 10 s, until cancelled. `busy` says whether a pass is running."""

    async def collect() -> None:
        collect_if_due(busy())

    await every(CHECK_SECONDS, collect)
