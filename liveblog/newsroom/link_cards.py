"""Link cards: which links of a text become cards, and how a card is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from liveblog.content import pictures
from liveblog.content.cards import Told, card, told
from liveblog.content.providers import Link, Providers
from liveblog.errors import NotFetched
from liveblog.models.content import Embed, Entry
from liveblog.net.safe_fetch import SafeFetcher
from liveblog.store import StoryTransaction

AT_ONCE = 8  # cards that are fetched
SECONDS = 8.0  # for a request
MOST = 10  # cards of an entry
OEMBED = ("application/json", "application/json+oembed", "text/json")
PAGE = ("text/html", "application/xhtml+xml")
PAGE_BYTES = 2 * 1024 * 1024
PICTURE = tuple(" ".join(pictures.NAMES.values()).split())
PICTURE_BYTES = 8 * 1024 * 1024


class CardFetcher:
    """Finds the links that become cards, and asks their providers, each only at its own hosts."""

    def __init__(self, providers: Providers, fetcher: SafeFetcher) -> None:
        self.providers = providers
        self._fetcher = fetcher
        self._turns = asyncio.Semaphore(AT_ONCE)

    def links(self, addresses: Iterable[str]) -> list[Link]:
        """Returns the links that become cards, at most 10. `addresses` stand alone in a text."""
        found = (self.providers.link(url) for url in addresses)
        return list({link.url: link for link in found if link}.values())[:MOST]

    def spelt(self, url: str) -> str:
        """Returns the address of a card in the spelling that today's list of providers gives its link."""
        return self.providers.spelt(url)

    async def fetch(self, link: Link, at: datetime) -> Told:
        """Asks the provider of a link for its card. A request takes at most 8 seconds.

        Raises `NotFetched`.
        """
        if not link.asked:
            return told(link, None)
        oembed = page = b""
        async with self._turns:
            hosts = link.provider.hosts.__contains__
            if link.question:
                oembed = await self._get(link, link.question, hosts, OEMBED, PAGE_BYTES)
            if link.provider.page:
                try:
                    page = await self._get(link, link.url, hosts, PAGE, PAGE_BYTES)
                except NotFetched:
                    if not oembed:
                        raise
        try:
            # In a thread, because a page has up to 2 MiB and may be slow to parse.
            found = await asyncio.to_thread(told, link, at, oembed, page)
        except ValueError:
            raise NotFetched(f"{link.provider.name} sent invalid oEmbed") from None
        if not (found.card.title or found.card.text or found.card.author):
            raise NotFetched(f"{link.provider.name} gave no title, text or author")
        return found

    async def fetch_picture(self, link: Link, url: str) -> bytes:
        """Downloads a file that may be the picture of a link, at most 8 MiB. Raises `NotFetched`."""
        async with self._turns:
            return await self._get(link, url, link.provider.has_pictures_at, PICTURE, PICTURE_BYTES)

    async def _get(
        self, link: Link, url: str, allow: Callable[[str], bool], types: tuple[str, ...], most: int
    ) -> bytes:
        answer = await self._fetcher.fetch(
            url, allow=allow, types=types, most=most, seconds=SECONDS
        )
        if answer.status != 200:
            raise NotFetched(f"{link.provider.name} answers {answer.status}")
        return answer.body


async def cards_of(
    cards: CardFetcher,
    tx: StoryTransaction,
    body: str,
    links: list[Link],
    before: tuple[Embed, ...],
    at: datetime,
) -> tuple[Embed, ...]:
    """Returns those cards of an entry's links that are available now.

    The cards that the entry has already (`before`) stay as they are. They are evidence, so they
    stay even if the newsroom has removed their provider from the list.
    """
    had = {cards.spelt(one.url): one for one in before}
    held = await tx.cards.fresh(
        [link.url for link in links if link.asked and link.url not in had], at
    )
    held = dict(zip(held, await with_pictures(tx, tuple(held.values())), strict=True))
    made = {link.url: card(link, None) for link in links if not link.asked}
    found = made | held | had
    unlisted = [url for url in had if url in body and cards.providers.link(url) is None]
    return tuple(found[url] for url in [*(link.url for link in links), *unlisted] if url in found)


async def want_cards(
    cards: CardFetcher, tx: StoryTransaction, entry: Entry, links: list[Link], at: datetime
) -> None:
    """Notes the links of an entry, and requests the cards that it does not have yet."""
    has = {cards.spelt(one.url) for one in entry.embeds}
    urls = [link.url for link in links]
    await tx.cards.want(entry, urls, [url for url in urls if url not in has], at)


async def with_pictures(tx: StoryTransaction, cards: tuple[Embed, ...]) -> tuple[Embed, ...]:
    """Returns the cards, without pictures that were purged.

    The other pictures cannot be deleted before the transaction ends.
    """
    wanted = [one.picture.id for one in cards if one.picture]
    there = await tx.media.lock(wanted) if wanted else {}
    return tuple(
        one.model_copy(update={"picture": None})
        if one.picture and one.picture.id not in there
        else one
        for one in cards
    )
