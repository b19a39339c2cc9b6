"""Who is at which story's desk, who edits what, and that something was done: told between processes.

State, not a log: every message says how things are, none has to arrive. Presence is said again every
few seconds and forgotten where it is not; lists are of a `turn`, which the database counts, so a
message that was lost is noticed within a second. Readers' feeds know nothing of it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import structlog

from liveblog.errors import LiveblogError
from liveblog.models.content import EntryStatus, Story
from liveblog.process.periodic import Paced, every
from liveblog.store import RevisionMade

SESSIONS = "desk:sessions"
NEWS = "desk:news"
CHANNEL = "newsroom:"
BEAT_SECONDS = 3.0
SHOW_SECONDS = 0.25  # between two times that all are told who is here; the first is told at once
FORGET_AFTER = 3.5 * BEAT_SECONDS
TURN_SECONDS = 1.0
MOST_OF_ONE = 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Member:
    """One open page of somebody; `byline` is the public name. `entry` is what is being edited there, since
    when, and by which claim: the highest holds the entry, of equal ones the first. `owner` is who wrote
    that entry."""

    id: str
    user: int
    name: str
    byline: str
    role: str
    entry: str | None = None
    since: float = 0.0
    claim: int = 0
    owner: int | None = None


class Seat(Protocol):
    """An open socket. The calls return at once and must not raise."""

    member: Member
    session: str

    def hear(self, news: dict[str, Any]) -> None:
        """What was done to another story, and somebody may wait for: as `news()` has it."""

    def signed_out(self) -> None:
        """The session has ended."""


class RoomSeat(Seat, Protocol):
    """One at a story's desk."""

    def changed(self, turn: int, changes: list[dict[str, Any]]) -> None:
        """Something was done to the story; of what, unless that was lost."""

    def present(self, here: list[Member]) -> None:
        """Who is here now."""


def channel(slug: str) -> str:
    """The name of a desk's channel."""
    return CHANNEL + slug


def said(story: Story, kept: Iterable[RevisionMade]) -> bytes:
    """What a story's desks are told of a transaction: of what it was and by whom, and no word of it."""
    return json.dumps({"turn": story.turn, "changed": _changes(kept)}).encode()


def news(story: Story, kept: Iterable[RevisionMade]) -> bytes | None:
    """What the desks of other stories are told of it, too: what came to those who wait or left them, breaking
    news, and what somebody else published for its writer."""
    changes = [one for one in _changes(kept) if _awaited(one)]
    if not changes:
        return None
    named = {"id": story.id, "story": story.slug, "title": story.title}
    return json.dumps(named | {"changed": changes}).encode()


def _awaited(change: dict[str, Any]) -> bool:
    if change["action"] == "published":
        return bool(change["breaking"]) or change["by"] != change["owner"]
    if change["action"] in {"draft", "scheduled"}:
        return bool(change["rev"] > 1)  # it may have waited
    return change["action"] in {
        "submitted",
        "returned",
        "withdrawn",
        "removed",
        "purged",
        "restored",
    }


def _changes(kept: Iterable[RevisionMade]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.entry.id,
            "rev": one.entry.rev,
            "status": one.entry.status.value,
            "action": one.action,
            "by": one.user_id,
            "owner": one.entry.created_by,
            "public": _public(one),
            "breaking": "breaking" in {label.casefold() for label in one.entry.labels},
        }
        for one in kept
    ]


def _public(one: RevisionMade) -> bool:
    """Whether readers were told of it, too: of what they see, and of what was taken from them."""
    gone = one.entry.status is EntryStatus.REMOVED or one.action == "withdrawn"
    return one.entry.status is EntryStatus.PUBLISHED or (gone and one.entry.seq is not None)


def holders(here: Iterable[Member]) -> dict[str, str]:
    """Which member holds each entry that is being edited."""
    found: dict[str, Member] = {}
    for member in here:
        if member.entry is None:
            continue
        other = found.get(member.entry)
        if other is None or _rank(member) < _rank(other):
            found[member.entry] = member
    return {entry: member.id for entry, member in found.items()}


