"""A reader's position in a feed, and the next step for the reader. No I/O.

The position is one number, and the feed's ring is the reader's queue. Joining, following and catching up are the
same step, so no event can be lost between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from liveblog.live.feed import Feed
from liveblog.live.frames import Frame

AT_ONCE = 64 * 1024  # bytes


class Send(NamedTuple):
    """Send these frames."""

    frames: Sequence[Frame]


class ReadLog(NamedTuple):
    """The ring does not reach back to `seq`: read the log after it and pass the events to `log_read()`."""

    seq: int


class CatchUp(NamedTuple):
    """The reader's position is ahead of the feed: catch the feed up with the log, then call `caught_up()`."""


class Wait(NamedTuple):
    """The reader has every event."""


class Reset(NamedTuple):
    """The position cannot be resumed. Send `reason` and nothing else."""

    reason: str


Step = Send | ReadLog | CatchUp | Wait | Reset


def at_once(frames: Sequence[Frame]) -> Sequence[Frame]:
    """The first frames, up to 64 KiB in total, but at least one."""
    size = 0
    for number, frame in enumerate(frames):
        size += len(frame.data)
        if size > AT_ONCE and number:
            return frames[:number]
    return frames


class ReaderCursor:
    """`seq` is the newest event that the reader has or is being sent.

    `after` and `epoch` are the reader's position; None means the present. `reach` is the number of events that a
    reader may be behind.
    """

    __slots__ = ("_caught_up", "_epoch", "_feed", "_reach", "seq")

    def __init__(self, feed: Feed, after: int | None, epoch: str | None, reach: int) -> None:
        self._feed = feed
        self._reach = reach
        self._epoch = epoch or feed.epoch
        self.seq = feed.applied if after is None else after
        self._caught_up = False

    @property
    def ahead(self) -> bool:
        """Whether the reader's position is ahead of the feed. Nothing can be sent until the feed is caught up."""
        return self._epoch != self._feed.epoch or self.seq > self._feed.applied

    def step(self) -> Step:
        """The next step. A returned `Send` counts as sent."""
        feed = self._feed
        if self.ahead:
            # A reader that has just connected may be ahead of this process. Later this means a new epoch.
            return Reset("not of this log") if self._caught_up else CatchUp()
        if self.seq == feed.applied:
            return Wait()
        frames = feed.after(self.seq)
        if frames is not None:
            return self._send(at_once(frames))
        if feed.applied - self.seq > self._reach:
            return Reset("too far behind")
        return ReadLog(self.seq)

    def caught_up(self) -> None:
        """Note that the feed was caught up with the log for this reader."""
        self._caught_up = True

    def log_read(self, epoch: str, frames: Sequence[Frame]) -> Step:
        """Take the events from the log that `ReadLog` asked for, and return the next step."""
        if epoch != self._epoch or not frames or frames[0].seq != self.seq + 1:
            return Reset("the log begins anew")
        return self._send(at_once(frames))

    def _send(self, frames: Sequence[Frame]) -> Send:
        self.seq = frames[-1].seq
        self._caught_up = True
        return Send(frames)
