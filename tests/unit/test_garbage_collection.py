"""Full collections wait until nothing is under way."""

from __future__ import annotations

import gc
import weakref

from liveblog.process import collector


class Knot:
    """An object in a cycle with itself: only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def middle_collections(count: int) -> list[weakref.ref[Knot]]:
    """Makes rubbish that has outlived so many collections of the middle generation."""
    old = [Knot() for _ in range(100)]
    watched = [weakref.ref(knot) for knot in old]
    for _ in range(count):
        gc.collect(1)
    del old
    return watched


def test_none_comes_by_itself_and_one_when_asked() -> None:
    with collector.only_when_asked():
        before = full_collections()
        kept = [[number] for number in range(400_000)]  # half a dozen of them by Python's own rule
        watched = middle_collections(collector.ENOUGH)
        assert full_collections() == before
        assert not collector.collect_if_due(busy=True)
        assert all(knot() for knot in watched)
        assert collector.collect_if_due(busy=False)
        assert not any(knot() for knot in watched)
        assert not collector.collect_if_due(busy=False)  # little is new
    assert len(kept) == 400_000


def test_it_is_not_put_off_for_ever() -> None:
    with collector.only_when_asked():
        middle_collections(collector.TOO_MANY)
        assert collector.collect_if_due(busy=True)


def test_the_collector_is_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with collector.only_when_asked():
        assert gc.get_threshold() != before
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
