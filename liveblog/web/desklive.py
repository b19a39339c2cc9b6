"""The desk's socket: who is here, who edits what, that lists have changed, how delivery stands.

It tells that something changed and never what it says: pages fetch the pieces that they show, with
their session's rights. So nothing is lost where a frame is, and nothing private stands in a frame.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from liveblog.errors import LiveblogError, Refused, Unavailable
from liveblog.live import desks
from liveblog.live.desks import Member
from liveblog.live.wire import STALL_SECONDS, Close
from liveblog.members import Protection, Role, Session
from liveblog.models import Story
from liveblog.newsroom.rights import Right, may, require_story
from liveblog.store.window import ENTRY_ID
from liveblog.web.auth import by_session, require_same_origin
from liveblog.web.deskfigures import figures
from liveblog.web.problems import problem
from liveblog.web.state import parts

SIGNED_OUT = 4401
FIGURE_SECONDS = 2.0
SESSION_SECONDS = 3.0
SILENCE_SECONDS = 60.0  # pages say that they are alive every 20 s
MOST_WAITING = 200  # frames that a page has not taken yet
MOST_SAID = 30  # messages of one page within
SAID_SECONDS = 10.0

log = structlog.get_logger()


async def live(websocket: WebSocket) -> None:
    """`WS /desk/stories/{slug}/live`; refused before the upgrade with problem+json."""
    here = parts(websocket)
    try:
        require_same_origin(websocket)
        session = await by_session(websocket)
        if session is None:
            await _deny(websocket, 401, "Not signed in", "sign in at the desk first")
            return
        user = session.user
        story = await here.room.store.stories.get(websocket.path_params["slug"])
        require_story(user, story)
        protections = await here.room.store.protections.of([user.id])
        byline = (protections.get(user.id) or Protection()).byline or user.name
    except Refused as error:
        await _deny(websocket, error.status, error.title, error.detail)
        return
    except LiveblogError:
        await _deny(websocket, 503, Unavailable.title, "try again in a moment")
        return
    if not here.desks.has_room(user.id):
        await _deny(websocket, 503, "Full", "too many pages of the desk are open")
        return
    seat = DeskSeat(websocket, session, byline, story)
    here.desks.enter(story, seat)
    try:
        await websocket.accept()
        await seat.run()
    except WebSocketDisconnect:
        pass
    finally:
        here.desks.leave(story.slug, seat)


class DeskSeat:
    """One page of somebody at a desk."""

    def __init__(self, websocket: WebSocket, session: Session, byline: str, story: Story) -> None:
        user = session.user
        self.member = Member(secrets.token_hex(6), user.id, user.name, byline, user.role.value)
        self.session = session.id
        self._websocket = websocket
        self._user = user
        self._story = story
        self._edits = may(user, Right.PUBLISH)
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_WAITING)
        self._over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    # --- what the room tells

    def changed(self, turn: int, changes: list[dict[str, Any]]) -> None:
        seen = [
            {name: value for name, value in change.items() if name not in {"owner", "public"}}
            | {"own": change["owner"] == self._user.id}
            for change in changes
            if desks.visible(change, self._user.id, edits=self._edits)
        ]
        if seen or not changes:
            self._put({"type": "rows", "turn": turn, "changed": seen})

    def present(self, here: list[Member]) -> None:
        """A contributor sees the editors, by their public names, and their own pages, and who edits what is
        theirs; who else is in the field, and what others write, is not theirs to know."""
        if not self._edits:
            here = [
                one if one.owner == self._user.id else replace(one, entry=None)
                for one in here
                if one.role != Role.CONTRIBUTOR or one.user == self._user.id
            ]
        held = desks.holders(here)
        shown = [
            asdict(one) | {"holds": one.entry is not None and held[one.entry] == one.id}
            for one in here
        ]
        for one in shown:
            byline = one.pop("byline")
            if not self._edits:
                one["name"] = byline
            del one["claim"], one["since"], one["owner"]
        self._put({"type": "presence", "here": shown})

    def signed_out(self) -> None:
        self._end(SIGNED_OUT)

    # --- the socket

    async def run(self) -> None:
        """Until the page leaves, misbehaves, stalls, or its session has ended."""
        work = [self._send(), self._listen(), self._tell_figures(), self._watch_session()]
        tasks: list[asyncio.Future[Any]] = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.wait([*tasks, self._over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        code = self._over.result() if self._over.done() else Close.AGAIN
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):  # it has gone meanwhile
                await self._websocket.close(code)

    async def _send(self) -> None:
        hello = {"type": "hello", "you": self.member.id, "turn": self._story.turn}
        await self._say(hello)
        self.present(parts(self._websocket).desks.here(self._story.slug))
        while True:
            await self._say(await self._frames.get())

    async def _say(self, frame: dict[str, Any]) -> None:
        async with asyncio.timeout(STALL_SECONDS):
            await self._websocket.send_text(json.dumps(frame, separators=(",", ":")))

    async def _listen(self) -> None:
        said: list[float] = []
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await self._websocket.receive()
            except TimeoutError:
                return self._end(Close.AGAIN)
            if message["type"] == "websocket.disconnect":
                return self._end(Close.AGAIN)
            said = [at for at in said if loop.time() - at < SAID_SECONDS] + [loop.time()]
            if len(said) > MOST_SAID or not await self._understood(message.get("text")):
                return self._end(Close.CHATTER)

    async def _understood(self, text: str | None) -> bool:
        """Does what a page says; whether it was anything that pages say."""
        try:
            message = json.loads(text or "")
            kind = message["type"]
            if kind == "alive":
                return True
            entry, take = message["entry"], message.get("take", False)
        except (ValueError, KeyError, TypeError):
            return False
        known = entry is None or (isinstance(entry, str) and ENTRY_ID.fullmatch(entry) is not None)
        if kind != "editing" or not known or not isinstance(take, bool):
            return False
        owner = await self._owner(entry) if entry else None
        rooms = parts(self._websocket).desks
        rooms.edit(self._story.slug, self, entry, take=take, owner=owner)
        return True

    async def _owner(self, entry: str) -> int | None:
        """Who wrote an entry; None where that cannot be told now."""
        store = parts(self._websocket).room.store
        try:
            return (await store.stories.entry(self._story.slug, entry))[1].created_by
        except LiveblogError:
            return None

    async def _tell_figures(self) -> None:
        while True:
            if self._edits:
                now = await figures(parts(self._websocket), self._story)
                self._put({"type": "figures", **now._asdict(), "words": now.words()})
            else:
                self._put({"type": "alive"})
            await asyncio.sleep(FIGURE_SECONDS)

    async def _watch_session(self) -> None:
        """A session also ends without a word: by its age, a changed password, another role."""
        while True:
            await asyncio.sleep(SESSION_SECONDS)
            try:
                session = await by_session(self._websocket)
            except LiveblogError:
                continue  # the database is away; it is asked again
            if session is None or session.user != self._user:
                return self._end(SIGNED_OUT)

    def _put(self, frame: dict[str, Any]) -> None:
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._end(Close.AGAIN)

    def _end(self, code: int) -> None:
        if not self._over.done():
            self._over.set_result(code)


async def _deny(websocket: WebSocket, status: int, title: str, detail: str) -> None:
    await websocket.send_denial_response(problem(status, title, detail))
