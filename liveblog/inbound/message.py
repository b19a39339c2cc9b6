"""A message from a chat or an e-mail, and the fields of an entry and the notes that are made from it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from liveblog.inbound.files import MessageFiles, untaken_note
from liveblog.inbound.unsupported import Strange
from liveblog.models.integrations import Inlet, InletKind
from liveblog.newsroom.forms import BODY_BYTES, MOST_MEDIA

HEADLINE = 300  # characters
PLAIN = "The message has more markup than an update takes: it is shown as it was typed."
CUT = " […]"
BY = {"slack": "Slack", "telegram": "Telegram", "email": "e-mail"}


class Album(NamedTuple):
    """A picture of an album, of which each picture is a message. `place` identifies the album, `number` the picture."""

    place: str
    number: int


class Forward(NamedTuple):
    """The origin of a forwarded message. `by` is the chat or e-mail it came through, a value of `BY`.

    A public channel is given by its `name` and the `url` of the message. Other origins are not named.
    """

    by: str
    name: str | None = None
    url: str | None = None

    @property
    def via(self) -> str:
        """How it was forwarded, as a phrase for notes: `by e-mail` or `in Slack`."""
        return "by e-mail" if self.by == BY["email"] else f"in {self.by}"

    @property
    def note(self) -> str:
        """The note to the desk."""
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
    """A message from a chat or an e-mail.

    `place` identifies the message, `version` orders its edits. `sender` is the id of the sender. If a sender has
    several ids, `known_as` lists them, and the caller sets `sender` to the one that may send. `text` is Markdown, empty
    if only files were sent; `what` is then the kind of the files.

    `files` are ids of files to fetch (`attachments.py`). `came` are the permanent ids of the files. `media` are ids of
    uploaded media. `note` is for the desk only. `strange` describes content that cannot be taken.
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
    """A message that its sender has deleted. With `files`, only these files of it were deleted."""

    place: str
    files: tuple[str, ...] = ()


def with_files(inlet: Inlet, message: Message, came: MessageFiles, *, edited: bool) -> Message:
    """The message with its files. An edit brings the same files again, so those of an edit are not fetched."""
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
    """The fields of an entry for a message, without the credit.

    An entry needs a text. A message without one gets a placeholder, which the editor replaces.
    """
    sent = message.strange.words if message.strange else f"A {message.what} without words"
    said: dict[str, Any] = {"body": message.text or f"({sent}, by {BY[kind]}.)"}
    if message.headline:
        said["headline"] = message.headline[:HEADLINE]
    return said


def forwarded(message: Message) -> dict[str, Any]:
    """The fields of an entry for a forwarded message: unverified, with its source if that is known."""
    forward = message.forward
    if forward is None:
        return {}
    note = "Forwarded by e-mail" if forward.by == BY["email"] else f"Forwarded on {forward.by}"
    said: dict[str, Any] = {"verification": {"status": "unverified", "note": note}}
    if forward.name:
        said["sources"] = [{"kind": "social", "name": forward.name, "url": forward.url}]
    return said


def noted(message: Message) -> str:
    """The note to the desk on a message; empty if there is none."""
    forward, strange = message.forward, message.strange
    notes = (forward and forward.note, strange and strange.note, message.note)
    return " ".join(filter(None, notes))


def fitting(message: Message) -> Message:
    """The message with its text cut to the limit of an entry, and a note to the desk.

    A refused message would be lost, or the chat would send it again and again.
    """
    text = message.text.encode()
    if len(text) <= BODY_BYTES:
        return message
    cut = text[: BODY_BYTES - len(CUT.encode())].decode(errors="ignore") + CUT
    told = f"The message was cut: it had {len(text)} bytes, of which an entry takes {BODY_BYTES}."
    return _with_note(message._replace(text=cut), told)


def as_typed(message: Message) -> Message:
    """The message with its text as a block of code, and a note to the desk: for Markdown that is not accepted."""
    longest = max(map(len, re.findall("`+", message.text)), default=0)
    if longest > BODY_BYTES // 4:  # a fence of backticks would leave no room for the text
        fence = "~" * (max(map(len, re.findall("~+", message.text)), default=0) + 3)
    else:
        fence = "`" * max(3, longest + 1)
    room = BODY_BYTES - 2 * len(fence) - 2
    text = message.text.encode()[:room].decode(errors="ignore")
    return _with_note(message._replace(text=f"{fence}\n{text}\n{fence}"), PLAIN)


def _with_note(message: Message, told: str) -> Message:
    return message._replace(note=f"{told} {message.note}" if message.note else told)
