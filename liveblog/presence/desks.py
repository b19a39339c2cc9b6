"""Presence at the desk: who has which story open, who edits which entry, and which stories have changed.

Each message carries the whole state, so a lost message does no harm. Presence is sent again every few seconds, and
forgotten when it is not. The database counts the changes of each story (`change_count`; `turn` in messages, which
earlier releases read), so a lost message is noticed within a second. Readers' feeds are not involved.
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
SHOW_SECONDS = 0.25  # the shortest time between two presence messages; the first is sent at once
FORGET_AFTER = 3.5 * BEAT_SECONDS
CHECK_SECONDS = 1.0
MOST_OF_ONE = 20  # pages of one user

log = structlog.get_logger()


@dataclass(frozen=True)
class Participant:
    """One open page of a user.

    `byline` is the user's public name. `entry` is the entry that is edited there, `owner` the user who wrote it,
    `since` the Unix time in seconds at which the edit began. The highest `claim` holds the entry; of equal claims,
    the earliest.
    """

    id: str
    user: int
    name: str
    byline: str
    role: str
    entry: str | None = None
    since: float = 0.0
    claim: int = 0
    owner: int | None = None


class DeskConnection(Protocol):
    """An open socket. The calls return at once and must not raise."""

    participant: Participant
    session: str

    def hear(self, news: dict[str, Any]) -> None:
        """Handle news of another story, as `news()` makes it."""

    def signed_out(self) -> None:
        """Handle the end of the session."""


class StoryConnection(DeskConnection, Protocol):
    """A connection to a story's desk."""

    def changed(self, change_count: int, changes: list[dict[str, Any]]) -> None:
        """Handle changes of the story. `changes` is empty if the message was lost."""

    def present(self, here: list[Participant]) -> None:
        """Handle a new list of participants."""


def channel(slug: str) -> str:
    """The name of the channel of a story's desk."""
    return CHANNEL + slug


def announcement(story: Story, kept: Iterable[RevisionMade]) -> bytes:
    """The message to a story's desk about a transaction: the entries, the actions and the users, but no text."""
    return json.dumps({"turn": story.change_count, "changed": _changes(kept)}).encode()


def news(story: Story, kept: Iterable[RevisionMade]) -> bytes | None:
    """The message about a transaction for the desks of other stories; None if there is no news.

    News are entries that entered or left a queue, breaking news, and entries that somebody else published for their
    author.
    """
    changes = [one for one in _changes(kept) if _awaited(one)]
    if not changes:
        return None
    named = {"id": story.id, "story": story.slug, "title": story.title}
    return json.dumps(named | {"changed": changes}).encode()


def _awaited(change: dict[str, Any]) -> bool:
    if change["action"] == "published":
        return bool(change["breaking"]) or change["by"] != change["owner"]
    if change["action"] in {"draft", "scheduled"}:
        return bool(change["rev"] > 1)  # it may have been in a queue
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
    """Whether readers saw the change: the entry is published, or it was and has been removed or withdrawn."""
    gone = one.entry.status is EntryStatus.REMOVED or one.action == "withdrawn"
    return one.entry.status is EntryStatus.PUBLISHED or (gone and one.entry.seq is not None)


def holders(here: Iterable[Participant]) -> dict[str, str]:
    """The id of the participant who holds each entry that is being edited, by entry id."""
    found: dict[str, Participant] = {}
    for participant in here:
        if participant.entry is None:
            continue
        other = found.get(participant.entry)
        if other is None or _rank(participant) < _rank(other):
            found[participant.entry] = participant
    return {entry: participant.id for entry, participant in found.items()}


def _rank(participant: Participant) -> tuple[int, float, str]:
    return (-participant.claim, participant.since, participant.id)


class StoryDesk:
    """The desk of one story, as this process knows it. `say` sends this process's participants to the others."""

    def __init__(self, slug: str, say: Callable[[StoryDesk], None]) -> None:
        self.slug = slug
        self.show = Paced(SHOW_SECONDS, self._show)
        self.say = Paced(SHOW_SECONDS, lambda: say(self))
        self.connections: dict[str, StoryConnection] = {}
        self.change_count = -1
        self._others: dict[str, tuple[float, list[Participant]]] = {}
        self._shown: list[Participant] = []

    def here(self) -> list[Participant]:
        """All participants on all processes, sorted by name."""
        mine = [connection.participant for connection in self.connections.values()]
        others = [one for _, participants in self._others.values() for one in participants]
        return sorted([*mine, *others], key=lambda one: (one.name.casefold(), one.id))

    def heard(self, process: str, participants: list[Participant]) -> None:
        """Take the participants of another process."""
        self._others[process] = (_now(), participants)
        self.show()

    def forget(self) -> None:
        """Forget processes that have been silent for 10.5 s."""
        late = [name for name, (at, _) in self._others.items() if _now() - at > FORGET_AFTER]
        for name in late:
            del self._others[name]
        self.show()

    def _show(self) -> None:
        """Send the list of participants to the connections here if it has changed."""
        here = self.here()
        if here != self._shown:
            self._shown = here
            for connection in list(self.connections.values()):
                connection.present(here)

    def moved(self, change_count: int, changes: list[dict[str, Any]]) -> None:
        """Tell the connections here that the story has changed."""
        self.change_count = change_count
        for connection in list(self.connections.values()):
            connection.changed(change_count, changes)


class Bus(Protocol):
    """The part of `RedisBus` that the desks use."""

    async def publish(self, channel: str, data: bytes) -> bool: ...
    async def subscribe(self, channel: str) -> None: ...
    async def unsubscribe(self, channel: str) -> None: ...


