"""The newsroom's tools, handed to every verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from liveblog.content.providers import Providers
from liveblog.content.templates import Templates
from liveblog.models.content import Event, Reached, Story
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom.decoder import Decoder
from liveblog.newsroom.link_cards import CardFetcher
from liveblog.process.pool import Pool
from liveblog.store import Files, RevisionMade, Store

Announce = Callable[[Story, Sequence[Event]], Awaitable[None]]
Tell = Callable[[Story, Sequence[RevisionMade]], Awaitable[None]]
SessionsEnded = Callable[[Sequence[str]], Awaitable[None]]


Acknowledged = Callable[[Story, int], Awaitable[tuple[tuple[Reached, ...], tuple[str, ...]]]]


async def nobody(story: Story, seq: int) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
    """No acknowledgements: no server runs that could be asked."""
    del story, seq
    return (), ()


def now() -> datetime:
    return datetime.now(UTC)


async def untold(story: Story, kept: Sequence[RevisionMade]) -> None:
    """Where there are no desks."""


async def told_nobody(_: Sequence[str]) -> None:
    """Where there is nobody to tell of sessions."""


@dataclass(frozen=True)
class Newsroom:
    """`announce` is told of events after they are committed, `tell` of all that was done, also of what
    readers never hear of, `sessions_ended` of sessions that are over, by their public ids, so that their
    sockets close. None of them may raise or wait long: what they cannot tell, readers get from the
    log, and desks from their lists. `files` keeps what media are made of. `cards` knows
    whose links become cards; without it, none do.
    `decoder` decodes pictures, `pool` does what takes long. `acknowledged` tells which server processes have
    an event of a story, and which did not answer."""

    store: Store
    templates: Templates
    announce: Announce
    files: Files
    cards: CardFetcher = field(
        default_factory=lambda: CardFetcher(Providers(on=False), SafeFetcher())
    )
    decoder: Decoder = field(default_factory=Decoder)
    pool: Pool = field(default_factory=Pool)
    acknowledged: Acknowledged = nobody
    tell: Tell = untold
    clock: Callable[[], datetime] = now
    sessions_ended: SessionsEnded = told_nobody
