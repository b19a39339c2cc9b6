"""What clients may say on a live socket: frames and reads are counted, and one read costs bounded work.

Nobody needs more than a few control frames (RFC 6455, 5.5): a pong for each heartbeat, a ping of a proxy or
a library now and then. Pages of the desk send up to 30 messages in ten seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode

SECONDS = 10.0  # in which a client may send as many
CONTROL_FRAMES = 10
FRAMES = 60  # of all kinds, fragments too
READS = 300  # pieces in which the kernel hands over what was sent
PIECE = 256  # bytes that are parsed between two looks at the counts: at most 42 frames
LINGER_BYTES = 256 * 1024  # that are dropped unread while a client takes its close frame
CONTROL = frozenset({Opcode.PING, Opcode.PONG, Opcode.CLOSE})


class Chatter:
    """Counts what one client says. The counts begin anew every ten seconds."""

    __slots__ = ("_control", "_frames", "_reads", "_until", "dropped", "over")

    def __init__(self) -> None:
        self._until = 0.0
        self._control = self._frames = self._reads = 0
        self.over = False  # it said too much; it does not come back
        self.dropped = 0  # bytes, since then

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """One read, in pieces to parse, until the client has said too much."""
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
        """Counts what was parsed of a piece."""
        for frame in frames:
            if isinstance(frame, SocketFrame):
                self._frames += 1
                self._control += frame.opcode in CONTROL
        self.over = self.over or self._frames > FRAMES or self._control > CONTROL_FRAMES

    def drop(self, data: bytes) -> bool:
        """Drops what comes after the good-bye; whether reading should go on."""
        self.dropped += len(data)
        return self.dropped <= LINGER_BYTES
