"""The newsroom's tools, handed to every verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from liveblog.content.templates import Templates
from liveblog.models import Event, Reached, Story
from liveblog.store import Store

Announce = Callable[[Story, Sequence[Event]], Awaitable[None]]


CallRoll = Callable[[Story, int], Awaitable[tuple[tuple[Reached, ...], tuple[str, ...]]]]


async def nobody(story: Story, seq: int) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
    """The roll where no server runs that could be asked."""
    del story, seq
    return (), ()


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Newsroom:
    """`announce` is told of events after they are committed; it must neither raise nor wait long:
    what it cannot tell, readers get from the log. `call_roll` tells which server processes have an event
    of a story, and which did not answer."""

    store: Store
    templates: Templates
    announce: Announce
    call_roll: CallRoll = nobody
    clock: Callable[[], datetime] = now
