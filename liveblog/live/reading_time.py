"""The time for which this process's readers read each story, added to the store about once a minute.

Every few seconds, the number of a story's live sockets is multiplied by the seconds since the last count. Pages and
widgets count alike. Nothing about individual readers is stored.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime

from liveblog.errors import LiveblogError
from liveblog.live.hub import Hub
from liveblog.process.periodic import every
from liveblog.store import Audience

COUNT_SECONDS = 5.0
SAVE_SECONDS = 60.0
LAST_SECONDS = 2.0
LONGEST_SECONDS = 3 * COUNT_SECONDS  # if the process was suspended, a longer pause does not count


class ReadingTime:
    """Counts seconds of reading for each story and day (UTC)."""

    def __init__(self, hub: Hub, audience: Audience) -> None:
        self._hub = hub
        self._audience = audience
        self._seconds: dict[date, Counter[str]] = {}
        self._counted = 0.0

    async def run(self) -> None:
        """Run until cancelled, then save the last counts if the store answers within 2 s."""
        self._counted = self._now()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(every(COUNT_SECONDS, self._count))
                tasks.create_task(every(SAVE_SECONDS, self._save))
        finally:
            with suppress(LiveblogError, TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await self._save()

    async def _count(self) -> None:
        now = self._now()
        elapsed = min(now - self._counted, LONGEST_SECONDS)
        self._counted = now
        today = self._seconds.setdefault(datetime.now(UTC).date(), Counter())
        for slug, feed in self._hub.feeds.items():
            if feed.readers:
                today[slug] += round(feed.readers * elapsed)

    async def _save(self) -> None:
        """Save the counts. After a failure they stay for the next call. Raises `Unavailable`."""
        for day, seconds in list(self._seconds.items()):
            told = +seconds
            if told:
                await self._audience.add(day, told)
                seconds.subtract(told)
            if left := +seconds:
                self._seconds[day] = left
            else:
                del self._seconds[day]

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
