"""Whether hubs and search engines have been told of a takedown, in words for its report."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import structlog

from liveblog.errors import LiveblogError
from liveblog.models.content import Story
from liveblog.models.integrations import Webhook
from liveblog.store import Store

SECONDS = 4.0  # a receiver that was not told within this time is reported so
PAUSE = 0.1
COPIES = {
    "websub": "copies at the WebSub hub {host} and with those who follow it there",
    "indexnow": "copies at search engines that {host} tells (IndexNow)",
}
TOLD = {True: "it has been told", False: "it has not been told yet, and will be"}

log = structlog.get_logger()


async def announced(store: Store, story: Story, seq: int) -> tuple[str, ...]:
    """One sentence for each hub and search engine. Waits at most 4 s until all are told of the event."""
    end = time.monotonic() + SECONDS
    try:
        while True:
            told = await store.webhooks.told(story.id, seq)
            if all(done for _, done in told) or time.monotonic() >= end:
                return tuple(_sentence(receiver, done) for receiver, done in told)
            await asyncio.sleep(PAUSE)
    except LiveblogError as error:
        log.warning("hubs of a takedown not known", story=story.slug, reason=str(error))
        return ()


def _sentence(receiver: Webhook, told: bool) -> str:
    host = urlsplit(receiver.url).netloc
    return f"{COPIES[receiver.kind].format(host=host)}: {TOLD[told]}"
