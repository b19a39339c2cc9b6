"""The HTTP connections of a process: how long each may take, and which one ends when descriptors run short.

A client that sends nothing, sends slowly or does not read holds a descriptor, so it gets a time limit. When
descriptors run short, the address with the most waiting connections loses its oldest one. When no connection waits
for its client, the address with the most open requests loses its newest one. So editors, pages and health checks
come through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, NoReturn, Protocol, TypeVar

from liveblog import metrics
from liveblog.live.frames import CLOSE_SECONDS
from liveblog.process.periodic import every

CONNECTIONS = "connections"  # the key in the application's state
HEAD_SECONDS = 10.0  # from the connection or the first byte of a request to the end of its headers
# A body starts with BODY_SECONDS. Each byte adds 1 / BODY_RATE seconds, up to BODY_SECONDS in total.
BODY_SECONDS = 60.0
BODY_RATE = 500.0  # bytes a second
UNREAD_SECONDS = 30.0  # after which a client that reads nothing of an answer is aborted
SWEEP_SECONDS = 1.0

T = TypeVar("T")


class Connection(Protocol):
    """An open HTTP connection. The calls return at once and must not raise."""

    transport: asyncio.Transport

    @property
    def address(self) -> str:
        """The address of the client, or of the proxy in front of it."""

    @property
    def answering(self) -> bool:
        """Whether a request is complete and its answer is not."""

    @property
    def held_back(self) -> bool:
        """Whether the server has paused reading."""

    @property
    def repeatable(self) -> bool:
        """Whether its request is safe (RFC 9110, 9.2.1) and no byte of the answer is sent, so that it may be
        refused.
        """

    def too_slow(self) -> None:
        """The time limit has passed."""

    def make_room(self) -> None:
        """End, because another connection needs the descriptor."""


class Body(NamedTuple):
    """A body that is being received: the seconds that it had left at the time `at`."""

    left: float
    at: float

    def now(self, now: float, *, rests: bool = False) -> Body:
        """The same body at a later time. It loses no time while the server does not read (`rests`)."""
        return Body(self.left if rests else self.left - (now - self.at), now)

    def came(self, size: int, now: float) -> Body:
        """The same body after more bytes."""
        return Body(min(BODY_SECONDS, self.now(now).left + size / BODY_RATE), now)


class Line(Generic[T]):
    """Connections in order of arrival, each with a value, also grouped by address."""

    def __init__(self) -> None:
        self.all: dict[Connection, T] = {}
        self.of: dict[str, dict[Connection, None]] = {}

    def put(self, connection: Connection, about: T) -> None:
        """Add a connection at the end."""
        self.remove(connection)
        self.all[connection] = about
        self.of.setdefault(connection.address, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        if connection in self.all:
            del self.all[connection]
            same = self.of[connection.address]
            del same[connection]
            if not same:
                del self.of[connection.address]


class Unread(NamedTuple):
    """The unread bytes of an answer, and the time at which the client last read some."""

    left: int
    moved: float


class Connections:
    """The open connections of a process, at most `most`, including readers."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: Line[None] = Line()
        # Connections that wait for their clients: for a request (since when), for its body, or to read.
        self._heads: Line[float] = Line()
        self._bodies: Line[Body] = Line()
        self._unread: Line[Unread] = Line()
        self._leaving: dict[Connection, float] = {}

    async def run(self) -> NoReturn:
        """Sweep once a second, until cancelled."""
        await every(SWEEP_SECONDS, self.sweep)

    # --- called by connections

    def opens(self, connection: Connection) -> None:
        """A connection was made."""
        self._open.put(connection, None)
        self.awaits_head(connection)

    def shakes_hands(self, connection: Connection) -> None:
        """The client waits for the answer to a websocket handshake. `forget` ends this."""
        self._open.put(connection, None)

    def awaits_head(self, connection: Connection) -> None:
        """The connection waits for a request."""
        self._heads.put(connection, time.monotonic())

    def has_head(self, connection: Connection) -> None:
        """The headers of a request are complete."""
        self._heads.remove(connection)
        self._bodies.put(connection, Body(BODY_SECONDS, time.monotonic()))

    def has_some(self, connection: Connection, size: int) -> None:
        """Some bytes of a body arrived."""
        body = self._bodies.all.get(connection)
        if body is not None:
            self._bodies.all[connection] = body.came(size, time.monotonic())

    def has_all(self, connection: Connection) -> None:
        """A request is complete."""
        self._bodies.remove(connection)

    def stands(self, connection: Connection) -> None:
        """The client does not read: the write buffer is full."""
        self._unread.put(connection, Unread(unread(connection), time.monotonic()))

    def leaves(self, connection: Connection) -> None:
        """The last answer was sent. The client has 2 s to read it."""
        self.forget(connection)
        self._leaving[connection] = time.monotonic() + CLOSE_SECONDS

    def forget(self, connection: Connection) -> None:
        """The connection is closed, or has become a reader."""
        self._open.remove(connection)
        self._leaving.pop(connection, None)
        self._unread.remove(connection)
        self._owes_nothing(connection)

    def _owes_nothing(self, connection: Connection) -> None:
        self._heads.remove(connection)
        self._bodies.remove(connection)

    # --- limits

    async def sweep(self) -> None:
        """End connections that are over their time limit.

        A closed connection with a full buffer stays open until the client has read it, so it is checked like the
        others.
        """
        now = time.monotonic()
        for connection in self._late(now):
            self._owes_nothing(connection)
            connection.too_slow()
        for connection in list(self._open.all):
            self._look(connection, now)
        for connection, deadline in list(self._leaving.items()):
            if now > deadline:
                self._leaving.pop(connection)
                connection.transport.abort()

    def _late(self, now: float) -> Iterator[Connection]:
        for connection, since in list(self._heads.all.items()):
            if now - since > HEAD_SECONDS and not connection.answering:
                yield connection
        for connection, body in list(self._bodies.all.items()):
            self._bodies.all[connection] = body.now(now, rests=connection.held_back)
            if body.left < 0:
                yield connection

    def _look(self, connection: Connection, now: float) -> None:
        """Note whether the client reads. Abort if it has read nothing for 30 s."""
        left, before = unread(connection), self._unread.all.get(connection)
        if left:
            self._heads.remove(connection)
        if not left and before is None:
            return
        if not left:
            self._unread.remove(connection)
            if connection not in self._bodies.all and not connection.answering:
                self.awaits_head(connection)
        elif before is None or left < before.left:
            self._unread.put(connection, Unread(left, now))
        elif now - before.moved > UNREAD_SECONDS:
            self._abort(connection)
        else:
            self._unread.all[connection] = Unread(left, before.moved)

    def make_room(self, newest: Connection) -> None:
        """End one connection to make room for `newest`.

        The first choice is a connection that has its last answer. The second is one that waits for its client, of
        the address with the most of these: for a request, then to read, then for the rest of a request. The third
        is the newest safe request of the address with the most connections. The address must not have fewer
        connections than that of `newest`. If there is no such connection, `newest` is ended.
        """
        leaving = next((one for one in self._leaving if one is not newest), None)
        ends = leaving or self._waiting(newest) or self._crowd(newest) or newest
        if unread(ends) and ends is not leaving:
            self._abort(ends)  # a close would not free the descriptor before the client reads
            return
        metrics.CUT.inc()
        self._leaving.pop(ends, None)
        self._owes_nothing(ends)
        ends.make_room()

    def _waiting(self, newest: Connection) -> Connection | None:
        lines = (self._heads, self._unread, self._bodies)
        most = max((some for line in lines for some in line.of.values()), key=len, default={})
        address = next((one.address for one in most), "")
        fewest = self._many(newest.address)
        of_address = (line.of.get(address, {}) for line in lines)
        of_all = ([one for one in line.all if self._many(one.address) >= fewest] for line in lines)
        found = self._first(newest, *of_address) if self._many(address) >= fewest else None
        return found or self._first(newest, *of_all)

    def _crowd(self, newest: Connection) -> Connection | None:
        most: dict[Connection, None] = max(self._open.of.values(), key=len, default={})
        if len(most) <= self._many(newest.address):
            return None
        return next((one for one in reversed(most) if one.repeatable), None)

    def _many(self, address: str) -> int:
        """The number of an address's connections, without readers."""
        return len(self._open.of.get(address, ()))

    def _first(
        self,
        newest: Connection,
        heads: Iterable[Connection],
        standing: Iterable[Connection],
        bodies: Iterable[Connection],
    ) -> Connection | None:
        idle = (one for one in heads if one is not newest and not one.answering)
        full = (one for one in standing if one is not newest)
        slow = (one for one in bodies if one is not newest)
        return (
            next((one for one in idle if not unread(one)), None)
            or next((one for one in full if unread(one)), None)
            or min(slow, key=lambda one: self._bodies.all[one].left, default=None)
            or next((one for one in heads if one is not newest and unread(one)), None)
        )

    def _abort(self, connection: Connection) -> None:
        metrics.CUT.inc()
        self.forget(connection)
        connection.transport.abort()


def unread(connection: Connection) -> int:
    """The bytes that the client has not read yet."""
    return connection.transport.get_write_buffer_size()
