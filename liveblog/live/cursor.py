"""A reader's position in a feed, and what to send next. No I/O.

The position is one number, and the ring of the feed is the reader's queue: joining, being live and
catching up are the same step, so that no event can be lost between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from liveblog.live.feed import Feed
from liveblog.live.frames import Frame

AT_ONCE = 64 * 1024


class Send(NamedTuple):
    frames: Sequence[Frame]


class ReadLog(NamedTuple):
    """The ring does not reach back so far: read the log after `seq` and pass the events to `log_read()`."""

    seq: int


class CatchUp(NamedTuple):
    """The reader knows more than this process: catch the feed up with the log, then call `caught_up()`."""


class Wait(NamedTuple):
    """The reader has everything."""


class Reset(NamedTuple):
    """The position cannot be resumed; nothing more can be sent."""

    reason: str


Step = Send | ReadLog | CatchUp | Wait | Reset


def _at_once(frames: Sequence[Frame]) -> Sequence[Frame]:
    """As many of the frames as make up to 64 KiB, and at least one."""
    size = 0
    for number, frame in enumerate(frames):
        size += len(frame.data)
        if size > AT_ONCE and number:
            return frames[:number]
    return frames


class ReaderCursor:
    """`seq` is the newest event that the reader has (or is being sent)."""

    __slots__ = ("_caught_up", "_epoch", "_feed", "_reach", "seq")

    def __init__(self, feed: Feed, after: int | None, epoch: str | None, reach: int) -> None:
        self._feed = feed
        self._reach = reach
        self._epoch = epoch or feed.epoch
        self.seq = feed.applied if after is None else after
        self._caught_up = False

    @property
    def ahead(self) -> bool:
        """Whether the reader knows more than the feed: nothing can be sent before the feed is caught up."""
        return self._epoch != self._feed.epoch or self.seq > self._feed.applied

    def step(self) -> Step:
        """What to do next. `Send` counts as done once it was given out."""
        feed = self._feed
        if self.ahead:
            # Only a reader that has just come may know more than we do; later it means a new epoch.
            return Reset("not of this log") if self._caught_up else CatchUp()
        if self.seq == feed.applied:
            return Wait()
        frames = feed.after(self.seq)
        if frames is not None:
            return self._send(_at_once(frames))
        if feed.applied - self.seq > self._reach:
            return Reset("too far behind")
        return ReadLog(self.seq)

    def caught_up(self) -> None:
        """The feed was caught up with the log for this reader."""
        self._caught_up = True

    def log_read(self, epoch: str, frames: Sequence[Frame]) -> Step:
        """Takes in the events that the log gave for `ReadLog`."""
        if epoch != self._epoch or not frames or frames[0].seq != self.seq + 1:
            return Reset("the log begins anew")
        return self._send(_at_once(frames))

    def _send(self, frames: Sequence[Frame]) -> Send:
        self.seq = frames[-1].seq
        self._caught_up = True
        return Send(frames)
