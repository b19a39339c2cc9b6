"""The HTTP connections of a process, and how long each may keep it waiting.

A client that sends nothing, or sends it slowly, or does not read, holds a descriptor and little else. It gets
a time; and where descriptors run short, whoever has kept the server waiting longest goes first, so that
editors, pages and checks of health always come through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import NamedTuple, NoReturn, Protocol

from liveblog import metrics
from liveblog.live.frames import CLOSE_SECONDS
from liveblog.live.stall import Stall
from liveblog.process.periodic import every

CONNECTIONS = "connections"  # in the state of the application
HEAD_SECONDS = (
    10.0  # from the first byte of a request, or the connection, to the end of its headers
)
BODY_SECONDS = 60.0  # that a body may stand still,
BODY_RATE = 500.0  # bytes a second that it may be slow: what comes faster is saved up, to a minute
UNREAD_SECONDS = 30.0  # for which a client may take nothing of an answer
SWEEP_SECONDS = 1.0


class Connection(Protocol):
    """One that waits for its client. The calls return at once and must not raise."""

    transport: asyncio.Transport

    @property
    def answering(self) -> bool:
        """Whether a request is complete and its answer is not."""

    @property
    def held_back(self) -> bool:
        """Whether it is we who do not read."""

    def too_slow(self) -> None:
        """The time is over."""

    def make_room(self) -> None:
        """Another needs the descriptor."""


class Body(NamedTuple):
    """A body that is under way: the seconds that it has left, at a time."""

    left: float
    at: float

    def now(self, now: float, *, rests: bool = False) -> Body:
        return Body(self.left if rests else self.left - (now - self.at), now)

    def came(self, size: int, now: float) -> Body:
        """Some bytes more."""
        return Body(min(BODY_SECONDS, self.now(now).left + size / BODY_RATE), now)


class Connections:
    """`most` connections may be open at once, readers among them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._heads: dict[Connection, float] = {}  # since when; who waits longest is the first
        self._bodies: dict[Connection, Body] = {}
        self._unread: dict[Connection, Stall] = {}
        self._leaving: dict[Connection, float] = {}

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await every(SWEEP_SECONDS, self.sweep)

    # --- what connections tell

    def awaits_head(self, connection: Connection) -> None:
        self._heads.pop(connection, None)
        self._heads[connection] = time.monotonic()

    def has_head(self, connection: Connection) -> None:
        self._heads.pop(connection, None)
        self._bodies[connection] = Body(BODY_SECONDS, time.monotonic())

    def has_some(self, connection: Connection, size: int) -> None:
        body = self._bodies.get(connection)
        if body is not None:
            self._bodies[connection] = body.came(size, time.monotonic())

    def has_all(self, connection: Connection) -> None:
        self._bodies.pop(connection, None)

    def stands(self, connection: Connection) -> None:
        """Its client reads nothing."""
        left = connection.transport.get_write_buffer_size()
        self._unread[connection] = Stall.begin(time.monotonic(), left)

    def moves(self, connection: Connection) -> None:
        self._unread.pop(connection, None)

    def leaves(self, connection: Connection) -> None:
        """It was told why; it has a moment to read that."""
        self.forget(connection)
        self._leaving[connection] = time.monotonic() + CLOSE_SECONDS

    def forget(self, connection: Connection) -> None:
        for kept in (self._heads, self._bodies, self._unread, self._leaving):
            kept.pop(connection, None)

    # --- what follows

    async def sweep(self) -> None:
        """Ends what has taken too long."""
        now = time.monotonic()
        for connection in self._late(now):
            metrics.CUT.inc()
            self.forget(connection)
            connection.too_slow()
        for connection, before in list(self._unread.items()):
            stall = before.seen(now, connection.transport.get_write_buffer_size())
            self._unread[connection] = stall
            if now - stall.moved > UNREAD_SECONDS:
                self._abort(connection)
        for connection, deadline in list(self._leaving.items()):
            if now > deadline:
                self._leaving.pop(connection)
                connection.transport.abort()

    def _late(self, now: float) -> Iterator[Connection]:
        for connection, since in list(self._heads.items()):
            if now - since > HEAD_SECONDS and not connection.answering:
                yield connection
        for connection, body in list(self._bodies.items()):
            self._bodies[connection] = body.now(now, rests=connection.held_back)
            if body.left < 0:
                yield connection

    def make_room(self, newest: Connection) -> None:
        """Ends the connection that has kept us waiting longest: for a request, for the rest of one, for its
        client to read; of all others none, but the newest."""
        metrics.CUT.inc()
        for waiting in (self._leaving, self._heads):
            for connection in waiting:
                if connection is not newest and not connection.answering:
                    self.forget(connection)
                    connection.make_room()
                    return
        if self._bodies:
            slowest = min(self._bodies, key=lambda one: self._bodies[one].left)
            self.forget(slowest)
            slowest.make_room()
        elif self._unread:
            self._abort(min(self._unread, key=lambda one: self._unread[one].moved))
        else:
            self.forget(newest)
            newest.make_room()

    def _abort(self, connection: Connection) -> None:
        metrics.CUT.inc()
        self.forget(connection)
        connection.transport.abort()
