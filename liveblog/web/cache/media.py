"""What a process knows of the public media that are asked for now: at most a second old, however many ask."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import NamedTuple

from liveblog.store import Media, Stored

FRESH = 1.0  # seconds; a takedown holds everywhere within them
REMEMBERED = 1_000


class Known(NamedTuple):
    until: float
    stored: Stored


class MediaCache:
    def __init__(self, media: Media) -> None:
        self._media = media
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def public(self, medium_id: str) -> Stored | None:
        """A medium that everybody may have. What is not public is asked for each time: as soon as it is
        published, its readers come for it."""
        now = time.monotonic()
        known = self._known.get(medium_id)
        if known is not None and now < known.until:
            return known.stored
        found = (await self._media.stored([medium_id])).get(medium_id)
        if found is None or not found.public:
            self._known.pop(medium_id, None)
            return None
        self._known[medium_id] = Known(now + FRESH, found)
        self._known.move_to_end(medium_id)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found
