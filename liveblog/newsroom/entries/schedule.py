"""Publishes scheduled entries, shows withheld places, and starts, resumes and ends coverage, when they are due.

Every process runs it. The lock of the story lets one process win.
"""

from __future__ import annotations

from typing import NoReturn

import structlog

from liveblog.newsroom.agenda import Agenda
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.coverage import keep_time
from liveblog.newsroom.entries.edit import publish_due
from liveblog.newsroom.entries.reveal_place import reveal_place
from liveblog.process.periodic import every
from liveblog.store import Due

INTERVAL = 1.0  # seconds

log = structlog.get_logger()


async def run(newsroom: Newsroom, agenda: Agenda) -> NoReturn:
    """Looks once a second, for ever. A failure does not delay other entries and stories."""

    async def do_what_is_due() -> None:
        if not await agenda.has(Due.ENTRIES, Due.PLACES, Due.COVERAGE):
            return
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
        ask_after, end_after = newsroom.ask_after, newsroom.end_after
        for slug in await newsroom.store.coverage.due(newsroom.clock(), ask_after, end_after):
            try:
                await keep_time(newsroom, slug)
            except Exception:
                log.exception("changing the state of coverage failed", story=slug)

    await every(INTERVAL, do_what_is_due)
