"""Reads Slack's events: a message, an edit of a message, or its deletion
(https://docs.slack.dev/reference/events/message)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveblog.inbound import unsupported
from liveblog.inbound.files import of_slack
from liveblog.inbound.marks import quotation
from liveblog.inbound.message import Deleted, Forward, Message, with_files
from liveblog.inbound.mrkdwn import from_slack
from liveblog.models.integrations import Inlet

# The subtypes of messages that a person writes to a channel. Replies in threads are talk within the newsroom.
SPOKEN = frozenset({None, "file_share", "me_message", "thread_broadcast", "huddle_thread"})
SHARES = 3  # forwarded messages that are read of one message
SLACKBOT = "USLACKBOT"
OF_A_SHARE = "A file of the message that was forwarded was not taken: ask the sender for it."


def read(inlet: Inlet, event: Mapping[str, Any]) -> Message | Deleted | None:
    """The message or the deletion in an event.

    None for events that are not a person's message to the channel: messages of bots, joins, replies in threads, and
    edits by Slack itself, which adds previews of links.
    """
    if event.get("type") != "message":
        return None
    kind = event.get("subtype")
    if kind == "message_deleted":
        ts = event.get("deleted_ts") or _part(event, "previous_message").get("ts")
        return Deleted(f"{inlet.channel}:{ts}")
    message = event
    if kind == "message_changed":
        message = _part(event, "message")
        if _is_tombstone(message):  # a deleted message that has replies
            return Deleted(f"{inlet.channel}:{message.get('ts')}")
        if "edited" not in message:
            return _without_files(inlet, event, message)
    return _message(inlet, message, edited=message is not event)


def _without_files(
    inlet: Inlet, event: Mapping[str, Any], message: Mapping[str, Any]
) -> Deleted | None:
    """The files of a message that were deleted; None for other changes that Slack makes itself."""
    gone = _tombstones(message) - _tombstones(_part(event, "previous_message"))
    return Deleted(f"{inlet.channel}:{message.get('ts')}", tuple(sorted(gone))) if gone else None


def _tombstones(message: Mapping[str, Any]) -> set[str]:
    files = message.get("files")
    some = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
    return {str(one.get("id")) for one in some if one.get("mode") == "tombstone"}


def _is_tombstone(message: Mapping[str, Any]) -> bool:
    hidden = message.get("hidden") is True and message.get("user") == SLACKBOT
    return message.get("subtype") == "tombstone" or hidden


def _message(inlet: Inlet, message: Mapping[str, Any], *, edited: bool) -> Message | None:
    kind, thread, said_at = (message.get(name) for name in ("subtype", "thread_ts", "ts"))
    reply = thread is not None and thread != said_at and kind != "thread_broadcast"
    if kind not in SPOKEN or "bot_id" in message or reply or message.get("hidden") is True:
        return None
    at = _part(message, "edited").get("ts") if edited else said_at
    by = (
        _part(message, "room").get("created_by") if kind == "huddle_thread" else message.get("user")
    )
    text = from_slack(message.get("text"), message.get("blocks"))
    place = f"{inlet.channel}:{said_at}"
    if kind == "huddle_thread":
        return Message(place, _microseconds(at), str(by), "", strange=unsupported.HUDDLE)
    said = Message(place, _microseconds(at), str(by), text, strange=unsupported.of_slack(message))
    shared = _shared(message)
    if shared:
        quoted = "\n\n".join(quotation(one).strip("\n") for one, _ in shared if one)
        words = "\n\n".join(part for part in (text, quoted) if part)
        forward, odd = None if text else Forward("Slack"), None if words else unsupported.FORWARDED
        said = said._replace(text=words, forward=forward, strange=odd)
        if any(files for _, files in shared):
            said = said._replace(note=OF_A_SHARE)
    return with_files(inlet, said, of_slack(message), edited=edited)


def _shared(message: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The forwarded messages in a message: the Markdown of each, and whether it had files.

    Their authors and channels are not read.
    """
    given = message.get("attachments")
    some = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    shares = [one for one in some if one.get("is_share") is True][:SHARES]
    return [(from_slack(one.get("text")), bool(one.get("files"))) for one in shares]


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _microseconds(ts: object) -> int:
    """Slack's time of a message, such as `1355517523.000005`, in microseconds; 0 if it is not valid."""
    digits = str(ts).replace(".", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
