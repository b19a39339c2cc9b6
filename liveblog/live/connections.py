"""The HTTP connections of a process: how long each may take, and which one ends when descriptors run short.

A client that sends nothing, sends slowly or does not read holds a descriptor, so it gets a time limit. When
descriptors run short, the address with the most waiting connections loses its oldest one. When no connection
waits for its client, the address with the most open requests loses its newest one. So editors, pages and
health checks come through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, NoReturn, Protocol, TypeVar

from liveblog import metrics
from liveblog.live.frames import CLOSE_SECONDS
from liveblog.process.periodic import every

CONNECTIONS = "connections"  # in the state of the application
HEAD_SECONDS = (
    10.0  # from the first byte of a request, or the connection, to the end of its headers
)
BODY_SECONDS = 60.0  # that a body may stand still,
BODY_RATE = 500.0  # bytes a second that it may be slow: what comes faster is saved up, to a minute
UNREAD_SECONDS = 30.0  # for which a client may take nothing of an answer
SWEEP_SECONDS = 1.0

T = TypeVar("T")


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

    @property
    def repeatable(self) -> bool:
        """Whether its request is safe (RFC 9110, 9.2.1) and no byte of the answer is sent: it may be refused."""

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


class Line(Generic[T]):
    """Connections with something about each, the one that was put first before the others, and by address."""

    def __init__(self) -> None:
        self.all: dict[Connection, T] = {}
        self.of: dict[str, dict[Connection, None]] = {}

    def put(self, connection: Connection, about: T) -> None:
        """At the end."""
        self.remove(connection)
        self.all[connection] = about
        self.of.setdefault(connection.address, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        if self.all.pop(connection, None) is not None:
            same = self.of[connection.address]
            del same[connection]
            if not same:
                del self.of[connection.address]


class Unread(NamedTuple):
    """What a client has not taken of an answer: the bytes, and when it last took some."""

    left: int
    moved: float


class Connections:
    """`most` connections may be open at once, readers among them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: Line[None] = Line()
        # Whose clients owe a request, since when; the rest of one; or to read.
        self._heads: Line[float] = Line()
        self._bodies: Line[Body] = Line()
        self._unread: Line[Unread] = Line()
        self._leaving: dict[Connection, float] = {}

    async def run(self) -> NoReturn:
        """Until cancelled."""
        await every(SWEEP_SECONDS, self.sweep)

    # --- what connections tell

    def opens(self, connection: Connection) -> None:
        self._open.put(connection, None)
        self.awaits_head(connection)

    def shakes_hands(self, connection: Connection) -> None:
        """Its client waits for the answer to a websocket's handshake. `forget` ends that."""
        self._open.put(connection, None)

    def awaits_head(self, connection: Connection) -> None:
        self._heads.put(connection, time.monotonic())

    def has_head(self, connection: Connection) -> None:
        self._heads.remove(connection)
        self._bodies.put(connection, Body(BODY_SECONDS, time.monotonic()))

    def has_some(self, connection: Connection, size: int) -> None:
        body = self._bodies.all.get(connection)
        if body is not None:
            self._bodies.all[connection] = body.came(size, time.monotonic())

    def has_all(self, connection: Connection) -> None:
        self._bodies.remove(connection)

    def stands(self, connection: Connection) -> None:
        """Its client reads nothing."""
        self._unread.put(connection, Unread(unread(connection), time.monotonic()))

    def leaves(self, connection: Connection) -> None:
        """It was told why; it has a moment to read that."""
        self.forget(connection)
        self._leaving[connection] = time.monotonic() + CLOSE_SECONDS

    def forget(self, connection: Connection) -> None:
        """It is gone, or no longer ours."""
        self._open.remove(connection)
        self._leaving.pop(connection, None)
        self._unread.remove(connection)
        self._owes_nothing(connection)

    def _owes_nothing(self, connection: Connection) -> None:
        self._heads.remove(connection)
        self._bodies.remove(connection)

    # --- what follows

    async def sweep(self) -> None:
        """Ends what has taken too long. What is closed with something in its buffer is open until that is read,
        and so is looked at like all others."""
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
        """Whether its client reads."""
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
        """Ends one connection, so that `newest` fits in.

        One that has its last answer goes first. Then one that waits for its client: for a request, to read, or for
        the rest of a request; of the address with most of these. Then the newest safe request of the address with
        most connections. None of these is of an address with fewer connections than that of `newest`: else `newest`
        ends itself.
        """
        leaving = next((one for one in self._leaving if one is not newest), None)
        ends = leaving or self._waiting(newest) or self._crowd(newest) or newest
        if unread(ends) and ends is not leaving:
            self._abort(ends)  # to close it would not give the descriptor back
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
        """The connections of an address, without readers."""
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
    """The bytes that its client has not taken."""
    return connection.transport.get_write_buffer_size()