class DeskHub:
    """The desks of one process, and its connections without a story (the index page among them).

    `process` is this process's id. `change_counts` returns the number of changes of each story, from the database.
    `most_connections` is the limit for pages with a story, and again for pages without one.
    """

    def __init__(
        self,
        bus: Bus,
        process: str,
        change_counts: Callable[[Iterable[str]], Awaitable[Mapping[str, int]]],
        most_connections: int,
    ) -> None:
        self._bus = bus
        self._process = process
        self._change_counts = change_counts
        self._most_connections = most_connections
        self._desks: dict[str, StoryDesk] = {}
        self._index: dict[str, DeskConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def has_room(self, user: int, *, at_index: bool) -> bool:
        """Whether one more page of a user is admitted. Pages with and without a story are counted apart."""
        connections = [*self._index.values()] if at_index else self._at_stories()
        of_user = Counter(connection.participant.user for connection in connections)[user]
        return len(connections) < self._most_connections and of_user < MOST_OF_ONE

    def enter_index(self, connection: DeskConnection) -> None:
        self._index[connection.participant.id] = connection

    def leave_index(self, connection: DeskConnection) -> None:
        del self._index[connection.participant.id]

    def enter(self, story: Story, connection: StoryConnection) -> None:
        desk = self._desks.get(story.slug)
        if desk is None:
            desk = self._desks[story.slug] = StoryDesk(
                story.slug, lambda one: self._spawn(self._say(one))
            )
            desk.change_count = story.change_count
            self._spawn(self._open(desk))
        desk.connections[connection.participant.id] = connection
        desk.show()
        desk.say()

    def leave(self, slug: str, connection: StoryConnection) -> None:
        desk = self._desks[slug]
        del desk.connections[connection.participant.id]
        desk.show()
        if desk.connections:
            desk.say()
        else:
            desk.say.now()  # at once, because the desk is deleted
            del self._desks[slug]
            self._spawn(self._close(slug))

    def edit(
        self,
        slug: str,
        connection: StoryConnection,
        entry: str | None,
        *,
        take: bool,
        owner: int | None = None,
    ) -> None:
        """Note that a page edits an entry, which `owner` wrote; None ends the edit. `take` takes the entry from its
        holder.
        """
        desk = self._desks[slug]
        participant = connection.participant
        rivals = [
            one.claim for one in desk.here() if one.entry == entry and one.id != participant.id
        ]
        # The claim is also a time, because a holder on another process may not be known here yet.
        claim = max([int(time.time() * 1000), *(rival + 1 for rival in rivals)]) if take else 0
        if participant.entry == entry and not take:
            return
        connection.participant = replace(
            participant, entry=entry, since=time.time(), claim=claim, owner=owner
        )
        desk.show()
        desk.say()

    # --- called by the listener

    def subscribed(self, slug: str) -> None:
        """Ask the other processes for their participants when a subscription is confirmed."""
        desk = self._desks.get(slug)
        if desk is not None:
            self._spawn(self._ask(desk))

    def receive(self, slug: str, data: bytes) -> None:
        """Handle a message on the channel of a story's desk."""
        message = json.loads(data)
        desk = self._desks.get(slug)
        if desk is None:
            return
        if "turn" in message:
            desk.moved(int(message["turn"]), list(message["changed"]))
        elif message["process"] != self._process:
            desk.heard(message["process"], [Participant(**one) for one in message["here"]])
            if message["asks"]:
                self._spawn(self._say(desk))

    def sign_out(self, _: str, data: bytes) -> None:
        """Handle a message on `SESSIONS`: a JSON list of the ids of sessions that have ended."""
        sessions = set(json.loads(data))
        for connection in [*self._index.values(), *self._at_stories()]:
            if connection.session in sessions:
                connection.signed_out()

    def tell_news(self, _: str, data: bytes) -> None:
        """Handle a message on `NEWS`."""
        told = json.loads(data)
        for connection in [*self._index.values(), *self._at_stories(but=told["story"])]:
            connection.hear(told)

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(every(BEAT_SECONDS, self._beat))
                tasks.create_task(every(CHECK_SECONDS, self._check_change_counts))
        finally:
            for task in list(self._tasks):
                task.cancel()

    def _at_stories(self, but: str | None = None) -> list[DeskConnection]:
        """The connections to the desks of all stories except `but`."""
        desks = [desk for desk in self._desks.values() if desk.slug != but]
        return [connection for desk in desks for connection in desk.connections.values()]

    async def _beat(self) -> None:
        for desk in list(self._desks.values()):
            desk.forget()
            await self._say(desk)

    async def _check_change_counts(self) -> None:
        """Notice changes that Redis did not deliver. Raises `Unavailable`."""
        desks = dict(self._desks)
        if not desks:
            return
        before = {slug: desk.change_count for slug, desk in desks.items()}
        for slug, change_count in (await self._change_counts(desks)).items():
            desk = desks[slug]
            if desk.change_count == before[slug] and change_count != desk.change_count:
                desk.moved(change_count, [])

    async def _open(self, desk: StoryDesk) -> None:
        await self._bus.subscribe(channel(desk.slug))
        await self._ask(desk)

    async def _close(self, slug: str) -> None:
        if slug not in self._desks:
            await self._bus.unsubscribe(channel(slug))

    async def _ask(self, desk: StoryDesk) -> None:
        await self._say(desk, asks=True)

    async def _say(self, desk: StoryDesk, *, asks: bool = False) -> None:
        here = [asdict(connection.participant) for connection in desk.connections.values()]
        message = {"process": self._process, "here": here, "asks": asks}
        await self._bus.publish(channel(desk.slug), json.dumps(message).encode())

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _guarded(work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except LiveblogError as error:
            log.warning("desk message failed", reason=str(error))
        except Exception:
            log.exception("desk message failed")


def _now() -> float:
    return asyncio.get_running_loop().time()
