"""The action and the words of the composer's button: publish at once, at a time, after the embargo, or after the
author's delay. `static/desk/shared/times.js` computes the same while somebody types.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from liveblog.content import localtime
from liveblog.errors import Invalid
from liveblog.models.content import Entry, EntryStatus, Story
from liveblog.web.desk.forms import when

PUBLISH, SCHEDULE, BREAK = "publish", "schedule", "break"


class Button(NamedTuple):
    """`until` is the end of an embargo that prevents publication, in words."""

    action: str = PUBLISH
    words: str = "Publish"
    until: str = ""


def button(values: Mapping[str, str], story: Story, now: datetime, held: datetime | None) -> Button:
    """The button of a user who can publish an unpublished entry. `held` is the earliest time that the delay allows."""
    zone = story.timezone
    at, until = (_exact(name, values, zone) for name in ("publish_at", "embargo_until"))
    if until and until > now and (at is None or at < until):
        if held and held > until:
            return Button(SCHEDULE, _held(held, zone, now), told(until, zone, now))
        return Button(SCHEDULE, f"Schedule for {told(until, zone, now)}", told(until, zone, now))
    if held and (at is None or at < held):
        return Button(words=_held(held, zone, now))
    if at is None:
        return Button()
    words = f"Schedule for {told(at, zone, now)}"
    return Button(words=words if at > now else f"Publish, dated {told(at, zone, now)}")


def decided(
    form: Mapping[str, Any], values: Mapping[str, str], story: Story, entry: Entry | None = None
) -> dict[str, Any]:
    """The fields that the button sets: "schedule" for the end of the embargo, or "break" the embargo."""
    action = form.get("action")
    if action == BREAK:
        return {"break_embargo": True}
    if action != SCHEDULE or (entry and entry.status is EntryStatus.PUBLISHED):
        return {}
    until = when("embargo_until", values, story.timezone)
    was = entry.embargo_until if entry else None
    if was and until and localtime.field(was, story.timezone)[0] == values["embargo_until"]:
        until = was.isoformat()  # to the second
    return {"publish_at": until} if until else {}


def told(at: datetime, zone: str, now: datetime) -> str:
    """A time such as `10:25 (UTC+2)`, with the day if it is not today."""
    local = at.astimezone(ZoneInfo(zone))
    today = local.date() == now.astimezone(ZoneInfo(zone)).date()
    return (
        localtime.hour(at, zone)
        if today
        else f"{localtime.long_day(local)}, {localtime.hour(at, zone)}"
    )


def _held(at: datetime, zone: str, now: datetime) -> str:
    return f"Publish at {told(at, zone, now).rpartition(' (')[0]}, held to protect the author"


def _exact(name: str, values: Mapping[str, str], zone: str) -> datetime | None:
    try:
        text = when(name, values, zone)
    except Invalid:
        return None
    return datetime.fromisoformat(text) if text else None
