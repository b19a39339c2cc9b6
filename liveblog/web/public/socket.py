"""The live socket over plain ASGI, for any server. Readers only listen."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Sequence

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from liveblog import metrics
from liveblog.errors import LiveblogError, Refused
from liveblog.live import frames
from liveblog.live.capacity import FULL, FULL_SECONDS
from liveblog.live.cursor import CatchUp, ReaderCursor, ReadLog, Reset, Send, Wait
from liveblog.live.fan_out import BEAT_SECONDS
from liveblog.live.feed import Feed
from liveblog.live.frames import LONGEST_MESSAGE, STALL_SECONDS, Close
from liveblog.live.protocol import Fields
from liveblog.live.reader import Admission
from liveblog.web.context import Parts, parts
from liveblog.web.http.embedding import refused
from liveblog.web.http.problems import problem, try_again
from liveblog.web.public.events import read_position

log = structlog.get_logger()

# The query as our page writes it. The application handles other orders and spellings.
SLUG = "(?P<slug>[a-z0-9-]+)"
QUERY = r"(?:\?(?:after=(?P<after>[0-9]{1,10}))?(?:(?:(?<=\?)|&)epoch=(?P<epoch>[0-9a-f]{1,32}))?)?"


async def live(websocket: WebSocket) -> None:
    """`WS /stories/{slug}/live`. It is refused before the upgrade, with problem+json."""
    slug = websocket.path_params["slug"]
    here = parts(websocket)
    try:
        after, epoch = read_position(websocket)
        feed = await here.hub.open(slug)
    except Refused as error:
        denial = problem(error.status, error.title, error.detail, error.fields)
        await websocket.send_denial_response(denial)
        return
    except LiveblogError:
        await websocket.send_denial_response(try_again())
        return
    listed = here.embedding.listed(feed.embed_origins)
    origins, host = websocket.headers.getlist("origin"), websocket.headers.get("host", "")
    if listed and not here.embedding.admits(listed, origins, host):
        await websocket.send_denial_response(refused())
        return
    address = websocket.client.host if websocket.client else ""
    if not here.hub.capacity.has_room(address):
        metrics.REFUSED.inc()
        denial = problem(503, *FULL, headers={"Retry-After": str(FULL_SECONDS)})
        await websocket.send_denial_response(denial)
        return
    cursor = ReaderCursor(feed, after, epoch, here.settings.reach)
    reader = AsgiReader(websocket, here, feed, cursor)
    feed.followers.add(reader)
    here.hub.capacity.enter(address)
    try:
        await websocket.accept()
        await reader.run()
    except WebSocketDisconnect:
        pass
    finally:
        feed.followers.discard(reader)
        here.hub.capacity.leave(address)


class LiveGate:
    """Admits readers whose request looks like our page's, without routing. The application answers all others."""

    def __init__(self, here: Parts, path: str) -> None:
        """`path` is the socket's address in the route table."""
        self._here = here
        self._target = re.compile((path.replace("{slug}", SLUG) + QUERY).encode())

    def opening(self, target: bytes) -> Awaitable[object] | None:
        """A task that opens the story's feed; None if it is open, or if the request is not for a live socket."""
        asked = self._target.fullmatch(target)
        if asked is None or asked["slug"].decode() in self._here.hub.feeds:
            return None
        return asyncio.gather(self._here.hub.open(asked["slug"].decode()), return_exceptions=True)

    def admit(self, target: bytes, address: str, fields: Fields) -> Admission | None:
        """The admission of a reader; None if the request is not for an open feed, comes from a site that may not embed
        the story, or if there is no room.
        """
        asked, feed = self._asked(target)
        if asked is None or feed is None or not self._here.hub.capacity.has_room(address):
            return None
        listed = self._here.embedding.listed(feed.embed_origins)
        if listed:
            host = ", ".join(fields("host"))
            if not self._here.embedding.admits(listed, fields("origin"), host):
                return None
        after = int(asked["after"]) if asked["after"] else None
        epoch = asked["epoch"].decode() if asked["epoch"] else None
        cursor = ReaderCursor(feed, after, epoch, self._here.settings.reach)
        return Admission(self._here.hub.fan_out(feed), cursor, address)

    def full(self, target: bytes, address: str) -> bool:
        """Whether the request is for an open feed, but there is no room."""
        return self._asked(target)[1] is not None and not self._here.hub.capacity.has_room(address)

    def _asked(self, target: bytes) -> tuple[re.Match[bytes] | None, Feed | None]:
        asked = self._target.fullmatch(target)
        return asked, self._here.hub.feeds.get(asked["slug"].decode()) if asked else None


