"""Whether hubs and search engines have been told of a takedown, in words for its report."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog

from liveblog.errors import LiveblogError
from liveblog.models.content import Story
from liveblog.models.integrations import Webhook
from liveblog.store import Store, Told
from liveblog.webhooks.websub import HubSender

SECONDS = 4.0  # a receiver that was not told within this time is reported so
PAUSE = 0.1
COPIES = {
    "websub": "copies at the WebSub hub {host} and with those who follow it there",
    "indexnow": "copies at search engines that {host} tells (IndexNow)",
}
TOLD = {
    Told.TOLD: "it has been told",
    Told.WAITING: "it has not been told yet, and will be",
    Told.REFUSED: "it refused to be told",
}
UNKNOWN = "it is not known whether it has been told"
NONE_KNOWN = (
    "copies at the WebSub hubs and the search engines that the settings name, if there are any: "
    "it is not known whether they have been told"
)

log = structlog.get_logger()


async def announced(store: Store, hubs: HubSender, story: Story, seq: int) -> tuple[str, ...]:
    """One sentence for each hub and search engine. Waits at most 4 s until all are told of the removal.

    Hubs are told here at once, so that a takedown waits behind no other event; search engines in their turn.
    """
    end = time.monotonic() + SECONDS
    states: list[tuple[Webhook, Told]] | None = None
    at_once: set[int] = set()
    waiting = TOLD[Told.WAITING]
    try:
        states = await store.webhooks.told(story.id, seq)
        at_once = await _tell(hubs, states, story, seq)
        while True:
            states = await store.webhooks.told(story.id, seq)
            open_ones = [
                one for one, told in states if told is Told.WAITING and one.id not in at_once
            ]
            if not open_ones or time.monotonic() >= end:
                break
            await asyncio.sleep(PAUSE)
    except LiveblogError as error:
        log.warning("hubs of a takedown not known", story=story.slug, reason=str(error))
        if states is None:
            return (NONE_KNOWN,)
        waiting = UNKNOWN
    words = TOLD | {Told.WAITING: waiting}
    return tuple(
        _sentence(one, words[Told.TOLD if one.id in at_once else told]) for one, told in states
    )


async def _tell(
    hubs: HubSender, states: Sequence[tuple[Webhook, Told]], story: Story, seq: int
) -> set[int]:
    """Tell the hubs that were not told yet. Returns the ids of those that took it."""
    waiting = [one for one, told in states if told is Told.WAITING and one.kind == "websub"]
    took = await asyncio.gather(*(hubs.at_once(one, story, seq) for one in waiting))
    return {one.id for one, done in zip(waiting, took, strict=True) if done}


def _sentence(receiver: Webhook, told: str) -> str:
    host = urlsplit(receiver.url).netloc
    return f"{COPIES[receiver.kind].format(host=host)}: {told}"
