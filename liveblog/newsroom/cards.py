"""Which links of a text become cards, and what a card is made of."""

from __future__ import annotations

import asyncio
from datetime import datetime

from liveblog.content.cards import card
from liveblog.content.markdown import lone_links
from liveblog.content.providers import Link, Providers
from liveblog.errors import NotFetched
from liveblog.models import Embed
from liveblog.outgoing import Outgoing
from liveblog.store import StoryTransaction

AT_ONCE = 8
SECONDS = 8.0
MOST = 10
OEMBED = ("application/json", "application/json+oembed", "text/json")
PAGE = ("text/html", "application/xhtml+xml")
PAGE_BYTES = 2 * 1024 * 1024


class Cards:
    """Knows the providers, and asks them: each only at its own hosts."""

    def __init__(self, providers: Providers, outgoing: Outgoing) -> None:
        self.providers = providers
        self._outgoing = outgoing
        self._turns = asyncio.Semaphore(AT_ONCE)

    def links(self, body: str) -> list[Link]:
        """The links that stand alone in a text and become cards, at most 10. Not on the event loop:
        odd Markdown takes its time."""
        if "http" not in body:
            return []
        found = (self.providers.link(url) for url in lone_links(body))
        return list({link.url: link for link in found if link}.values())[:MOST]

    async def fetch(self, link: Link, at: datetime) -> Embed:
        """The card of a link, of what its provider says now. Raises `NotFetched`."""
        if not link.asked:
            return card(link, None)
        oembed = page = b""
        async with self._turns:
            if link.question:
                oembed = await self._get(link, link.question, OEMBED)
            if link.provider.page:
                try:
                    page = await self._get(link, link.url, PAGE)
                except NotFetched:
                    if not oembed:
                        raise
        try:
            made = card(link, at, oembed, page)
        except ValueError:
            raise NotFetched(f"{link.provider.name} sends what is no oEmbed") from None
        if not (made.title or made.text or made.author):
            raise NotFetched(f"{link.provider.name} says nothing of it")
        return made

    async def _get(self, link: Link, url: str, types: tuple[str, ...]) -> bytes:
        answer = await self._outgoing.fetch(
            url,
            allow=link.provider.hosts.__contains__,
            types=types,
            most=PAGE_BYTES,
            seconds=SECONDS,
        )
        if answer.status != 200:
            raise NotFetched(f"{link.provider.name} answers {answer.status}")
        return answer.body


async def cards_of(
    story: StoryTransaction, links: list[Link], before: tuple[Embed, ...], at: datetime
) -> tuple[Embed, ...]:
    """The cards of an entry's links, as far as they are here: those it has already stay as they are."""
    had = {one.url: one for one in before}
    held = await story.cards([link.url for link in links if link.asked and link.url not in had], at)
    made = {link.url: card(link, None) for link in links if not link.asked}
    found = made | held | had
    return tuple(found[link.url] for link in links if link.url in found)
