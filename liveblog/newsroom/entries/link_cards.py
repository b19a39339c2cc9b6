"""Adds link cards to stored entries, so that publishing waits for no other server.

An entry is published with its links. A card that is not available then follows by an event of its
own. The cards to fetch are listed in the database, so a restart loses none. Every process reads the
list, and one process takes each card.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from liveblog.content.providers import Link
from liveblog.errors import Invalid, LiveblogError, NotFetched, Unsafe
from liveblog.models.content import Embed, EntryStatus, Medium
from liveblog.models.members import User
from liveblog.newsroom import media, texts
from liveblog.newsroom.agenda import Agenda
from liveblog.newsroom.commit import Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import EmbedForm
from liveblog.newsroom.link_cards import AT_ONCE, cards_of
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.safety import enforce
from liveblog.process.periodic import each
from liveblog.store import EMBEDDED, Due

INTERVAL = 1.0  # seconds
LEASE = timedelta(seconds=60)  # then another process takes an unfinished card
PICTURES = 2  # addresses that are tried for the picture of a card
AGAIN = (timedelta(seconds=20), timedelta(minutes=3))  # the waits before another try

log = structlog.get_logger()


async def ask(newsroom: Newsroom, actor: User, form: EmbedForm) -> Embed:
    """Returns the card of a link before it is published.

    Raises `Forbidden`, `Invalid` for a link that becomes no card, and `NotFetched`.
    """
    require(actor, Right.WRITE)
    link = newsroom.cards.providers.link(form.url)
    if link is None:
        names = ", ".join(newsroom.cards.providers.names) or "none; LIVEBLOG_EMBEDS is off"
        raise Invalid({"url": f"does not become a card; accepted: links of {names}"})
    at = newsroom.clock()
    held = await newsroom.store.link_cards.get(link.url, at)
    if held is None:
        held = await _made(newsroom, link, at)
        if link.asked:
            await newsroom.store.link_cards.put(held, at)
    return held


async def embed(newsroom: Newsroom, slug: str, entry_id: str) -> Outcome | None:
    """Adds the cards that were fetched since to an entry. None if it lacks none of them.

    This is no edit: readers get the cards by an event, and the entry is not marked as updated.
    """
    # Before the story is locked, because some Markdown takes long to render.
    _, before = await newsroom.store.stories.entry(slug, entry_id)
    links = newsroom.cards.links(await texts.links(newsroom, texts.CARDS, before.body))
    async with opened(newsroom, None, slug, entry_id) as change:
        entry = change.before
        # Another text was saved meanwhile, with the cards that are available.
        if entry.body != before.body or entry.status is EntryStatus.REMOVED:
            return None
        cards = await cards_of(
            newsroom.cards, change.tx, entry.body, links, entry.embeds, change.at
        )
        if cards == entry.embeds:
            return None
        new = entry.model_copy(update={"embeds": cards})
        await change.commit(await enforce.on_link_cards(change.tx, entry, new), EMBEDDED)
    return change.outcome


async def run(newsroom: Newsroom, agenda: Agenda) -> NoReturn:
    """Fetches due cards once a second, for ever. A slow card does not delay the others."""

    async def due(limit: int) -> list[str]:
        if not await agenda.has(Due.CARDS):
            return []
        return await newsroom.store.link_cards.due(newsroom.clock(), limit)

    async def settle(url: str) -> None:
        await _settle(newsroom, url)

    await each(INTERVAL, AT_ONCE, due, settle)


async def _settle(newsroom: Newsroom, url: str) -> None:
    """Fetches the card of a link, and adds it to the entries that wait for it."""
    try:
        now = newsroom.clock()
        taken = await newsroom.store.link_cards.take(url, now, now + LEASE)
        if taken is None:
            return
        again = None
        if taken.card or await _fetched(newsroom, url):
            for slug, entry_id in await newsroom.store.link_cards.without(url):
                await embed(newsroom, slug, entry_id)
        elif taken.tries <= len(AGAIN):
            again = newsroom.clock() + AGAIN[taken.tries - 1]
        await newsroom.store.link_cards.put_off(url, again)
    except LiveblogError as error:
        log.warning("link card postponed", reason=str(error))
    except Exception:
        log.exception("link card failed")


async def _fetched(newsroom: Newsroom, url: str) -> bool:
    """Fetches and stores the card of a link. Returns whether there is a card now.

    A link that will never have a card fails in the same way, and is tried as often.
    """
    link = newsroom.cards.providers.link(url)
    if link is None:  # the provider was removed from the list
        return False
    try:
        at = newsroom.clock()
        made = await _made(newsroom, link, at)
    except NotFetched as error:
        log.info(
            "link card not fetched",
            provider=link.provider.name,
            reason=str(error),
            unsafe=isinstance(error, Unsafe),
        )
        return False
    if not await newsroom.store.link_cards.keep(made, at) and made.picture:
        await media.discard(newsroom, made.picture)
    return True


async def _made(newsroom: Newsroom, link: Link, at: datetime) -> Embed:
    """Fetches the card of a link, with its picture if possible. Raises `NotFetched`."""
    told = await newsroom.cards.fetch(link, at)
    for url in told.pictures[:PICTURES]:
        if picture := await _picture(newsroom, link, url):
            return told.card.model_copy(update={"picture": picture})
    return told.card


async def _picture(newsroom: Newsroom, link: Link, url: str) -> Medium | None:
    """Downloads the picture of a card. None if that fails: the card is kept without it."""
    try:
        content = await newsroom.cards.fetch_picture(link, url)
        return await media.keep_for_card(newsroom, io.BytesIO(content))
    except LiveblogError as error:
        unsafe = isinstance(error, Unsafe)
        log.info(
            "link card picture not fetched",
            provider=link.provider.name,
            reason=str(error),
            unsafe=unsafe,
        )
    except Exception:
        log.exception("link card picture failed")
    return None
