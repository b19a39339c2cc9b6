"""What the bus carries, and what it needs of Redis, in whichever form that is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """A message on a channel."""

    channel: str
    data: bytes


class Subscribed(NamedTuple):
    """Redis confirmed the subscription: messages on the channel arrive from now on."""

    channel: str


class Subscription(Protocol):
    """Channels that this process hears, by their names in Redis.

    After an exception (redis-py's, or `OSError`) it is of no more use: close it, and make another.
    """

    async def add(self, *channels: str) -> None:
        """Subscribe to more channels."""

    async def remove(self, channel: str) -> None:
        """Unsubscribe from a channel."""

    async def next(self) -> Message | Subscribed:
        """Wait for the next message or confirmation."""

    async def close(self) -> None:
        """Never raises."""


class Connections(Protocol):
    """Commands and subscriptions. Names of channels and keys are those in Redis."""

    pause: float  # seconds without another try after a failed publish

    def channel(self, prefix: str, name: str) -> str:
        """A channel's name in Redis."""

    def name(self, prefix: str, channel: str) -> str:
        """The reverse of `channel()`."""

    def key(self, prefix: str, name: str) -> str:
        """A key's name in Redis. All keys can be used in one script."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish messages. Raises redis-py's exceptions, or `OSError`, if one of them was not published."""

    async def evaluate(self, script: str, keys: Sequence[str], args: Sequence[int]) -> int:
        """The result of a Lua script. Raises as `publish()`."""

    def subscription(self) -> Subscription:
        """A new one, of no channels."""

    async def close(self) -> None:
        """Never raises."""
