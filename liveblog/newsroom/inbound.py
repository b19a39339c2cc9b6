"""Messages from outside become submissions: an editor reads them before any reader does."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from liveblog.errors import Conflict, Forbidden, Invalid, Stale
from liveblog.models import Entry, EntryStatus
from liveblog.newsroom import entries, removal
from liveblog.newsroom.done import Done, announced
from liveblog.newsroom.enclosures import UNSEEN
from liveblog.newsroom.forms import BODY_BYTES, EntryChange, NewEntry, Removal, parse
from liveblog.newsroom.room import Newsroom
from liveblog.signatures import derived
from liveblog.store import Received, StoryTransaction
from liveblog.ways import Inlet

HEADLINE = 300
CUT = " […]"
PLAIN = "The message has more markup than an update takes: it is shown as it was typed."
SUBMITTED_REV = 1
WORDLESS = (
    0  # the version of an album of which no picture had words; else the number of the one that had
)
BY = {"slack": "Slack", "telegram": "Telegram", "email": "e-mail"}


class Album(NamedTuple):
    """Several pictures that were sent as one message: `place` names it, `number` the picture within it."""

    place: str
    number: int


class Message(NamedTuple):
    """`place` names the message where it comes from, `version` orders its edits. `sender` is who is known
    there; `text` is Markdown, empty where only files were sent: `what` says of which kind.

    `files` are to be fetched (`enclosures.py`), `media` are uploads already; `note` is for the desk alone.
    """

    place: str
    version: int
    sender: str
    text: str
    headline: str | None = None
    what: str = "picture"
    files: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    note: str | None = None
    album: Album | None = None


def secret(secret_key: str, inlet: Inlet) -> str:
    """What signs for an inlet: shown once, and never stored."""
    return derived(secret_key, "inlet", inlet.salt)


def digest(secret_key: str, inlet: Inlet, name: str) -> str:
    """Stands in the database for who sends, and for messages: a stolen copy names nobody."""
    return derived(secret_key, "sender", f"{inlet.salt}\n{name.strip().casefold()}")


def may_send(secret_key: str, inlet: Inlet, *names: str) -> str | None:
    """The one of these names under which somebody may send; None where there is none."""
    for name in names:
        if digest(secret_key, inlet, name) in inlet.senders:
            return name
    return names[0] if inlet.anyone else None


async def received(room: Newsroom, secret_key: str, inlet: Inlet, place: str) -> bool:
    """Whether a message has come in before."""
    name = digest(secret_key, inlet, place)
    return await room.store.inlets.received(inlet, name) is not None


async def receive(room: Newsroom, secret_key: str, inlet: Inlet, message: Message) -> str | None:
    """Submits a message, once however often it comes; an edit of it replaces the submission while
    nobody of the newsroom has touched that, and is a submission of its own afterwards. The pictures of an
    album are one submission, as long as no editor has let it go out.

    Gives the id of the entry; None where nothing was to be done. Raises `Invalid`.
    """
    message = _fitting(message)
    try:
        return await _receive(room, secret_key, inlet, message)
    except Invalid as error:
        if not message.text or "body" not in error.fields:
            raise
    return await _receive(room, secret_key, inlet, _as_typed(message))


async def _receive(room: Newsroom, secret_key: str, inlet: Inlet, message: Message) -> str | None:
    inbox = _Inbox(room, secret_key, inlet)
    name = inbox.digest(message.place)
    if before := await room.store.inlets.received(inlet, name):
        if message.version <= before.version:
            return None
        return await inbox.edit(message, name, before)
    if message.album is None:
        return await inbox.submit(message, name)
    group = inbox.digest(message.album.place)
    first = await room.store.inlets.received(inlet, group)
    return await (inbox.join(message, name, first) if first else inbox.submit(message, name, group))


def _fitting(message: Message) -> Message:
    """A text that is too long for an entry is cut, and the desk is told: refused, it would be lost, or sent
    again without end."""
    text = message.text.encode()
    if len(text) <= BODY_BYTES:
        return message
    cut = text[: BODY_BYTES - len(CUT.encode())].decode(errors="ignore") + CUT
    told = f"The message was cut: it had {len(text)} bytes, of which an entry takes {BODY_BYTES}."
    return _noted(message._replace(text=cut), told)


def _as_typed(message: Message) -> Message:
    """A text whose Markdown is not accepted, as a block of code, which takes everything; the desk is told."""
    longest = max(map(len, re.findall("`+", message.text)), default=0)
    if longest > BODY_BYTES // 4:  # no fence would leave room for the text
        fence = "~" * (max(map(len, re.findall("~+", message.text)), default=0) + 3)
    else:
        fence = "`" * max(3, longest + 1)
    room = BODY_BYTES - 2 * len(fence) - 2
    text = message.text.encode()[:room].decode(errors="ignore")
    return _noted(message._replace(text=f"{fence}\n{text}\n{fence}"), PLAIN)


def _noted(message: Message, told: str) -> Message:
    return message._replace(note=f"{told} {message.note}" if message.note else told)


class _Inbox:
    """Where the messages of an inlet go. Digests name them: `name` a message, `group` its album."""

    def __init__(self, room: Newsroom, secret_key: str, inlet: Inlet) -> None:
        self._room = room
        self._secret_key = secret_key
        self._inlet = inlet
        self._notes = room.store.inlets

    def digest(self, name: str) -> str:
        return digest(self._secret_key, self._inlet, name)

    async def submit(self, message: Message, name: str, group: str | None = None) -> str | None:
        done = await self._publish(message, group or name, name, group)
        if not done.repeated:
            return done.entry.id
        # Another process was faster, with this message or another picture of its album.
        noted = await self._notes.received(self._inlet, group or name)
        became = noted or Received(done.entry.id, SUBMITTED_REV, -1)
        if group is not None:
            return await self.join(message, name, became)
        if done.other_form and message.version > became.version:
            return await self.edit(message, name, became)
        await self._notes.note(self._inlet, name, became._replace(version=message.version))
        return done.entry.id

    async def edit(self, message: Message, name: str, before: Received) -> str | None:
        """What came with a message is not fetched again."""
        album = message.album
        if album is not None and not message.text:
            return None
        group = self.digest(album.place) if album else None
        first = await self._notes.received(self._inlet, group) if group else None
        if first and first.entry_id != before.entry_id:
            first = None  # it is not with the others of its album
        words_of_another = album and first and first.version not in {WORDLESS, album.number}
        done = None if words_of_another else await self._replace(message, before)
        if done is None:
            key = sha256(f"{name}:{message.version}".encode()).hexdigest()
            done = await self._publish(message, key, name)
        became = Received(done.entry.id, done.entry.rev, message.version)
        await self._notes.note(self._inlet, name, became, before)
        if album and group and first and became.entry_id == first.entry_id:
            await self._notes.note(self._inlet, group, became._replace(version=album.number))
        return done.entry.id

    async def join(self, message: Message, name: str, first: Received) -> str | None:
        """Another picture of an album. The words of one picture are the words of all; those of a second
        one stay with it, in a submission of its own."""
        album = message.album
        assert album is not None
        group = self.digest(album.place)
        if message.text and first.version != album.number:
            done = await self._replace(message, first) if first.version == WORDLESS else None
            if done is None:
                return await self.submit(message, name)
            worded = Received(done.entry.id, done.entry.rev, album.number)
            await self._notes.note(self._inlet, group, worded, first)
        async with self._room.store.log.transaction(self._inlet.story) as story:
            entry = await story.entry(first.entry_id)
            first = await story.received(self._inlet.id, group) or first
            unseen = entry.status in UNSEEN
            if unseen:
                became = Received(entry.id, first.rev, message.version)
                if not await story.take_in(self._inlet.id, name, became):
                    return None
                await self._enclose(story, entry, message, self._room.clock())
        if not unseen:
            return await self.submit(message, name)
        await announced(self._room, story, entry)
        return entry.id

    async def _replace(self, message: Message, before: Received) -> Done | None:
        """None where the newsroom has touched the submission."""
        room, inlet = self._room, self._inlet
        change = parse(EntryChange, self._words(message))
        try:
            return await entries.revise(
                room, inlet.user, inlet.story, before.entry_id, change, on_rev=before.rev
            )
        except (Stale, Conflict, Forbidden):
            return None

    async def _publish(
        self, message: Message, key: str, name: str, group: str | None = None
    ) -> Done:
        """A submission, with all that is to be noted of it in the same transaction."""
        inlet = self._inlet
        credited = inlet.senders.get(self.digest(message.sender))
        byline = [{"role": "text", "name": credited}] if credited else []
        values = {"status": EntryStatus.SUBMITTED, "credits": byline, "media": message.media}

        async def along(story: StoryTransaction, entry: Entry, at: datetime) -> None:
            became = Received(entry.id, entry.rev, message.version)
            await story.take_in(inlet.id, name, became)
            if group and message.album:
                worded = message.album.number if message.text else WORDLESS
                await story.take_in(inlet.id, group, became._replace(version=worded))
            await self._enclose(story, entry, message, at)

        form = parse(NewEntry, self._words(message) | values)
        return await entries.publish(
            self._room, inlet.user, inlet.story, form, key=key, along=along
        )

    async def _enclose(
        self, story: StoryTransaction, entry: Entry, message: Message, at: datetime
    ) -> None:
        await story.enclose(self._inlet.id, entry.id, message.files, at)
        if message.note:
            await story.add_note(entry, at, self._inlet.user.id, "note", message.note)

    def _words(self, message: Message) -> dict[str, Any]:
        """An entry has a text: where a picture has none, one that says so, for the editor to replace."""
        text = message.text or f"(A {message.what} without words, by {BY[self._inlet.kind]}.)"
        headline = {"headline": message.headline[:HEADLINE]} if message.headline else {}
        return {"body": text} | headline


async def withdraw(room: Newsroom, secret_key: str, inlet: Inlet, place: str) -> str | None:
    """Purges the submission of a message that its sender has deleted; what the newsroom has touched, or
    published, stays: that is for an editor to take down. Gives the id of what went."""
    before = await room.store.inlets.received(inlet, digest(secret_key, inlet, place))
    if before is None:
        return None
    async with room.store.log.glimpse(inlet.story) as story:
        entry = await story.entry(before.entry_id)
        untouched = entry.rev == before.rev or await story.only_embedded_since(entry.id, before.rev)
    if entry.status is not EntryStatus.SUBMITTED or not untouched:
        return None
    try:
        await removal.remove(room, inlet.user, inlet.story, entry.id, Removal(purge=True))
    except Forbidden:  # an editor was faster
        return None
    return entry.id
