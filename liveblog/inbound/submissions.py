"""Messages from outside become submissions: an editor reads them before any reader does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import structlog

from liveblog.errors import Conflict, Forbidden, Invalid, Stale
from liveblog.inbound.attachments import UNSEEN
from liveblog.inbound.message import Message, as_typed, fitting, forwarded, noted, written
from liveblog.models.content import Entry, EntryStatus
from liveblog.models.integrations import Inlet
from liveblog.net.signatures import derived
from liveblog.newsroom.commit import Outcome, opened
from liveblog.newsroom.context import Newsroom
from liveblog.newsroom.entries import edit, removal
from liveblog.newsroom.forms import EntryChange, NewEntry, Removal
from liveblog.newsroom.validation import parse
from liveblog.store import Received, StoryTransaction

SUBMITTED_REV = 1
WORDLESS = (
    0  # the version of an album of which no picture had words; else the number of the one that had
)
GONE = 2**62  # the version of a message that its sender has deleted: none is newer
TAKEN_BACK = "Its sender has deleted the message in Slack."
FILES_TAKEN_BACK = (
    "Its sender has deleted an attachment in Slack; it is still here, where it was taken."
)


log = structlog.get_logger()


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


async def received(newsroom: Newsroom, secret_key: str, inlet: Inlet, place: str) -> bool:
    """Whether a message has come in before."""
    name = digest(secret_key, inlet, place)
    return await newsroom.store.inlets.received(inlet, name) is not None


async def receive(
    newsroom: Newsroom, secret_key: str, inlet: Inlet, message: Message
) -> str | None:
    """Submits a message, once however often it comes; an edit of it replaces the submission while
    nobody of the newsroom has touched that, and is a submission of its own afterwards. The pictures of an
    album are one submission, as long as no editor has let it go out.

    Gives the id of the entry; None where nothing was to be done. Raises `Invalid`.
    """
    words = _known_again(secret_key, inlet, message)
    message = fitting(message)
    try:
        return await _receive(newsroom, secret_key, inlet, message, words)
    except Invalid as error:
        if not message.text or "body" not in error.fields:
            raise
    return await _receive(newsroom, secret_key, inlet, as_typed(message), words)


async def _receive(
    newsroom: Newsroom, secret_key: str, inlet: Inlet, message: Message, words: str
) -> str | None:
    inbox = _Inbox(newsroom, secret_key, inlet, words)
    name = inbox.digest(message.place)
    before = await newsroom.store.inlets.received(inlet, name)
    if before and message.version <= before.version:
        return None
    if before and words == before.words:
        # What readers of a chat do to a message, such as a reaction, looks like an edit of it.
        await newsroom.store.inlets.note(inlet, name, before._replace(version=message.version))
        return None
    try:
        if before:
            return await inbox.edit(message, name, before)
        return await _come(newsroom, inlet, inbox, message, name)
    except _TakenBackError:
        return None


async def _come(
    newsroom: Newsroom, inlet: Inlet, inbox: _Inbox, message: Message, name: str
) -> str | None:
    if message.album is None:
        return await inbox.submit(message, name)
    group = inbox.digest(message.album.place)
    first = await newsroom.store.inlets.received(inlet, group)
    return await (inbox.join(message, name, first) if first else inbox.submit(message, name, group))


def _known_again(secret_key: str, inlet: Inlet, message: Message) -> str:
    """Stands for what a message says: by it the same is known again, and nothing of it is read."""
    kind = message.strange.kind if message.strange else ""
    said = "\0".join((message.headline or "", message.text, kind, *message.came))
    return derived(secret_key, "words", f"{inlet.salt}\n{said}")


class _Inbox:
    """Where the messages of an inlet go. Digests name them: `name` a message, `group` its album."""

    def __init__(self, newsroom: Newsroom, secret_key: str, inlet: Inlet, known_again: str) -> None:
        self._known_again = known_again
        self._newsroom = newsroom
        self._secret_key = secret_key
        self._inlet = inlet
        self._notes = newsroom.store.inlets

    def digest(self, name: str) -> str:
        return digest(self._secret_key, self._inlet, name)

    async def submit(self, message: Message, name: str, group: str | None = None) -> str | None:
        done = await self._publish(message, group or name, name, group)
        if not done.repeated:
            return done.entry.id
        # Another process was faster, with this message or another picture of its album.
        noted = await self._notes.received(self._inlet, group or name)
        became = noted or self._became(done.entry.id, SUBMITTED_REV, -1)
        if group is not None:
            return await self.join(message, name, became)
        if done.other_form and message.version > became.version:
            return await self.edit(message, name, became)
        await self._notes.note(self._inlet, name, self._became(*became[:2], message.version))
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
        became = self._became(done.entry.id, done.entry.rev, message.version)
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
            worded = self._became(done.entry.id, done.entry.rev, album.number)
            await self._notes.note(self._inlet, group, worded, first)
        async with opened(self._newsroom, None, self._inlet.story, first.entry_id) as change:
            entry, tx = change.before, change.tx
            first = await tx.inbound.received(self._inlet.id, group) or first
            unseen = entry.status in UNSEEN
            if unseen:
                became = self._became(entry.id, first.rev, message.version)
                if not await tx.inbound.take_in(self._inlet.id, name, became):
                    return None
                await self._enclose(tx, entry, message, change.at)
        return entry.id if unseen else await self.submit(message, name)

    def _became(self, entry_id: str, rev: int, version: int) -> Received:
        return Received(entry_id, rev, version, self._known_again)

    async def _replace(self, message: Message, before: Received) -> Outcome | None:
        """None where the newsroom has touched the submission."""
        newsroom, inlet = self._newsroom, self._inlet
        change = parse(EntryChange, written(inlet.kind, message))
        try:
            return await edit.revise(
                newsroom, inlet.user, inlet.story, before.entry_id, change, on_rev=before.rev
            )
        except (Stale, Conflict, Forbidden):
            return None

    async def _publish(
        self, message: Message, key: str, name: str, group: str | None = None
    ) -> Outcome:
        """A submission, with all that is to be noted of it in the same transaction."""
        inlet = self._inlet
        credited = inlet.senders.get(self.digest(message.sender))
        byline = [{"role": "text", "name": credited}] if credited and not message.forward else []
        values = {"status": EntryStatus.SUBMITTED, "credits": byline, "media": message.media}

        async def in_transaction(tx: StoryTransaction, entry: Entry, at: datetime) -> None:
            became = self._became(entry.id, entry.rev, message.version)
            if not await tx.inbound.take_in(inlet.id, name, became):
                noted = await tx.inbound.received(inlet.id, name)
                if noted and noted.version >= GONE:
                    raise _TakenBackError
            if group and message.album:
                worded = message.album.number if message.text else WORDLESS
                await tx.inbound.take_in(inlet.id, group, became._replace(version=worded))
            await self._enclose(tx, entry, message, at)

        form = parse(NewEntry, written(inlet.kind, message) | values | forwarded(message))
        return await edit.publish(
            self._newsroom,
            inlet.user,
            inlet.story,
            form,
            key=key,
            in_transaction=in_transaction,
            credited=message.forward is None,
        )

    async def _enclose(
        self, tx: StoryTransaction, entry: Entry, message: Message, at: datetime
    ) -> None:
        await tx.inbound.add_attachments(self._inlet.id, entry.id, message.files, at)
        if note := noted(message):
            await tx.notes.add(entry, at, self._inlet.user.id, "note", note)


class _TakenBackError(Exception):
    """The message was deleted while it came in."""


async def withdraw(newsroom: Newsroom, secret_key: str, inlet: Inlet, place: str) -> str | None:
    """Purges the submission of a message that its sender has deleted; what the newsroom has touched, or
    published, stays: that is for an editor to take down, and a note says so. Should the message or an edit
    of it come after that, it is left out. Gives the id of what went."""
    name = digest(secret_key, inlet, place)
    # First of all: a message that comes in at this moment is known here, or finds that it was deleted.
    became, again = await newsroom.store.inlets.take_back(inlet, name, GONE)
    return await _purge(newsroom, inlet, became, again=again) if became.entry_id else None


async def withdraw_files(
    newsroom: Newsroom, secret_key: str, inlet: Inlet, place: str, files: Sequence[str]
) -> None:
    """Tells the desk, once, that the sender of a message has deleted files of it: which of the media they
    are is not known."""
    before = await newsroom.store.inlets.received(inlet, digest(secret_key, inlet, place))
    told = digest(secret_key, inlet, "\n".join((place, *files)))
    if before is None or not before.entry_id or await newsroom.store.inlets.received(inlet, told):
        return
    _, entry = await newsroom.store.stories.entry(inlet.story, before.entry_id)
    await _tell(newsroom, inlet, entry, FILES_TAKEN_BACK)
    await newsroom.store.inlets.note(inlet, told, before)


async def _purge(newsroom: Newsroom, inlet: Inlet, before: Received, *, again: bool) -> str | None:
    """`again`: the chat tells it once more; what was not purged then is, and the desk has its note."""
    async with newsroom.store.log.snapshot(inlet.story) as tx:
        entry = await tx.entries.get(before.entry_id)
        untouched = entry.rev == before.rev or await tx.revisions.only_embedded_since(
            entry.id, before.rev
        )
    if entry.status is EntryStatus.SUBMITTED and untouched:
        try:
            await removal.remove(newsroom, inlet.user, inlet.story, entry.id, Removal(purge=True))
        except Forbidden:  # an editor was faster
            log.info("a message was deleted when an editor had it already", inlet=inlet.id)
        else:
            return entry.id
    if not again:
        await _tell(newsroom, inlet, entry)
    return None


async def _tell(newsroom: Newsroom, inlet: Inlet, entry: Entry, text: str = TAKEN_BACK) -> None:
    if entry.status is EntryStatus.REMOVED:
        return
    async with opened(newsroom, None, inlet.story, entry.id) as change:
        await change.tx.notes.add(change.before, change.at, inlet.user.id, "note", text)
