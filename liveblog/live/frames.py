"""The frames and close codes of the live socket: JSON in text frames, from server to client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Self

from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode

from liveblog.content.event_payload import scrubbed, without_brief
from liveblog.live.deflate import deflated
from liveblog.models.content import Event


class Close(IntEnum):
    """Close codes (RFC 6455, 7.4). After 4000 to 4499 a client reconnects, after 4500 to 4999 it does not."""

    CHATTER = 1008
    TOO_BIG = 1009
    GOING_AWAY = 1012
    AGAIN = 4000
    RESET = 4001


LONGEST_MESSAGE = 4096  # bytes of one message from a reader; a longer one ends the connection
STALL_SECONDS = 10.0  # after which a socket that takes no data is aborted
CLOSE_SECONDS = 2.0  # after which a client that does not answer a close frame is aborted


def encode(text: str) -> bytes:
    """A whole text frame (RFC 6455, 5.2). A server does not mask, so all readers get the same bytes."""
    return SocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Frame:
    """An event as every reader receives it. Text and bytes are built once. `at` is a Unix time in seconds."""

    __slots__ = ("_packed", "at", "data", "entry_id", "purged", "seq", "text")

    def __init__(
        self, seq: int, entry_id: str | None, text: str, *, purged: bool = False, at: float = 0.0
    ) -> None:
        self.seq = seq
        self.entry_id = entry_id
        self.purged = purged
        self.text = text
        self.at = at
        self.data = encode(text)
        self._packed: bytes | None = None

    @property
    def packed(self) -> bytes:
        """The frame for readers who take compression. It is made when the first of them gets it."""
        if self._packed is None:
            self._packed = deflated(self.text.encode(), self.data)
        return self._packed

    @property
    def made(self) -> bytes:
        """The compressed frame if it was made, otherwise the plain one: to catch up takes no time for compression."""
        return self._packed or self.data

    @classmethod
    def of(cls, text: str) -> Self:
        """The frame of an event's JSON. Raises `ValueError`, `KeyError` or `TypeError` for other texts."""
        event = json.loads(text)
        return cls(
            event["seq"],
            event["id"],
            text,
            purged=bool(event.get("purged")),
            at=datetime.fromisoformat(event["at"]).timestamp(),
        )

    def without_text(self) -> Frame:
        """The same event after a purge of its entry."""
        return Frame(self.seq, self.entry_id, scrubbed(self.text), purged=True, at=self.at)

    def without_brief(self, entry_id: str) -> Frame:
        """The same event after a purge of another entry, which may stand in its Brief."""
        text = without_brief(self.text, entry_id)
        if text is None:
            return self
        return Frame(self.seq, self.entry_id, text, purged=self.purged, at=self.at)


async def pack(frames: Sequence[Frame]) -> None:
    """Compress frames for those who catch up with them, in a thread, because there may be many."""
    plain = [frame for frame in frames if frame.made is frame.data]
    if plain:
        await asyncio.to_thread(lambda: [frame.packed for frame in plain])


def hello(epoch: str, head: int) -> str:
    """The first frame: the feed's epoch and newest sequence number."""
    return _compact({"type": "hello", "epoch": epoch, "head": head, "at": _now()})


def heartbeat(head: int, readers: int) -> str:
    """The heartbeat: the newest sequence number, and the number of the story's readers."""
    return _compact({"type": "head", "head": head, "readers": readers, "at": _now()})


def _now() -> str:
    """The server's time to the second, because a reader's clock may be wrong."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _compact(frame: dict[str, str | int]) -> str:
    return json.dumps(frame, separators=(",", ":"))


def reset(reason: str) -> str:
    """The frame that tells a client to load the page again."""
    return json.dumps({"type": "reset", "reason": reason}, separators=(",", ":"))


def announcement(epoch: str, events: Sequence[Event]) -> bytes:
    """The Redis message about a transaction: a line with the epoch, then one line for each event."""
    return "\n".join([epoch, *(event.payload for event in events)]).encode()


def read_announcement(data: bytes) -> tuple[str, list[Frame]]:
    """The epoch and the frames of an announcement. Raises `ValueError` for any other data."""
    try:
        epoch, *texts = data.decode().split("\n")
        return epoch, [Frame.of(text) for text in texts]
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an announcement: {error}") from None
