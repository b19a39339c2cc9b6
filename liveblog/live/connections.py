"""The HTTP connections of a process, and how long each may keep it waiting.

A client that sends nothing, or sends it slowly, or does not read, holds a descriptor and little else. It gets
a time. Where descriptors run short, the address with the most waiting connections loses its oldest, so that
editors, pages and checks of health come through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import NamedTuple, NoReturn, Protocol

from liveblog import metrics
from liveblog.live.reader import CLOSE_SECONDS, Stall
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
    def address(self) -> str:
        """Of its client, or of the proxy before it."""

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


class Heads:
    """The connections whose clients owe a request: `since` when, the oldest first."""

    def __init__(self) -> None:
        self.since: dict[Connection, float] = {}
        self._of: dict[str, dict[Connection, None]] = {}  # by address, the oldest first

    def add(self, connection: Connection) -> None:
        self.remove(connection)
        self.since[connection] = time.monotonic()
        self._of.setdefault(connection.address, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        if self.since.pop(connection, None) is not None:
            same = self._of[connection.address]
            del same[connection]
            if not same:
                del self._of[connection.address]

    def oldest_of_the_most(self, newest: Connection) -> Connection | None:
        """The oldest of the address that has the most; another where all of these are being answered."""
        most = max(self._of.values(), key=len, default={})
        waiting = (one for some in (most, self.since) for one in some)
        return next((one for one in waiting if one is not newest and not one.answering), None)


class Connections:
    """`most` connections may be open at once, readers among them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._heads = Heads()
        self._bodies: dict[Connection, Body] = {}
        self._unread: dict[Connection, Stall] = {}
        self._leaving: dict[Connection, float] = {}

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await every(SWEEP_SECONDS, self.sweep)

    # --- what connections tell

    def awaits_head(self, connection: Connection) -> None:
        self._heads.add(connection)

    def has_head(self, connection: Connection) -> None:
        self._heads.remove(connection)
        self._bodies[connection] = Body(BODY_SECONDS, time.monotonic())

    def has_some(self, connection: Connection, size: int) -> None:
        body = self._bodies.get(connection)
        if body is not None:
            self._bodies[connection] = body.came(size, time.monotonic())

    def has_all(self, connection: Connection) -> None:
        self._bodies.pop(connection, None)

    def stands(self, connection: Connection) -> None:
        """Its client reads nothing."""
        now = time.monotonic()
        self._unread[connection] = Stall(now, now, connection.transport.get_write_buffer_size())

    def moves(self, connection: Connection) -> None:
        self._unread.pop(connection, None)

    def leaves(self, connection: Connection) -> None:
        """It was told why; it has a moment to read that."""
        self.forget(connection)
        self._leaving[connection] = time.monotonic() + CLOSE_SECONDS

    def forget(self, connection: Connection) -> None:
        self._heads.remove(connection)
        for kept in (self._bodies, self._unread, self._leaving):
            kept.pop(connection, None)

    # --- what follows

    async def sweep(self) -> None:
        """Ends what has taken too long."""
        now = time.monotonic()
        for connection in self._late(now):
            metrics.CUT.inc()
            self.forget(connection)
            connection.too_slow()
        for connection, stall in list(self._unread.items()):
            left = connection.transport.get_write_buffer_size()
            moved = now if left < stall.left else stall.moved
            self._unread[connection] = Stall(stall.since, moved, left)
            if now - moved > UNREAD_SECONDS:
                self._abort(connection)
        for connection, deadline in list(self._leaving.items()):
            if now > deadline:
                self._leaving.pop(connection)
                connection.transport.abort()

    def _late(self, now: float) -> Iterator[Connection]:
        for connection, since in list(self._heads.since.items()):
            if now - since > HEAD_SECONDS and not connection.answering:
                yield connection
        for connection, body in list(self._bodies.items()):
            self._bodies[connection] = body.now(now, rests=connection.held_back)
            if body.left < 0:
                yield connection

    def make_room(self, newest: Connection) -> None:
        """Ends a connection that keeps us waiting: for its client to leave, for a request, for the rest of one,
        for its client to read; of all others none, but the newest."""
        metrics.CUT.inc()
        leaving = next((one for one in self._leaving if one is not newest), None)
        waiting = leaving or self._heads.oldest_of_the_most(newest)
        if waiting is not None:
            self.forget(waiting)
            waiting.make_room()
        elif self._bodies:
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
