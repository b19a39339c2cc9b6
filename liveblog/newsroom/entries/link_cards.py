"""Cards that come after their links: publishing waits for nobody outside.

An entry goes out with its links; a card that is not here yet follows by an event of its own. What is to be
fetched stands in the database, so that it is fetched whoever published, and after a restart too: every
process looks for it, and one takes it.
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
from liveblog.newsroom.commit import Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.forms import EmbedForm
from liveblog.newsroom.link_cards import AT_ONCE, cards_of
from liveblog.newsroom.permissions import Right, require
from liveblog.newsroom.safety import enforce
from liveblog.process.periodic import each
from liveblog.store import EMBEDDED

INTERVAL = 1.0
LEASE = timedelta(seconds=60)  # after which another process takes what this one did not finish
PICTURES = 2  # addresses of pictures that are tried for a card
AGAIN = (timedelta(seconds=20), timedelta(minutes=3))

log = structlog.get_logger()


async def ask(newsroom: Newsroom, actor: User, form: EmbedForm) -> Embed:
    """The card of a link before it is published. Raises `Forbidden`, `Invalid`, `NotFetched`."""
    require(actor, Right.WRITE)
    link = newsroom.cards.providers.link(form.url)
    if link is None:
        names = ", ".join(newsroom.cards.providers.names) or "none; LIVEBLOG_EMBEDS is off"
        raise Invalid({"url": f"is no link that becomes a card; accepted: those of {names}"})
    at = newsroom.clock()
    held = await newsroom.store.link_cards.get(link.url, at)
    if held is None:
        held = await _made(newsroom, link, at)
        if link.asked:
            await newsroom.store.link_cards.put(held, at)
    return held


async def embed(newsroom: Newsroom, slug: str, entry_id: str) -> Outcome | None:
    """Gives an entry the cards of its links that have come since; None where it lacks none of them.

    No edit: readers get the cards by an event, and nothing is marked.
    """
    # Before the story is locked: odd Markdown takes its time.
    _, before = await newsroom.store.stories.entry(slug, entry_id)
    links = newsroom.cards.links(await texts.links(newsroom, texts.CARDS, before.body))
    async with opened(newsroom, None, slug, entry_id) as change:
        entry = change.before
        # Another text was saved meanwhile, with the cards that are here.
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


async def run(newsroom: Newsroom) -> NoReturn:
    """Looks once a second, for ever. One that takes its time keeps none of the others waiting."""

    async def due(limit: int) -> list[str]:
        return await newsroom.store.link_cards.due(newsroom.clock(), limit)

    async def settle(url: str) -> None:
        await _settle(newsroom, url)

    await each(INTERVAL, AT_ONCE, due, settle)


async def _settle(newsroom: Newsroom, url: str) -> None:
    """Fetches what a link leads to and gives the card to the entries that wait for it."""
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
        log.warning("a card has to wait", reason=str(error))
    except Exception:
        log.exception("a card could not be made")


async def _fetched(newsroom: Newsroom, url: str) -> bool:
    """Whether there is a card now. Where there never will be, another attempt finds out the same."""
    link = newsroom.cards.providers.link(url)
    if link is None:  # it was one by an earlier list
        return False
    try:
        at = newsroom.clock()
        made = await _made(newsroom, link, at)
    except NotFetched as error:
        log.info(
            "no card",
            provider=link.provider.name,
            reason=str(error),
            unsafe=isinstance(error, Unsafe),
        )
        return False
    if not await newsroom.store.link_cards.keep(made, at) and made.picture:
        await media.discard(newsroom, made.picture)
    return True


async def _made(newsroom: Newsroom, link: Link, at: datetime) -> Embed:
    """The card of a link, with its picture where that can be had. Raises `NotFetched`."""
    told = await newsroom.cards.fetch(link, at)
    for url in told.pictures[:PICTURES]:
        if picture := await _picture(newsroom, link, url):
            return told.card.model_copy(update={"picture": picture})
    return told.card


async def _picture(newsroom: Newsroom, link: Link, url: str) -> Medium | None:
    """Whatever is wrong with a picture, its card is not lost for it."""
    try:
        content = await newsroom.cards.fetch_picture(link, url)
        return await media.keep_for_card(newsroom, io.BytesIO(content))
    except LiveblogError as error:
        unsafe = isinstance(error, Unsafe)
        log.info("no picture", provider=link.provider.name, reason=str(error), unsafe=unsafe)
    except Exception:
        log.exception("a picture could not be made anew")
    return None
