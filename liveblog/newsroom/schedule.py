"""Publishes scheduled entries when their hour has come. Every process runs it; the log lets one win."""

from __future__ import annotations

from typing import NoReturn

import structlog

from liveblog.newsroom.entries import publish_due
from liveblog.newsroom.room import Newsroom
from liveblog.rounds import every

INTERVAL = 1.0

log = structlog.get_logger()


async def run(room: Newsroom) -> NoReturn:
    """Looks once a second, for ever. One that fails keeps none of the others waiting."""

    async def publish_what_is_due() -> None:
        for slug, entry_id in await room.store.log.due(room.clock()):
            try:
                await publish_due(room, slug, entry_id)
            except Exception:
                log.exception("could not be published when due", story=slug, entry=entry_id)

    await every(INTERVAL, publish_what_is_due)
