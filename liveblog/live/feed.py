"""One story in one process: its position, its newest events, and its readers. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Protocol

from liveblog import metrics
from liveblog.live.frames import Frame

RING_EVENTS = 1_000
FIRST_EVENTS = 50  # with which a feed begins that is opened for a page
RING_CHARACTERS = 8 * 1024 * 1024
# For all rings of a process. A reader behind its ring gets events from the log.
ALL_CHARACTERS = 4 * RING_CHARACTERS


class Follower(Protocol):
    """One or more readers of a feed. The calls return at once and must not raise."""

    @property
    def count(self) -> int:
        """The number of readers."""

    def wake(self) -> None:
        """The feed has new events."""

    def beat(self) -> None:
        """A second has passed: it may be time for a heartbeat."""


class Offer(Enum):
    """The outcome of `Feed.offer()`."""

    APPLIED = "applied"
    KNOWN = "known"
    GAP = "gap"
    OTHER_EPOCH = "other epoch"


class Feed:
    """`applied` is the sequence number of the newest event that readers may have.

    The ring holds the newest events without a gap, and ends with `applied`. Each restart creates a new `life`
    object. A purge creates a new `texts` object. A cache of something made from entry texts keeps it only while
    `texts` is the same object. `asked` tells that somebody has polled in this second: a poll sets it, and
    `Hub.close_idle()` clears it. `embed_origins` are the sites that may embed the story (models/origins.py); empty,
    those of the whole site. The hub sets them, and `mark`: the feed's standing as the log compares it, empty after a change.
    """

    def __init__(self, slug: str, epoch: str, applied: int, frames: Iterable[Frame] = ()) -> None:
        self.slug = slug
        self.followers: set[Follower] = set()
        self.embed_origins: tuple[str, ...] = ()
        self.mark = ""
        self.asked = False
        self.restart(epoch, applied, frames)

    def restart(self, epoch: str, applied: int, frames: Iterable[Frame]) -> None:
        """Start again at a position, with the newest events up to it. Raises `ValueError` if they end elsewhere."""
        self.life = object()
        self.texts = object()
        self.epoch = epoch
        self.applied = applied
        self.mark = ""
        self._ring = list(frames)
        self._size = sum(len(frame.text) for frame in self._ring)
        if self._ring and self._ring[-1].seq != applied:
            raise ValueError(f"the ring ends at {self._ring[-1].seq}, not at {applied}")
        self._trim()
        self.wake()

    def offer(self, epoch: str, frames: Iterable[Frame]) -> Offer:
        """Append the next events and skip known ones. Return what happened.

        Events behind a gap are not taken, because the log has them.
        """
        if epoch != self.epoch:
            return Offer.OTHER_EPOCH
        outcome = Offer.KNOWN
        for frame in frames:
            if frame.seq <= self.applied:
                continue
            if frame.seq > self.applied + 1:
                outcome = Offer.GAP
                break
            self._append(frame)
            metrics.EVENTS.inc()
            outcome = Offer.APPLIED
        self._trim()
        if outcome is not Offer.KNOWN:
            self.wake()
        return outcome

    def after(self, seq: int) -> list[Frame] | None:
        """The events after `seq`; None if the ring does not reach back that far."""
        missing = self.applied - seq
        if missing <= 0:
            return []
        if missing > len(self._ring):
            return None
        return self._ring[-missing:]

    @property
    def readers(self) -> int:
        count = 0
        for follower in self.followers:  # of a thousand feeds each second: faster than `sum()`
            count += follower.count
        return count

    def wake(self) -> None:
        for follower in self.followers:
            follower.wake()

    def beat(self) -> None:
        for follower in self.followers:
            follower.beat()

    def _append(self, frame: Frame) -> None:
        if frame.purged:
            self._scrub(frame)
        self._ring.append(frame)
        self._size += len(frame.text)
        self.applied = frame.seq
        self.mark = ""

    def _scrub(self, removal: Frame) -> None:
        """Remove a purged entry's text from the events in the ring, so that it is sent to no reader."""
        self.texts = object()
        for at, frame in enumerate(self._ring):
            if frame.entry_id == removal.entry_id and not frame.purged:
                self._ring[at] = frame.without_text()
            elif removal.entry_id is not None:
                self._ring[at] = frame.without_brief(removal.entry_id)
            self._size += len(self._ring[at].text) - len(frame.text)

    @property
    def size(self) -> int:
        """Characters in the ring."""
        return self._size

    def trim(self, characters: int) -> None:
        """Drop the oldest events until the ring has at most this number of characters, or one event."""
        self._trim(characters)

    def _trim(self, characters: int = RING_CHARACTERS) -> None:
        over = 0
        while len(self._ring) - over > RING_EVENTS or (
            self._size > characters and over < len(self._ring) - 1
        ):
            self._size -= len(self._ring[over].text)
            over += 1
        del self._ring[:over]
