"""The caches of feeds and sitemaps, beside those of pages, so that feeds never push out pages."""

from __future__ import annotations

from liveblog.web.cache.overviews import Overviews
from liveblog.web.cache.pages import PageCache

STORIES = 128  # feeds, of all formats together
MANY = 64  # topics and the site
# Anybody can ask for another limit or topic, or send another Host. Such feeds push out only each other.
UNUSUAL = 16


class FeedCache:
    """Feeds of one story, and feeds and sitemaps of many, each once for usual and once for unusual requests."""

    def __init__(self) -> None:
        self._of_story = {True: PageCache(STORIES), False: PageCache(UNUSUAL)}
        self._of_many = {True: Overviews(MANY), False: Overviews(UNUSUAL)}

    @property
    def of_stories(self) -> tuple[PageCache, ...]:
        """All caches of feeds of one story."""
        return tuple(self._of_story.values())

    def forget(self) -> None:
        """Drop the feeds of many stories: an entry in them was removed. The others follow their story."""
        for overviews in self._of_many.values():
            overviews.forget()

    def of_story(self, *, usual: bool) -> PageCache:
        return self._of_story[usual]

    def of_many(self, *, usual: bool) -> Overviews:
        return self._of_many[usual]
