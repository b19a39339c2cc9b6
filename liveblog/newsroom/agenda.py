"""Which kinds of work are due in this process: one question at a time, however many tasks ask."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from liveblog.newsroom.context import Newsroom
from liveblog.store import Due

# Seconds. Tasks that run each second, or twice, ask at the same time (process/periodic.py).
FRESH = 0.4


class Agenda:
    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._asking: asyncio.Task[None] | None = None
        self._due: Collection[Due] = ()
        self._asked = float("-inf")

    async def has(self, *kinds: Due) -> bool:
        """Whether work of one of these kinds is due, by an answer that is at most 0.4 s old. Raises `Unavailable`."""
        now = asyncio.get_running_loop().time()
        if self._asking is None and now - self._asked >= FRESH:
            self._asking = asyncio.create_task(self._ask())
        if self._asking is not None:
            await asyncio.shield(self._asking)
        return any(kind in self._due for kind in kinds)

    async def _ask(self) -> None:
        newsroom = self._newsroom
        try:
            self._due = await newsroom.store.agenda.due(
                newsroom.clock(), newsroom.ask_after, newsroom.end_after
            )
        finally:
            self._asked = asyncio.get_running_loop().time()
            self._asking = None
