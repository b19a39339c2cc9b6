"""A cache of public media, at most one second old."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import NamedTuple

from liveblog.store import Media, Stored

FRESH = 1.0  # seconds, within which a takedown takes effect everywhere
REMEMBERED = 1_000


class Known(NamedTuple):
    """A medium, and the time until which it may be used."""

    until: float
    stored: Stored


class MediaCache:
    """Public media by their ids."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def public(self, medium_id: str) -> Stored | None:
        """The medium if it is public, otherwise None.

        A medium that is not public is read every time, because readers ask for it as soon as it is published.
        """
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
