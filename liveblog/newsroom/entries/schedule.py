"""Publishes scheduled entries when their hour has come, and shows withheld places when theirs has.

Every process runs it; the log lets one win.
"""

from __future__ import annotations

from typing import NoReturn

import structlog

from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries.edit import publish_due
from liveblog.newsroom.entries.reveal_place import reveal_place
from liveblog.process.periodic import every

INTERVAL = 1.0

log = structlog.get_logger()


async def run(newsroom: Newsroom) -> NoReturn:
    """Looks once a second, for ever. One that fails keeps none of the others waiting."""

    async def publish_what_is_due() -> None:
        for slug, entry_id in await newsroom.store.log.due(newsroom.clock()):
            try:
                await publish_due(newsroom, slug, entry_id)
            except Exception:
                log.exception("could not be published when due", story=slug, entry=entry_id)
        for slug, entry_id in await newsroom.store.protections.due(newsroom.clock()):
            try:
                await reveal_place(newsroom, slug, entry_id)
            except Exception:
                log.exception("a place could not be shown when due", story=slug, entry=entry_id)

    await every(INTERVAL, publish_what_is_due)
