"""Tells search engines by IndexNow which pages have changed: after publications, corrections and takedowns.

The protocol (indexnow.org, 2021) takes up to 10,000 addresses in a request. The key is served at `/{key}.txt`, which
proves that the site is ours.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from liveblog.models.integrations import Webhook
from liveblog.store import Store, Waiting
from liveblog.webhooks.delivery import Sent, now
from liveblog.webhooks.receivers import Receivers

MOST_EVENTS = 9_000  # told at once; each has one page at most, and the story has another
JSON = {"Content-Type": "application/json; charset=utf-8"}


class IndexNowSender:
    """Names the pages of a story and of its entries that the waiting events changed.

    `base_url` is the site's public address.
    """

    def __init__(self, store: Store, receivers: Receivers, key: str, base_url: str) -> None:
        self._store = store
        self._receivers = receivers
        self._key = key
        self._base_url = base_url

    async def __call__(self, engine: Webhook, waiting: Waiting) -> Sent:
        """Tell the search engine. Raises `NotFetched`."""
        change = await self._store.webhooks.change(
            engine, waiting.story_id, waiting.seq, MOST_EVENTS, now()
        )
        page = f"{self._base_url}/stories/{waiting.story}"
        told = {
            "host": urlsplit(self._base_url).netloc,
            "key": self._key,
            "keyLocation": f"{self._base_url}/{self._key}.txt",
            "urlList": [page, *(f"{page}/entries/{entry}" for entry in change.entries)],
        }
        body = json.dumps(told).encode()
        return Sent(await self._receivers.post(engine.url, body, JSON), change.last)
