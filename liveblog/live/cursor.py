"""A reader's way through a feed: what to send next, and from where. No I/O.

The reader's place is one number, and the ring of the feed is its queue: joining, being live and
catching up are the same step, so that there is no seam between them where an event could fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from liveblog.live.feed import Feed
from liveblog.live.frames import Frame

AT_ONCE = 64 * 1024


class Send(NamedTuple):
    frames: Sequence[Frame]


class Page(NamedTuple):
    """The ring does not reach back so far: read the log after `seq` and give it to `paged()`."""

    seq: int


class Level(NamedTuple):
    """The reader knows more than this process: catch the feed up with the log, then go on."""


class Wait(NamedTuple):
    """The reader has everything."""


class Reset(NamedTuple):
    """The place cannot be resumed; nothing more can be sent."""

    reason: str


Step = Send | Page | Level | Wait | Reset


def _at_once(frames: Sequence[Frame]) -> Sequence[Frame]:
    """As many of the frames as make up to 64 KiB, and at least one."""
    size = 0
    for number, frame in enumerate(frames):
        size += len(frame.data)
        if size > AT_ONCE and number:
            return frames[:number]
    return frames


class Session:
    """`seq` is the newest event that the reader has (or is being sent)."""

    __slots__ = ("_epoch", "_feed", "_levelled", "_reach", "seq")

    def __init__(self, feed: Feed, after: int | None, epoch: str | None, reach: int) -> None:
        self._feed = feed
        self._reach = reach
        self._epoch = epoch or feed.epoch
        self.seq = feed.applied if after is None else after
        self._levelled = False

    @property
    def ahead(self) -> bool:
        """Whether the reader knows more than the feed: nothing can be said before it is levelled."""
        return self._epoch != self._feed.epoch or self.seq > self._feed.applied

    def step(self) -> Step:
        """What to do next. `Send` counts as done once it was given out."""
        feed = self._feed
        if self.ahead:
            # Only a reader that has just come may know more than we do; later it means a new epoch.
            return Reset("not of this log") if self._levelled else Level()
        if self.seq == feed.applied:
            return Wait()
        frames = feed.after(self.seq)
        if frames is not None:
            return self._send(_at_once(frames))
        if feed.applied - self.seq > self._reach:
            return Reset("too far behind")
        return Page(self.seq)

    def levelled(self) -> None:
        """The feed was caught up with the log for this reader."""
        self._levelled = True

    def paged(self, epoch: str, frames: Sequence[Frame]) -> Step:
        """Takes in what the log gave for `Page`."""
        if epoch != self._epoch or not frames or frames[0].seq != self.seq + 1:
            return Reset("the log begins anew")
        return self._send(_at_once(frames))

    def _send(self, frames: Sequence[Frame]) -> Send:
        self.seq = frames[-1].seq
        self._levelled = True
        return Send(frames)