def _rank(member: Member) -> tuple[int, float, str]:
    return (-member.claim, member.since, member.id)


class Room:
    """The desk of one story, as this process knows it. `say` tells the other processes who is here."""

    def __init__(self, slug: str, say: Callable[[Room], None]) -> None:
        self.slug = slug
        self.show = Paced(SHOW_SECONDS, self._show)
        self.say = Paced(SHOW_SECONDS, lambda: say(self))
        self.seats: dict[str, RoomSeat] = {}
        self.turn = -1
        self._others: dict[str, tuple[float, list[Member]]] = {}
        self._shown: list[Member] = []

    def here(self) -> list[Member]:
        """Everybody, on all processes, in the order of their names."""
        mine = [seat.member for seat in self.seats.values()]
        others = [member for _, members in self._others.values() for member in members]
        return sorted([*mine, *others], key=lambda member: (member.name.casefold(), member.id))

    def heard(self, process: str, members: list[Member]) -> None:
        self._others[process] = (_now(), members)
        self.show()

    def forget(self) -> None:
        """Those who have not been heard of for a while are gone."""
        late = [name for name, (at, _) in self._others.items() if _now() - at > FORGET_AFTER]
        for name in late:
            del self._others[name]
        self.show()

    def _show(self) -> None:
        """Tells everybody here who is here, where that changed."""
        here = self.here()
        if here != self._shown:
            self._shown = here
            for seat in list(self.seats.values()):
                seat.present(here)

    def moved(self, turn: int, changes: list[dict[str, Any]]) -> None:
        self.turn = turn
        for seat in list(self.seats.values()):
            seat.changed(turn, changes)


class Wire(Protocol):
    async def publish(self, channel: str, data: bytes) -> bool: ...
    async def subscribe(self, channel: str) -> None: ...
    async def unsubscribe(self, channel: str) -> None: ...


