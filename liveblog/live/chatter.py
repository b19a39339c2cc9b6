"""Limits on messages from clients of a live socket. Frames and reads are counted, and one read costs bounded work.

No client needs more than a few control frames (RFC 6455, 5.5): a pong for each heartbeat, and an occasional ping of
a proxy or a library. Desk pages send up to 30 messages in ten seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode

SECONDS = 10.0  # the period of the limits
CONTROL_FRAMES = 10
FRAMES = 60  # of all kinds, including fragments
READS = 300  # chunks of data from the kernel
PIECE = 256  # bytes, at most 42 frames; the counts are checked after each piece
LINGER_BYTES = 256 * 1024  # bytes that are discarded while a client receives its close frame
CONTROL = frozenset({Opcode.PING, Opcode.PONG, Opcode.CLOSE})


class Chatter:
    """Counts the frames and reads of one client. The counts start again every ten seconds."""

    __slots__ = ("_control", "_frames", "_reads", "_until", "dropped", "over")

    def __init__(self) -> None:
        self._until = 0.0
        self._control = self._frames = self._reads = 0
        self.over = False  # the limit was passed; this stays True
        self.dropped = 0  # bytes since then

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield the data of one read in pieces, until a limit is passed."""
        now = time.monotonic()
        if now >= self._until:
            self._until = now + SECONDS
            self._control = self._frames = self._reads = 0
        self._reads += 1
        self.over = self.over or self._reads > READS
        for start in range(0, len(data), PIECE):
            if self.over:
                return
            yield data[start : start + PIECE]

    def count(self, frames: Iterable[object]) -> None:
        """Count the frames that were parsed from a piece."""
        for frame in frames:
            if isinstance(frame, SocketFrame):
                self._frames += 1
                self._control += frame.opcode in CONTROL
        self.over = self.over or self._frames > FRAMES or self._control > CONTROL_FRAMES

    def drop(self, data: bytes) -> bool:
        """Discard data that arrives after the close frame. Return whether to continue reading."""
        self.dropped += len(data)
        return self.dropped <= LINGER_BYTES
