"""The JSON of an event as readers receive it. The same text is stored, published and pushed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from liveblog.content.templates import Templates, iso
from liveblog.models.content import Entry, EventKind, Story

# What every event says of the Brief: `brief_since`, the number of entries published since it was written, and if it
# changed, `brief_html`, which replaces it on pages (newsroom/brief.py).
BriefFields = dict[str, Any]


def _text(
    seq: int, kind: EventKind, entry: Entry | None, at: datetime, more: dict[str, Any]
) -> str:
    head = {
        "type": "event",
        "seq": seq,
        "kind": kind.value,
        "id": entry.id if entry else None,
        "rev": entry.rev if entry else None,
        "at": iso(at),
    }
    return _compact(head | more)


def _compact(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def shown(
    templates: Templates,
    seq: int,
    kind: EventKind,
    story: Story,
    entry: Entry,
    at: datetime,
    brief: BriefFields,
) -> str:
    """The event for an entry that was published or updated. `html` is the entry as pages render it."""
    return _text(
        seq,
        kind,
        entry,
        at,
        {
            "published_at": iso(entry.published_at) if entry.published_at else None,
            "key": entry.key,
            "pinned": entry.pinned,
            "chapter": entry.chapter,
            "html": templates.entry(entry, story),
            "key_html": templates.key_event(entry, story) if entry.key else None,
            "pin_html": templates.pin(entry, story) if entry.pinned else None,
            **brief,
        },
    )


def removed(seq: int, entry: Entry, at: datetime, brief: BriefFields, *, purged: bool) -> str:
    """The event for an entry that was removed, or purged with its revisions."""
    more = {"purged": True} if purged else {}
    return _text(seq, EventKind.ENTRY_REMOVED, entry, at, more | brief)


def story(templates: Templates, seq: int, changed: Story, at: datetime, brief: BriefFields) -> str:
    """The event for a change of the story itself. `html` is its header."""
    return _text(
        seq,
        EventKind.STORY_UPDATED,
        None,
        at,
        {
            "status": changed.status.value,
            "title": changed.title,
            "html": templates.story_header(changed),
            **brief,
        },
    )


def scrubbed(text: str) -> str:
    """Replacement for an earlier event of a purged entry: it only says that the entry was removed.

    Replaying it is harmless at any position, because removing a missing entry does nothing.
    """
    event = json.loads(text)
    kept = {name: event[name] for name in ("type", "seq", "kind", "id", "rev", "at")}
    kept |= {"kind": EventKind.ENTRY_REMOVED.value, "purged": True}
    return _compact(kept)


def without_brief(text: str, entry_id: str) -> str | None:
    """The event without its Brief, if a purged entry stands in that; None if it does not.

    Readers of the event keep the Brief that they had. The event of the purge, which follows, has the Brief of then.
    """
    if entry_id not in text:
        return None
    event = json.loads(text)
    if entry_id not in event.get("brief_html", ""):
        return None
    del event["brief_html"]
    return _compact(event)
