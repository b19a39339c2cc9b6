"""Tells the hubs of WebSub that feeds have changed. This server is a publisher, no hub.

WebSub (W3C Recommendation, 2018) leaves it to hubs how they are told. They all take a form with `hub.mode=publish` and
`hub.url`, the address of the feed, as PubSubHubbub 0.3 (7.1) had it. One request names one feed.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import quote, urlencode

import structlog

from liveblog.errors import LiveblogError, NotFetched
from liveblog.models.content import Story
from liveblog.models.integrations import Webhook
from liveblog.store import Change, Store, Waiting
from liveblog.webhooks.delivery import Sent, now, refuses
from liveblog.webhooks.receivers import SECONDS, Receivers

FORMATS = ("atom", "rss", "json")
MOST_EVENTS = 100  # told at once
# The age of a change that every process shows in all feeds, because those of topics and of the site are read once a
# second (web/cache/overviews.py). A hub fetches a feed at once, and must not get the one before.
SETTLED = timedelta(seconds=1.1)
AT_ONCE_SECONDS = 2.0  # for telling a hub of a removal
AT_ONCE = 16  # requests to a hub
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

log = structlog.get_logger()


def feeds(slug: str, change: Change) -> list[str]:
    """The paths of the feeds that a change of a story affects."""
    within = [f"/stories/{slug}", ""]
    within += [f"/topics/{quote(topic, safe='')}" for topic in change.topics]
    found = [f"{path}/feed.{form}" for path in within for form in FORMATS]
    if change.revised:
        found.append(f"/stories/{slug}/corrections.atom")
    return found


class HubSender:
    """Tells a hub of all feeds that the waiting events of a story affect, each once.

    `base_url` is the site's public address.
    """

    def __init__(self, store: Store, receivers: Receivers, base_url: str) -> None:
        self._store = store
        self._receivers = receivers
        self._base_url = base_url

    async def __call__(self, hub: Webhook, waiting: Waiting) -> Sent:
        """Tell the hub. The status is that of `_tell`. Raises `NotFetched`."""
        await asyncio.sleep((waiting.at + SETTLED - now()).total_seconds())
        change = await self._store.webhooks.change(
            hub, waiting.story_id, waiting.seq, MOST_EVENTS, now() - SETTLED
        )
        return Sent(await self._tell(hub, waiting.story, change, SECONDS), change.last)

    async def at_once(self, hub: Webhook, story: Story, seq: int) -> bool:
        """Tell a hub of the removal of an entry now. Returns whether that worked within 2 s.

        Caches forget a removed entry in every process that Redis reaches. For those that it does not reach, the hub
        is told again in its turn, when the change has settled.
        """
        try:
            change = await self._store.webhooks.change(hub, story.id, seq, 1, now())
            return 200 <= await self._tell(hub, story.slug, change, AT_ONCE_SECONDS) < 300
        except LiveblogError:
            return False

    async def _tell(self, hub: Webhook, slug: str, change: Change, seconds: float) -> int:
        """Tell a hub of each feed, also if it fails for another. Returns the first status that may change at a new try;
        else the first that refuses; else a success. Raises `NotFetched`.
        """
        room = asyncio.Semaphore(AT_ONCE)

        async def tell(path: str) -> int:
            form = {"hub.mode": "publish", "hub.url": f"{self._base_url}{path}"}
            async with room:
                status = await self._receivers.post(hub.url, urlencode(form).encode(), FORM)
            if refuses(status):
                log.error("hub refuses a feed", hub=hub.url, feed=form["hub.url"], status=status)
            return status

        try:
            # Within the lease, so that no other process tells the hub at the same time.
            async with asyncio.timeout(seconds):
                asked = (tell(path) for path in feeds(slug, change))
                told = await asyncio.gather(*asked, return_exceptions=True)
        except TimeoutError:
            raise NotFetched(f"took more than {seconds:g} s") from None
        statuses: list[int] = []
        for one in told:
            if isinstance(one, BaseException):
                raise one
            statuses.append(one)
        wrong = [one for one in statuses if not 200 <= one < 300]
        passing = [one for one in wrong if not refuses(one)]
        return [*passing, *wrong, *statuses][0]
