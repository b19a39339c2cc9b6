"""Messages from outside become submissions: an editor reads them before any reader does."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from liveblog.errors import Conflict, Forbidden, Stale
from liveblog.models import EntryStatus
from liveblog.newsroom import entries, removal
from liveblog.newsroom.done import Done
from liveblog.newsroom.forms import EntryChange, NewEntry, Removal, parse
from liveblog.newsroom.room import Newsroom
from liveblog.signatures import derived
from liveblog.store import Received
from liveblog.ways import Inlet

HEADLINE = 300
SUBMITTED_REV = 1


class Message(NamedTuple):
    """`place` names the message where it comes from, `version` orders its edits. `sender` is who is known
    there; `text` is Markdown."""

    place: str
    version: int
    sender: str
    text: str
    headline: str | None = None


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


async def receive(room: Newsroom, secret_key: str, inlet: Inlet, message: Message) -> str | None:
    """Submits a message, once however often it comes; an edit of it replaces the submission while
    nobody of the newsroom has touched that, and is a submission of its own afterwards.

    Gives the id of the entry; None where nothing was to be done. Raises `Invalid`, `TooLarge`.
    """
    name = digest(secret_key, inlet, message.place)
    before = await room.store.inlets.received(inlet, name)
    if before is None:
        done = await _submit(room, secret_key, inlet, message, name)
        if done.other_form:  # it was submitted, and that never noted: this is an edit of it
            before = Received(done.entry.id, SUBMITTED_REV, -1)
    elif message.version <= before.version:
        return None
    if before is not None:
        done = await _replace(room, secret_key, inlet, message, before, name)
    became = Received(done.entry.id, done.entry.rev, message.version)
    await room.store.inlets.note(inlet, name, became)
    return done.entry.id


async def _replace(
    room: Newsroom, secret_key: str, inlet: Inlet, message: Message, before: Received, name: str
) -> Done:
    try:
        change = parse(EntryChange, _text(message))
        return await entries.revise(
            room, inlet.user, inlet.story, before.entry_id, change, on_rev=before.rev
        )
    except (Stale, Conflict, Forbidden):
        edit = sha256(f"{name}:{message.version}".encode()).hexdigest()
        return await _submit(room, secret_key, inlet, message, edit)


async def withdraw(room: Newsroom, secret_key: str, inlet: Inlet, place: str) -> str | None:
    """Purges the submission of a message that its sender has deleted; what the newsroom has touched, or
    published, stays: that is for an editor to take down. Gives the id of what went."""
    before = await room.store.inlets.received(inlet, digest(secret_key, inlet, place))
    if before is None:
        return None
    _, entry = await room.store.stories.entry(inlet.story, before.entry_id)
    if entry.status is not EntryStatus.SUBMITTED or entry.rev != before.rev:
        return None
    try:
        await removal.remove(room, inlet.user, inlet.story, entry.id, Removal(purge=True))
    except Forbidden:  # an editor was faster
        return None
    return entry.id


async def _submit(
    room: Newsroom, secret_key: str, inlet: Inlet, message: Message, key: str
) -> Done:
    credited = inlet.senders.get(digest(secret_key, inlet, message.sender))
    byline = [{"role": "text", "name": credited}] if credited else []
    values = _text(message) | {"status": EntryStatus.SUBMITTED, "credits": byline}
    return await entries.publish(room, inlet.user, inlet.story, parse(NewEntry, values), key=key)


def _text(message: Message) -> dict[str, Any]:
    headline = {"headline": message.headline[:HEADLINE]} if message.headline else {}
    return {"body": message.text} | headline
