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
from liveblog.store import Store
from liveblog.webhooks.websub import HubSender

SECONDS = 4.0  # a receiver that was not told within this time is reported so
PAUSE = 0.1
COPIES = {
    "websub": "copies at the WebSub hub {host} and with those who follow it there",
    "indexnow": "copies at search engines that {host} tells (IndexNow)",
}
TOLD = {True: "it has been told", False: "it has not been told yet, and will be"}

log = structlog.get_logger()


async def announced(store: Store, hubs: HubSender, story: Story, seq: int) -> tuple[str, ...]:
    """One sentence for each hub and search engine. Waits at most 4 s until all are told of the removal.

    Hubs are told here at once, so that a takedown waits behind no other event; search engines in their turn.
    """
    end = time.monotonic() + SECONDS
    try:
        at_once = await _tell(hubs, await store.webhooks.told(story.id, seq), story, seq)
        while True:
            told = [
                (receiver, done or receiver.id in at_once)
                for receiver, done in await store.webhooks.told(story.id, seq)
            ]
            if all(done for _, done in told) or time.monotonic() >= end:
                return tuple(_sentence(receiver, done) for receiver, done in told)
            await asyncio.sleep(PAUSE)
    except LiveblogError as error:
        log.warning("hubs of a takedown not known", story=story.slug, reason=str(error))
        return ()


async def _tell(
    hubs: HubSender, told: Sequence[tuple[Webhook, bool]], story: Story, seq: int
) -> set[int]:
    """Tell the hubs that were not told yet. Returns the ids of those that took it."""
    waiting = [one for one, done in told if not done and one.kind == "websub"]
    took = await asyncio.gather(*(hubs.at_once(one, story, seq) for one in waiting))
    return {one.id for one, done in zip(waiting, took, strict=True) if done}


def _sentence(receiver: Webhook, told: bool) -> str:
    host = urlsplit(receiver.url).netloc
    return f"{COPIES[receiver.kind].format(host=host)}: {TOLD[told]}"
