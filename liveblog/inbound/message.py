"""A message from outside, as each chat and e-mail is read: what it says, and what an entry and the desk get of it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from liveblog.inbound.files import MessageFiles, untaken_note
from liveblog.inbound.unsupported import Strange
from liveblog.models.integrations import Inlet, InletKind
from liveblog.newsroom.forms import BODY_BYTES, MOST_MEDIA

HEADLINE = 300
PLAIN = "The message has more markup than an update takes: it is shown as it was typed."
CUT = " […]"
BY = {"slack": "Slack", "telegram": "Telegram", "email": "e-mail"}


class Album(NamedTuple):
    """Several pictures that were sent as one message: `place` names it, `number` the picture within it."""

    place: str
    number: int


class Forward(NamedTuple):
    """What somebody else wrote: a public channel, by its name and the address of the message, or nobody who
    may be named. `by` is the chat through which it was passed on."""

    by: str
    name: str | None = None
    url: str | None = None

    @property
    def via(self) -> str:
        return "by e-mail" if self.by == BY["email"] else f"in {self.by}"

    @property
    def note(self) -> str:
        if self.name:
            return (
                f"Forwarded in {self.by} from a public channel, which is named as its source."
                " It is not verified, and who forwarded it is not credited."
            )
        return (
            f"Forwarded {self.via}. Who wrote it is not kept. It is not verified, and who"
            " forwarded it is not credited."
        )


class Message(NamedTuple):
    """`place` names the message where it comes from, `version` orders its edits. `sender` is who is known
    there, one of `known_as` where they may be known under several names; `text` is Markdown, empty where
    only files were sent: `what` says of which kind.

    `files` are to be fetched (`attachments.py`), `came` are ids by which those that came are known again,
    `media` are uploads already; `note` is for the desk alone. `strange` is what cannot be taken.
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
    known_as: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    strange: Strange | None = None
    forward: Forward | None = None


class Deleted(NamedTuple):
    """A message that its sender has deleted; with `files`, only those of it."""

    place: str
    files: tuple[str, ...] = ()


def with_files(inlet: Inlet, message: Message, came: MessageFiles, *, edited: bool) -> Message:
    """The message with what came with it: fetched once, and never for an edit, which brings it again."""
    if not came.total:
        return message
    why = None
    if edited:
        why = "came with an edit; only what comes with the message itself is fetched"
    elif inlet.token is None:
        why = (
            f"was not fetched: inlet {inlet.id} has no bot token (liveblog inlet token {inlet.id})"
        )
    taken = came.without(why) if why else came.at_most(MOST_MEDIA)
    notes = (untaken_note(taken.untaken, taken.total) if taken.untaken else None, message.note)
    note = " ".join(filter(None, notes)) or None
    return message._replace(
        files=taken.files, note=note, what=taken.what, came=came.known_by or ("",)
    )


def written(kind: InletKind, message: Message) -> dict[str, Any]:
    """What an entry says of a message, beside its credit. An entry has a text: where a message has none, one
    that says so, for the editor to replace."""
    sent = message.strange.words if message.strange else f"A {message.what} without words"
    said: dict[str, Any] = {"body": message.text or f"({sent}, by {BY[kind]}.)"}
    if message.headline:
        said["headline"] = message.headline[:HEADLINE]
    return said


def forwarded(message: Message) -> dict[str, Any]:
    """What an entry says of what somebody else wrote, to the desk and, should it go out so, to readers."""
    forward = message.forward
    if forward is None:
        return {}
    note = "Forwarded by e-mail" if forward.by == BY["email"] else f"Forwarded on {forward.by}"
    said: dict[str, Any] = {"verification": {"status": "unverified", "note": note}}
    if forward.name:
        said["sources"] = [{"kind": "social", "name": forward.name, "url": forward.url}]
    return said


def noted(message: Message) -> str:
    """What the desk alone reads of a message; empty where there is nothing to be told."""
    forward, strange = message.forward, message.strange
    notes = (forward and forward.note, strange and strange.note, message.note)
    return " ".join(filter(None, notes))


def fitting(message: Message) -> Message:
    """A text that is too long for an entry is cut, and the desk is told: refused, it would be lost, or sent
    again without end."""
    text = message.text.encode()
    if len(text) <= BODY_BYTES:
        return message
    cut = text[: BODY_BYTES - len(CUT.encode())].decode(errors="ignore") + CUT
    told = f"The message was cut: it had {len(text)} bytes, of which an entry takes {BODY_BYTES}."
    return _with_note(message._replace(text=cut), told)


def as_typed(message: Message) -> Message:
    """A text whose Markdown is not accepted, as a block of code, which takes everything; the desk is told."""
    longest = max(map(len, re.findall("`+", message.text)), default=0)
    if longest > BODY_BYTES // 4:  # no fence would leave room for the text
        fence = "~" * (max(map(len, re.findall("~+", message.text)), default=0) + 3)
    else:
        fence = "`" * max(3, longest + 1)
    room = BODY_BYTES - 2 * len(fence) - 2
    text = message.text.encode()[:room].decode(errors="ignore")
    return _with_note(message._replace(text=f"{fence}\n{text}\n{fence}"), PLAIN)


def _with_note(message: Message, told: str) -> Message:
    return message._replace(note=f"{told} {message.note}" if message.note else told)
