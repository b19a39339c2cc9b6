"""The socket of a desk page: who is admitted, what is sent, and when it ends."""

from __future__ import annotations

import asyncio
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from liveblog.errors import LiveblogError, Refused, Unauthorized, Unavailable
from liveblog.live.frames import STALL_SECONDS, Close
from liveblog.models.members import Session
from liveblog.newsroom.permissions import Right, may, may_learn
from liveblog.presence.desks import Participant
from liveblog.web.auth.sessions import by_session, require_same_origin
from liveblog.web.context import parts
from liveblog.web.http.problems import problem

SIGNED_OUT = 4401
OTHER_RIGHTS = 4403
FIGURE_SECONDS = 2.0
SESSION_SECONDS = 3.0
SILENCE_SECONDS = 60.0  # pages send a message every 20 s
MOST_WAITING = 200  # frames that wait to be sent to a page
MOST_SAID = 30  # messages from one page within SAID_SECONDS
SAID_SECONDS = 10.0


async def attend(
    websocket: WebSocket, socket_for: Callable[[Session], Awaitable[DeskSocket]]
) -> None:
    """Serve a desk page until it leaves. A refusal is sent before the upgrade, as problem+json."""
    try:
        require_same_origin(websocket)
        session = await by_session(websocket)
        if session is None:
            raise Unauthorized("sign in at the desk first")
        socket = await socket_for(session)
    except Refused as error:
        return await _deny(websocket, error.status, error.title, error.detail)
    except LiveblogError:
        return await _deny(websocket, 503, Unavailable.title, "try again in a moment")
    if not socket.fits():
        return await _deny(websocket, 503, "Full", "too many pages of the desk are open")
    socket.enter()
    try:
        await websocket.accept()
        await socket.run()
    except WebSocketDisconnect:
        pass
    finally:
        socket.leave()


async def _deny(websocket: WebSocket, status: int, title: str, detail: str) -> None:
    await websocket.send_denial_response(problem(status, title, detail))


class DeskSocket(ABC):
    """The socket of one desk page."""

    def __init__(self, websocket: WebSocket, session: Session, byline: str) -> None:
        user = session.user
        self.participant = Participant(
            secrets.token_hex(6), user.id, user.name, byline, user.role.value
        )
        self.session = session.id
        self._websocket = websocket
        self._user = user
        self._edits = may(user, Right.PUBLISH)
        self._desks = parts(websocket).desks
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_WAITING)
        self._over: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @abstractmethod
    def fits(self) -> bool:
        """Whether there is room for one more page."""

    @abstractmethod
    def enter(self) -> None: ...

    @abstractmethod
    def leave(self) -> None: ...

    # --- called by the desk hub

    def hear(self, news: dict[str, Any]) -> None:
        """Send news of another story, as far as the user may know it."""
        mine = self._user.stories
        seen = self._visible(news["changed"]) if mine is None or news["id"] in mine else []
        if seen:
            told = {"story": news["story"], "title": news["title"], "changed": seen}
            self._put({"type": "elsewhere"} | told)

    def signed_out(self) -> None:
        self._end(SIGNED_OUT)

    def _visible(self, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The changes that the user may know, in the form that is sent."""
        return [
            {name: value for name, value in change.items() if name not in {"owner", "public"}}
            | {"own": change.get("owner") == self._user.id}
            for change in changes
            if may_learn(change, self._user.id, edits=self._edits)
        ]

    # --- the socket

    async def run(self) -> None:
        """Run until the page leaves, breaks the rules or stalls, or its session has ended."""
        tasks: list[asyncio.Future[Any]] = [asyncio.create_task(one) for one in self._work()]
        try:
            await asyncio.wait([*tasks, self._over], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        code = self._over.result() if self._over.done() else Close.AGAIN
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):  # the page has left already
                await self._websocket.close(code)

    def _work(self) -> list[Coroutine[Any, Any, None]]:
        return [self._send(), self._listen(), self._keep_telling(), self._watch_session()]

    def _hello(self) -> dict[str, Any]:
        participant = self.participant
        return {
            "type": "hello",
            "you": participant.id,
            "user": participant.user,
            "role": participant.role,
        }

    async def _send(self) -> None:
        await self._say(self._hello())
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
        """Handle a message of the page. Return False if it is not understood."""
        try:
            message = json.loads(text or "")
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            return False
        return await self._do(kind, message)

    async def _do(self, kind: str, message: dict[str, Any]) -> bool:
        del message
        return kind == "alive"

    async def _keep_telling(self) -> None:
        while True:
            self._put(await self._told())
            await asyncio.sleep(FIGURE_SECONDS)

    async def _told(self) -> dict[str, Any]:
        """The frame that is sent every 2 s. A page knows by it that it is connected."""
        return {"type": "alive"}

    async def _watch_session(self) -> None:
        """End the socket after a change that sends no message: an expired session, another password, role or list
        of stories.
        """
        while True:
            await asyncio.sleep(SESSION_SECONDS)
            try:
                session = await by_session(self._websocket)
            except LiveblogError:
                continue  # the database does not answer; try again
            if session is None:
                return self._end(SIGNED_OUT)
            if session.user != self._user:
                return self._end(OTHER_RIGHTS)

    def _put(self, frame: dict[str, Any]) -> None:
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._end(Close.AGAIN)

    def _end(self, code: int) -> None:
        if not self._over.done():
            self._over.set_result(code)
