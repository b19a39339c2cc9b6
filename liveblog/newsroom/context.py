"""The newsroom's tools, which every verb gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from liveblog.content.providers import Providers
from liveblog.content.templates import Templates
from liveblog.models.content import Event, Story
from liveblog.models.revisions import Confirmed
from liveblog.models.site import Site, SiteChoices
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.newsroom.decoder import Decoder
from liveblog.newsroom.link_cards import CardFetcher
from liveblog.process.pool import Pool
from liveblog.store import Files, RevisionMade, Store

Announce = Callable[[Story, Sequence[Event], Sequence[RevisionMade]], Awaitable[None]]
SessionsEnded = Callable[[Sequence[str]], Awaitable[None]]


Acknowledged = Callable[[Story, int], Awaitable[Confirmed]]


async def nobody(story: Story, seq: int) -> Confirmed:
    """The answer if no server runs: no process has the event, and none is silent."""
    del story, seq
    return Confirmed()


def now() -> datetime:
    return datetime.now(UTC)


async def told_nobody(_: Sequence[str]) -> None:
    """Does nothing: there are no sockets of sessions."""


Announced = Callable[[Story, int], Awaitable[tuple[str, ...]]]


async def nobody_else(story: Story, seq: int) -> tuple[str, ...]:
    """The answer if no hub or search engine is told."""
    del story, seq
    return ()


@dataclass(frozen=True)
class Newsroom:
    """The tools that every verb gets.

    `announce` gets the events of a transaction after its commit, for readers, and all revisions that
    were made, for desks, also those that readers never see. `sessions_ended` gets the public ids of
    sessions that have ended, so that their sockets close. Neither may raise or wait long. If one fails,
    readers get the events from the log, and desks get the revisions from their lists.

    `files` stores the files of media. `cards` knows which links become cards; the default knows
    none. `decoder` decodes pictures, `pool` does expensive work. `acknowledged` returns the server
    processes that have an event of a story, the names of those that did not answer, and the sites that keep copies. `announced`
    returns sentences about the hubs and search engines that are told of events: whether they have
    been told of this one.

    `site` says what the site is called, and what holds for new stories and updates.

    `ask_after` is how long a live story may be silent until the desk is asked whether it has ended, `end_after` how long
    the question stands until the story ends. None means never.
    """

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
    clock: Callable[[], datetime] = now
    sessions_ended: SessionsEnded = told_nobody
    announced: Announced = nobody_else
    site: Site = field(default_factory=Site)
    ask_after: timedelta | None = None
    end_after: timedelta | None = None

    def take_choices(self, chosen: SiteChoices | None) -> None:
        """Uses what the first admin chose for the site, in this process. Cached pages stay as they are."""
        self.site.take(chosen)
        self.templates.rename_site(self.site.name)

    async def read_choices(self) -> None:
        """Reads from the database what the first admin chose, and uses it. Raises `Unavailable`."""
        self.take_choices(await self.store.first_run.choices())
