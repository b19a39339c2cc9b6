"""What a webhook is told: one event, with the public state of story and entry at the moment of sending."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from liveblog.content.templates import iso
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.models.integrations import Webhook
from liveblog.net.signatures import HEADER, derived, signature
from liveblog.store import Store, Waiting
from liveblog.webhooks.delivery import Sent
from liveblog.webhooks.receivers import Receivers

STORY = {"slug", "title", "summary", "status", "category", "topics", "place", "language"}
STORY |= {"coverage_start", "coverage_end", "paused_until", "updated_at"}

Public = Callable[[Story, Entry], dict[str, Any]]


def secret(secret_key: str, webhook: Webhook) -> str:
    """The secret that signs a webhook's requests. It is shown once, and never stored."""
    return derived(secret_key, "hook", webhook.salt)


class EventSender:
    """Sends events one by one.

    `public` returns the public JSON of an entry. `base_url` is the site's public address.
    """

    def __init__(
        self, store: Store, receivers: Receivers, public: Public, secret_key: str, base_url: str
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._public = public
        self._secret_key = secret_key
        self._base_url = base_url

    async def __call__(self, webhook: Webhook, waiting: Waiting) -> Sent:
        """Send the event. Raises `NotFetched`."""
        body = await self._body(waiting)
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(secret(self._secret_key, webhook), body, int(time.time())),
        }
        return Sent(await self._receivers.post(webhook.url, body, headers), waiting.seq)

    async def _body(self, waiting: Waiting) -> bytes:
        """The JSON to send: the public state of story and entry at this moment, with absolute addresses."""
        entry = None
        if waiting.entry_id is None:
            story = await self._store.stories.get(waiting.story)
        else:
            story, found = await self._store.stories.entry(waiting.story, waiting.entry_id)
            if found.status is EntryStatus.PUBLISHED:
                entry = self._public(story, found)
        about = story.model_dump(mode="json", include=STORY)
        content = {
            "id": f"{story.epoch}-{waiting.seq}",
            "type": waiting.kind.value,
            "seq": waiting.seq,
            "epoch": story.epoch,
            "at": iso(waiting.at),
            "story": about | {"url": f"{self._base_url}/stories/{story.slug}"},
            "entry_id": waiting.entry_id,
            "entry": entry,
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