class AsgiReader:
    """Sends frames over one socket, as fast as it takes them."""

    def __init__(self, websocket: WebSocket, here: Parts, feed: Feed, cursor: ReaderCursor) -> None:
        self._websocket = websocket
        self._here = here
        self._feed = feed
        self._cursor = cursor
        self._awake = asyncio.Event()
        self._embed_origins = feed.embed_origins
        self._beat = False
        self._beaten = time.monotonic()

    count = 1

    def wake(self) -> None:
        self._awake.set()

    def beat(self) -> None:
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            self._beaten = time.monotonic()
            self._beat = True
            self._awake.set()

    async def run(self) -> None:
        """Run until the reader leaves, sends data, stalls or must start again."""
        sending = asyncio.create_task(self._send_all())
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, listening):
                task.cancel()
            outcomes = await asyncio.gather(sending, listening, return_exceptions=True)
        code = next((outcome for outcome in outcomes if isinstance(outcome, Close)), None)
        if code is not None and self._websocket.application_state is WebSocketState.CONNECTED:
            await self._websocket.close(code)

    async def _listen(self) -> Close | None:
        try:
            message = await self._websocket.receive()
        except WebSocketDisconnect:
            return None
        if message["type"] == "websocket.disconnect":
            return None
        said = message.get("text") or message.get("bytes") or ""
        return Close.TOO_BIG if len(said) > LONGEST_MESSAGE else Close.CHATTER

    async def _send_all(self) -> Close | None:
        try:
            if self._cursor.ahead:  # nothing is sent before the feed is caught up
                await self._here.hub.catch_up(self._feed)
                self._cursor.caught_up()
            await self._send([frames.hello(self._feed.epoch, self._feed.applied)])
            while True:
                self._awake.clear()
                if self._feed.embed_origins != self._embed_origins:
                    return Close.GOING_AWAY  # the reader is checked anew when it connects again
                reason = await self._send_missing()
                if reason is not None:
                    metrics.RESETS.inc()
                    await self._send([frames.reset(reason)])
                    return Close.RESET
                if self._beat:
                    self._beat = False
                    readers = self._here.listener.readers(self._feed.slug)
                    await self._send([frames.heartbeat(self._feed.applied, readers)])
                await self._awake.wait()
        except TimeoutError:
            return Close.AGAIN
        except (WebSocketDisconnect, RuntimeError):
            return None  # RuntimeError: the server closed the socket during a send
        except Exception:
            log.exception("live socket failed", story=self._feed.slug)
            return Close.AGAIN

    async def _send_missing(self) -> str | None:
        """Send every missing event. Return the reason if the position cannot be resumed, otherwise None."""
        cursor, hub = self._cursor, self._here.hub
        step = cursor.step()
        while True:
            match step:
                case Send(frames):
                    await self._send([frame.text for frame in frames])
                    step = cursor.step()
                case ReadLog(seq):
                    step = cursor.log_read(*await hub.read_log(self._feed, seq))
                case CatchUp():
                    await hub.catch_up(self._feed)
                    cursor.caught_up()
                    step = cursor.step()
                case Reset(reason):
                    return reason
                case Wait():
                    return None

    async def _send(self, texts: Sequence[str]) -> None:
        for text in texts:
            async with asyncio.timeout(STALL_SECONDS):
                await self._websocket.send_text(text)
