"""Which sites keep a copy of a story: those that ask for the element with `?site=` to include it on their server.

They keep it for 30 s at most (docs/element.md), so that only the last requests matter: they stay in memory.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

SECONDS = 40.0  # the 30 s of a copy, and time for the answer to arrive
MOST_SITES = 500  # of a story
MOST_STORIES = 200


class Asked(NamedTuple):
    """How often a site has asked in a row, and when last."""

    times: int
    last: float


class SiteCopies:
    """The sites that asked this process for a copy in the last 40 s, by story.

    When a story has 500 of them, a new one takes the place of the rarest: names that somebody makes up drive out
    no site that asks regularly.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stories: dict[str, dict[str, Asked]] = {}

    def note(self, slug: str, site: str) -> None:
        """Remember that a site, a public host name, has asked for a copy of a story."""
        now = self._clock()
        sites = self._stories.get(slug)
        if sites is None:
            if not self._room(now):
                return
            sites = self._stories[slug] = {}
        elif site not in sites and len(sites) >= MOST_SITES:
            sites = self._stories[slug] = self._recent(slug, now)
            if len(sites) >= MOST_SITES:
                del sites[min(sites, key=sites.__getitem__)]
        known = sites.get(site)
        again = known is not None and now - known.last < SECONDS
        sites[site] = Asked(known.times + 1 if known and again else 1, now)

    def of(self, slug: str) -> Counter[str]:
        """The sites that may have a copy now, with the number of their requests."""
        sites = self._recent(slug, self._clock())
        return Counter({site: asked.times for site, asked in sites.items()})

    def _recent(self, slug: str, now: float) -> dict[str, Asked]:
        sites = self._stories.get(slug, {})
        return {site: asked for site, asked in sites.items() if now - asked.last < SECONDS}

    def _room(self, now: float) -> bool:
        if len(self._stories) < MOST_STORIES:
            return True
        self._stories = {slug: left for slug in self._stories if (left := self._recent(slug, now))}
        return len(self._stories) < MOST_STORIES
