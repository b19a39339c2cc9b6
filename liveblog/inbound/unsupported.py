"""Content of chat messages that cannot be taken into an entry, such as a poll or a location.

The desk learns only the kind of the content. Places, numbers and names in it are never read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_ASK = "ask the sender for it in words"


class Strange(NamedTuple):
    """Content that cannot be taken: `kind` with its article, such as "a poll", and `why`, with advice."""

    kind: str
    why: str

    @property
    def note(self) -> str:
        """The note to the desk."""
        return f"{self.kind[:1].upper()}{self.kind[1:]} was sent and cannot be taken: {self.why}."

    @property
    def words(self) -> str:
        """The placeholder for the text of a message that holds nothing else; the caller adds brackets."""
        return f"{self.kind[:1].upper()}{self.kind[1:]} that cannot be taken"


_PLACE = "where somebody is must not be kept; ask the sender what there is to be told of the place"
_LINK = "ask the sender for a link to it, or for a screenshot"
SOMETHING = Strange("a message of an unknown kind", _ASK)
# By field of a message (https://core.telegram.org/bots/api#message). The first match counts: a venue also has a
# location.
_TELEGRAM = {
    "venue": Strange("a venue", _PLACE),
    "location": Strange("a location", _PLACE),
    "contact": Strange("a contact", "names and numbers of people must not be kept"),
    "poll": Strange("a poll", f"{_ASK}, with the result"),
    "checklist": Strange("a checklist", _ASK),
    "sticker": Strange("a sticker", "it is no picture that an entry can show; ask the sender what it means"),
    "dice": Strange("a dice", "it is a game"),
    "game": Strange("a game", "it works in Telegram alone"),
    "story": Strange("a story", _LINK),
    "paid_media": Strange("a paid medium", "it is not given to bots"),
    "invoice": Strange("an invoice", "it works in Telegram alone"),
    "giveaway": Strange("a giveaway", "it works in Telegram alone"),
    "giveaway_winners": Strange("a list of winners", "names of people must not be kept"),
}  # fmt: skip
LIVE_LOCATION = Strange("a live location", _PLACE)
# The fields of a message that hold no unsupported content, and those of service messages.
_AROUND = re.compile(
    r"message_id|(?:message_thread|business_connection|effect|media_group)_id|from|sender_.+|date|chat|edit_date"
    r"|forward_.+|is_.+|reply_.+|external_reply|quote|via_bot|has_.+|author_signature|paid_star_count|guest_.+"
    r"|link_preview_options|.*entities|show_caption_above_media|direct_messages_topic|suggested_post_.+"
    r"|text|caption|photo|animation|video|video_note|voice|audio|document"
    r"|new_chat_.+|left_chat_.+|delete_chat_photo|.+_created|.+_changed|migrate_.+|pinned_message|.+_payment"
    r"|.+_shared|connected_website|write_access_allowed|passport_data|proximity_alert_triggered|boost_added"
    r"|chat_.+|.*forum_topic_.+|giveaway_completed|video_chat_.+|web_app_data|checklist_tasks_.+|.*gift.*"
    r"|managed_bot_.+|poll_option_.+"
)
FORWARDED = Strange("a forwarded message", _ASK)
HUDDLE = Strange("a huddle", "what is said in it is not kept")


def of_telegram(message: Mapping[str, Any]) -> Strange | None:
    """The unsupported content of a Telegram message; None if there is none."""
    for name, strange in _TELEGRAM.items():
        part = message.get(name)
        if isinstance(part, dict):
            is_live = name == "location" and part.get("live_period") is not None
            return LIVE_LOCATION if is_live else strange
    return None if all(map(_AROUND.fullmatch, message)) else SOMETHING


def of_slack(message: Mapping[str, Any]) -> Strange | None:
    """The unsupported content of a Slack message; None if there is none."""
    if message.get("subtype") == "huddle_thread":
        return HUDDLE
    # Rich text is written by a person. `attachments` are previews of links, or forwarded messages.
    blocks = message.get("blocks")
    known = {"rich_text"}
    kinds = (
        {one.get("type") for one in blocks if isinstance(one, dict)}
        if isinstance(blocks, list)
        else set()
    )
    return SOMETHING if kinds - known and not message.get("text") else None
