"""Reads the updates of a Telegram bot: a message, or an edit of a message
(https://core.telegram.org/bots/api#update)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from liveblog.inbound import unsupported
from liveblog.inbound.entities import from_telegram
from liveblog.inbound.files import of_telegram
from liveblog.inbound.message import Album, Forward, Message, with_files
from liveblog.models.integrations import Inlet

NEW = ("message", "channel_post")
EDITED = ("edited_message", "edited_channel_post")
ANSWER = "It is a reply. The message that it answers is not included."
TITLE = 200  # characters
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


def read(inlet: Inlet, update: Mapping[str, Any]) -> Message | None:
    """The message of an update; None for updates of other kinds."""
    name = next((one for one in NEW + EDITED if isinstance(update.get(one), dict)), None)
    if name is None:
        return None
    message = update[name]
    chat = _part(message, "chat").get("id")
    part = "text" if "text" in message else "caption"
    entities = message.get("entities" if part == "text" else "caption_entities")
    text = from_telegram(message.get(part), entities if isinstance(entities, list) else [])
    # Edits are ordered by their second, and within a second by the number of the update.
    edit, number = _number(message.get("edit_date")), _number(update.get("update_id"))
    version = (edit % 2**31 << 31) + number % 2**31
    said = Message(
        f"{chat}:{message.get('message_id')}",
        version,
        "",
        text,
        known_as=(str(_part(message, "from").get("id", chat)), str(chat)),
        strange=unsupported.of_telegram(message),
        forward=_forward(message),
        note=ANSWER if _is_answer(message) else None,
    )
    if group := message.get("media_group_id"):
        # Each picture of an album is a separate message.
        album = Album(f"{chat}:album:{group}", _number(message.get("message_id")))
        said = said._replace(album=album)
    return with_files(inlet, said, of_telegram(message), edited=name in EDITED)


def _is_answer(message: Mapping[str, Any]) -> bool:
    """Whether a message answers another. In a topic of a group, each message formally answers the first one of the
    topic; that does not count."""
    began = "forum_topic_created" in _part(message, "reply_to_message")
    return "external_reply" in message or ("reply_to_message" in message and not began)


def _forward(message: Mapping[str, Any]) -> Forward | None:
    """The origin of a forwarded message; None if it was not forwarded.

    Only a public channel is named. Nothing is kept of a person, a group (where people speak) or a private channel.
    """
    origin = _part(message, "forward_origin")
    # Before Bot API 7.0 the origin was in fields of the message.
    old = any(one in message for one in ("forward_date", "forward_from", "forward_sender_name"))
    channel, number = _part(origin, "chat"), origin.get("message_id")
    if not origin:
        channel = _part(message, "forward_from_chat")
        number = message.get("forward_from_message_id")
        if not old and not channel:
            return None
    elif origin.get("type") != "channel":
        return Forward("Telegram")
    username, title = (
        str(channel.get("username", "")),
        " ".join(str(channel.get("title", "")).split()),
    )
    if channel.get("type") != "channel" or not _USERNAME.fullmatch(username):
        return Forward("Telegram")
    at = f"/{number}" if _number(number) else ""
    return Forward("Telegram", title[:TITLE] or f"@{username}", f"https://t.me/{username}{at}")


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
