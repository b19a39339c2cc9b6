"""Publishes scheduled entries when they are due, and shows withheld places when those are due.

Every process runs it. The lock of the story lets one process win.
"""

from __future__ import annotations

from typing import NoReturn

import structlog

from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.edit import publish_due
from liveblog.newsroom.entries.reveal_place import reveal_place
from liveblog.process.periodic import every

INTERVAL = 1.0  # seconds

log = structlog.get_logger()


async def run(newsroom: Newsroom) -> NoReturn:
    """Looks once a second, for ever. A failure does not delay other entries."""

    async def publish_what_is_due() -> None:
        for slug, entry_id in await newsroom.store.log.due(newsroom.clock()):
            try:
                await publish_due(newsroom, slug, entry_id)
            except Exception:
                log.exception("scheduled publication failed", story=slug, entry=entry_id)
        for slug, entry_id in await newsroom.store.protections.due(newsroom.clock()):
            try:
                await reveal_place(newsroom, slug, entry_id)
            except Exception:
                log.exception("showing a withheld place failed", story=slug, entry=entry_id)

    await every(INTERVAL, publish_what_is_due)
