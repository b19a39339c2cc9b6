"""Publishes scheduled entries when their hour has come. Every process runs it; the log lets one win."""

from __future__ import annotations

from typing import NoReturn

from liveblog.newsroom.entries import publish_due
from liveblog.newsroom.room import Newsroom
from liveblog.rounds import every

INTERVAL = 1.0


async def run(room: Newsroom) -> NoReturn:
    """Looks once a second, for ever."""

    async def publish_what_is_due() -> None:
        for slug, entry_id in await room.store.log.due(room.clock()):
            await publish_due(room, slug, entry_id)

    await every(INTERVAL, publish_what_is_due)
