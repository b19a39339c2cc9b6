"""One story in one process: how far it is, its newest events, and who reads it. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Protocol

from liveblog import metrics
from liveblog.live.frames import Frame

RING_EVENTS = 1_000
RING_CHARACTERS = 8 * 1024 * 1024
# Of all rings of a process: who is behind a ring reads the log.
ALL_CHARACTERS = 4 * RING_CHARACTERS


class Follower(Protocol):
    """One or more readers who follow a feed. The calls return at once and must not raise."""

    @property
    def count(self) -> int:
        """How many readers these are."""

    def wake(self) -> None:
        """The feed has moved on: there may be something to send."""

    def beat(self) -> None:
        """It is time for a heartbeat."""


class Offer(Enum):
    APPLIED = "applied"
    KNOWN = "known"
    GAP = "gap"
    OTHER_EPOCH = "other epoch"


class Feed:
    """`applied` is the sequence of the newest event that readers may have; the ring holds the
    newest events without a hole and ends with `applied`. Each restart begins another `life`.

    What is made of the entries' texts is kept only as long as `texts` is the same object: a purge takes it
    away."""

    def __init__(self, slug: str, epoch: str, applied: int, frames: Iterable[Frame] = ()) -> None:
        self.slug = slug
        self.followers: set[Follower] = set()
        self.restart(epoch, applied, frames)

    def restart(self, epoch: str, applied: int, frames: Iterable[Frame]) -> None:
        """Begins anew with a position and the newest events up to it."""
        self.life = object()
        self.texts = object()
        self.epoch = epoch
        self.applied = applied
        self._ring = list(frames)
        self._size = sum(len(frame.text) for frame in self._ring)
        if self._ring and self._ring[-1].seq != applied:
            raise ValueError(f"the ring ends at {self._ring[-1].seq}, not at {applied}")
        self._trim()
        self.wake()

    def offer(self, epoch: str, frames: Iterable[Frame]) -> Offer:
        """Takes in events that come next, drops those that are known, and says which it was.

        Nothing behind a gap is taken in: the log has it.
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
        """The events after `seq`; None where the ring does not reach back so far."""
        missing = self.applied - seq
        if missing <= 0:
            return []
        if missing > len(self._ring):
            return None
        return self._ring[-missing:]

    @property
    def readers(self) -> int:
        return sum(follower.count for follower in self.followers)

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

    def _scrub(self, removal: Frame) -> None:
        """A purge takes the text out of the events that are still held, so it is sent to nobody."""
        self.texts = object()
        for at, frame in enumerate(self._ring):
            if frame.entry_id == removal.entry_id and not frame.purged:
                self._ring[at] = frame.without_text()
                self._size += len(self._ring[at].text) - len(frame.text)

    @property
    def size(self) -> int:
        """Characters in the ring."""
        return self._size

    def trim(self, characters: int) -> None:
        """Lets go of the oldest events, so that the ring has no more characters, or one event."""
        self._trim(characters)

    def _trim(self, characters: int = RING_CHARACTERS) -> None:
        over = 0
        while len(self._ring) - over > RING_EVENTS or (
            self._size > characters and over < len(self._ring) - 1
        ):
            self._size -= len(self._ring[over].text)
            over += 1
        del self._ring[:over]