class Desks:
    """The rooms of one process, and its lobby: the pages that are at no story. `turns` asks the database how
    much was done to stories."""

    def __init__(
        self,
        wire: Wire,
        process: str,
        turns: Callable[[Iterable[str]], Awaitable[Mapping[str, int]]],
        most_seats: int,
    ) -> None:
        self._wire = wire
        self._process = process
        self._turns = turns
        self._most_seats = most_seats
        self._rooms: dict[str, Room] = {}
        self._lobby: dict[str, Seat] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def has_room(self, user: int, *, in_lobby: bool) -> bool:
        """Whether one more page of a user may be let in: the lobby takes no seat from the stories."""
        seats = [*self._lobby.values()] if in_lobby else self._seated()
        of_user = Counter(seat.member.user for seat in seats)[user]
        return len(seats) < self._most_seats and of_user < MOST_OF_ONE

    def enter_lobby(self, seat: Seat) -> None:
        self._lobby[seat.member.id] = seat

    def leave_lobby(self, seat: Seat) -> None:
        del self._lobby[seat.member.id]

    def enter(self, story: Story, seat: RoomSeat) -> None:
        room = self._rooms.get(story.slug)
        if room is None:
            room = self._rooms[story.slug] = Room(
                story.slug, lambda one: self._spawn(self._say(one))
            )
            room.turn = story.turn
            self._spawn(self._open(room))
        room.seats[seat.member.id] = seat
        room.show()
        room.say()

    def leave(self, slug: str, seat: RoomSeat) -> None:
        room = self._rooms[slug]
        del room.seats[seat.member.id]
        room.show()
        if room.seats:
            room.say()
        else:
            room.say.now()  # while it is this room that says it
            del self._rooms[slug]
            self._spawn(self._close(slug))

    def edit(
        self, slug: str, seat: RoomSeat, entry: str | None, *, take: bool, owner: int | None = None
    ) -> None:
        """Says what somebody edits, and whose it is. `take` claims it from whoever holds it."""
        room = self._rooms[slug]
        member = seat.member
        rivals = [one.claim for one in room.here() if one.entry == entry and one.id != member.id]
        # By the clock too: those who hold it on other processes may not have been heard of yet.
        claim = max([int(time.time() * 1000), *(rival + 1 for rival in rivals)]) if take else 0
        if member.entry == entry and not take:
            return
        seat.member = replace(member, entry=entry, since=time.time(), claim=claim, owner=owner)
        room.show()
        room.say()

    def subscribed(self, name: str) -> bool:
        """A subscription begins: others are asked who they are, and what was missed is looked up."""
        if name in {SESSIONS, NEWS}:
            return True
        if not name.startswith(CHANNEL):
            return False
        room = self._rooms.get(name.removeprefix(CHANNEL))
        if room is not None:
            self._spawn(self._ask(room))
        return True

    def receive(self, name: str, data: bytes) -> bool:
        if name == SESSIONS:
            self._signed_out(set(json.loads(data)))
            return True
        if name == NEWS:
            self._hear(json.loads(data))
            return True
        if not name.startswith(CHANNEL):
            return False
        message = json.loads(data)
        room = self._rooms.get(name.removeprefix(CHANNEL))
        if room is None:
            return True
        if "turn" in message:
            room.moved(int(message["turn"]), list(message["changed"]))
        elif message["process"] != self._process:
            room.heard(message["process"], [Member(**one) for one in message["here"]])
            if message["asks"]:
                self._spawn(self._say(room))
        return True

    def _signed_out(self, sessions: set[str]) -> None:
        for seat in [*self._lobby.values(), *self._seated()]:
            if seat.session in sessions:
                seat.signed_out()

    def _hear(self, told: dict[str, Any]) -> None:
        for seat in [*self._lobby.values(), *self._seated(but=told["story"])]:
            seat.hear(told)

    async def run(self) -> None:
        """Runs until cancelled."""
        for name in (SESSIONS, NEWS):
            await self._wire.subscribe(name)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(every(BEAT_SECONDS, self._beat))
                tasks.create_task(every(TURN_SECONDS, self._check_turns))
        finally:
            for task in list(self._tasks):
                task.cancel()

    def _seated(self, but: str | None = None) -> list[Seat]:
        """At the desks of all stories, but one."""
        rooms = [room for room in self._rooms.values() if room.slug != but]
        return [seat for room in rooms for seat in room.seats.values()]

    async def _beat(self) -> None:
        for room in list(self._rooms.values()):
            room.forget()
            await self._say(room)

    async def _check_turns(self) -> None:
        """What Redis did not bring. Raises `Unavailable`."""
        rooms = dict(self._rooms)
        if not rooms:
            return
        before = {slug: room.turn for slug, room in rooms.items()}
        for slug, turn in (await self._turns(rooms)).items():
            room = rooms[slug]
            if room.turn == before[slug] and turn != room.turn:
                room.moved(turn, [])

    async def _open(self, room: Room) -> None:
        await self._wire.subscribe(channel(room.slug))
        await self._ask(room)

    async def _close(self, slug: str) -> None:
        if slug not in self._rooms:
            await self._wire.unsubscribe(channel(slug))

    async def _ask(self, room: Room) -> None:
        await self._say(room, asks=True)

    async def _say(self, room: Room, *, asks: bool = False) -> None:
        here = [asdict(seat.member) for seat in room.seats.values()]
        message = {"process": self._process, "here": here, "asks": asks}
        await self._wire.publish(channel(room.slug), json.dumps(message).encode())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _guarded(work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except LiveblogError as error:
            log.warning("a desk could not be told", reason=str(error))
        except Exception:
            log.exception("a desk could not be told")


def visible(change: Mapping[str, Any], user: int, *, edits: bool) -> bool:
    """Whether somebody may hear of a change: of what readers hear of, of their own, and editors of all."""
    # What another version says less of is for editors.
    return edits or bool(change.get("public")) or change.get("owner") == user


def _now() -> float:
    return asyncio.get_running_loop().time()
