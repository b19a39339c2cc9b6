"""The polling fallback: the events of a story after a reader's position, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from liveblog.errors import Malformed, OutOfReach
from liveblog.live.feed import Feed
from liveblog.live.frames import Frame
from liveblog.store import Position
from liveblog.web.context import parts
from liveblog.web.http.headers import of_page
from liveblog.web.http.policy import policy
from liveblog.web.public.cached_pages import CachedPage, chosen, polled

MOST_EVENTS = 500
# An answer of at most so many is kept for others; more would take much memory.
SHARED_EVENTS = 20
SHARED_CHARACTERS = 32 * 1024
FARTHEST = 2**31 - 1  # the largest sequence number in the database
# Scripts read the server's time from `Date`, because a reader's clock may be wrong. A widget needs CORS for it.
CLOCK = {"Access-Control-Expose-Headers": "Date"}


async def events(request: Request) -> Response:
    """The events after `after`, at most 500; without `after` the present position alone.

    They come from the feed, as for sockets: a poll needs no query while the ring reaches back that far. An answer is made once
    for all who are at the same position (web/public/cached_pages.py sends it before routing). Its ETag allows 304. The log
    answers for a story that has no feed here.

    Raises `OutOfReach` (410) if the position cannot be resumed, and `Malformed`, `NotFound`.
    """
    here, slug = parts(request), request.path_params["slug"]
    after, epoch = read_position(request)
    feed = here.hub.polled(slug)
    headers = of_page(policy(request)) | CLOCK
    frames = None
    if feed is not None and epoch in {None, feed.epoch}:
        after = feed.applied if after is None else after
        frames = feed.after(after) if after <= feed.applied else None
    if feed is None or after is None or frames is None:
        answer = await _from_log(request, after, epoch)
        here.hub.note_poll(slug)
        return Response(answer[1], headers=headers)
    _require_reach(request, feed.applied, after)
    if len(frames) > SHARED_EVENTS or sum(len(frame.text) for frame in frames) > SHARED_CHARACTERS:
        return Response(_from_feed(feed, after, frames)[1], headers=headers)
    began = feed.epoch

    async def render() -> tuple[Position, str]:
        # The feed may have begun anew, or lost its oldest events, since it was asked.
        frames = feed.after(after) if feed.epoch == began else None
        if frames is None:
            return await _from_log(request, after, began)
        return _from_feed(feed, after, frames)

    rendered = await here.polls.get(polled(after), feed, render, headers)
    return CachedPage(await chosen(rendered, request.scope["headers"]))


def _from_feed(feed: Feed, after: int, frames: Sequence[Frame]) -> tuple[Position, str]:
    now = Position(feed.epoch, feed.applied)
    return now, _json(now, after, [frame.text for frame in frames[:MOST_EVENTS]])


async def _from_log(request: Request, after: int | None, epoch: str | None) -> tuple[Position, str]:
    """The answer for a story without a feed here, or for a position that the feed's ring does not have, or does not have yet."""
    position, found = await parts(request).store.log.after(
        request.path_params["slug"], FARTHEST if after is None else after, MOST_EVENTS
    )
    if epoch is not None and epoch != position.epoch:
        raise OutOfReach("the story's events were reset: load the page again")
    if after is None:
        after = position.head
    _require_reach(request, position.head, after)
    return position, _json(position, after, [event.payload for event in found])


def _require_reach(request: Request, head: int, after: int) -> None:
    if after > head or head - after > parts(request).settings.reach:
        raise OutOfReach(f"after: {after} is out of reach of {head}: load the page again")


def _json(position: Position, after: int, texts: Sequence[str]) -> str:
    """The answer. The events are JSON already, exactly as the socket sends them."""
    last = after + len(texts)
    return (
        f'{{"epoch":{json.dumps(position.epoch)},"head":{position.head},"events":['
        + ",".join(texts)
        + f'],"more":{json.dumps(last < position.head)}}}'
    )


def read_position(connection: HTTPConnection) -> tuple[int | None, str | None]:
    """`(after, epoch)` of a request, each None if it is missing. Raises `Malformed`."""
    after = connection.query_params.get("after")
    if after is not None and not re.fullmatch(r"[0-9]{1,10}", after):
        message = "must be a sequence number: a whole number from 0"
        raise Malformed.parameter("after", message)
    return (None if after is None else min(int(after), FARTHEST)), connection.query_params.get(
        "epoch"
    ) or None
