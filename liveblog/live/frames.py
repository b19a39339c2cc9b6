"""The frames and close codes of the live socket. Text frames of JSON, server to client."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Self

from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode

from liveblog.content.event_payload import scrubbed
from liveblog.models.content import Event


class Close(IntEnum):
    """Close codes (RFC 6455, 7.4): the bands 4000-4499 mean reconnect, 4500-4999 do not."""

    CHATTER = 1008
    TOO_BIG = 1009
    GOING_AWAY = 1012
    AGAIN = 4000
    RESET = 4001


LONGEST_MESSAGE = 4096  # bytes that a reader may say at once before it is cut off
STALL_SECONDS = 10.0  # for which a socket may take nothing
CLOSE_SECONDS = 2.0  # in which a client answers a close frame, or is aborted


def encode(text: str) -> bytes:
    """A whole text frame (RFC 6455, 5.2). A server masks nothing, so all readers get the same bytes."""
    return SocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Frame:
    """An event as every reader receives it; text and bytes are built once. `at` is a Unix time."""

    __slots__ = ("at", "data", "entry_id", "purged", "seq", "text")

    def __init__(
        self, seq: int, entry_id: str | None, text: str, *, purged: bool = False, at: float = 0.0
    ) -> None:
        self.seq = seq
        self.entry_id = entry_id
        self.purged = purged
        self.text = text
        self.at = at
        self.data = encode(text)

    @classmethod
    def of(cls, text: str) -> Self:
        event = json.loads(text)
        return cls(
            event["seq"],
            event["id"],
            text,
            purged=bool(event.get("purged")),
            at=datetime.fromisoformat(event["at"]).timestamp(),
        )

    def without_text(self) -> Frame:
        return Frame(self.seq, self.entry_id, scrubbed(self.text), purged=True, at=self.at)


def hello(epoch: str, head: int) -> str:
    return _compact({"type": "hello", "epoch": epoch, "head": head, "at": _now()})


def heartbeat(head: int, readers: int) -> str:
    return _compact({"type": "head", "head": head, "readers": readers, "at": _now()})


def _now() -> str:
    """By our clock, to the second: a reader's may be wrong."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _compact(frame: dict[str, str | int]) -> str:
    return json.dumps(frame, separators=(",", ":"))


def reset(reason: str) -> str:
    return json.dumps({"type": "reset", "reason": reason}, separators=(",", ":"))


def announcement(epoch: str, events: Sequence[Event]) -> bytes:
    """What goes through Redis: the epoch, then each event of one transaction, a line each."""
    return "\n".join([epoch, *(event.payload for event in events)]).encode()


def read_announcement(data: bytes) -> tuple[str, list[Frame]]:
    """Raises `ValueError` for anything that is no announcement."""
    try:
        epoch, *texts = data.decode().split("\n")
        return epoch, [Frame.of(text) for text in texts]
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an announcement: {error}") from None
