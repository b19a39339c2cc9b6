"""The JSON of an event as readers receive it. The same text is stored, published and pushed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from liveblog.content.templates import Templates, iso
from liveblog.models.content import Entry, EventKind, Story


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
    return json.dumps(head | more, ensure_ascii=False, separators=(",", ":"))


def shown(
    templates: Templates, seq: int, kind: EventKind, story: Story, entry: Entry, at: datetime
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
        },
    )


def removed(seq: int, entry: Entry, at: datetime, *, purged: bool) -> str:
    """The event for an entry that was removed, or purged with its revisions."""
    return _text(seq, EventKind.ENTRY_REMOVED, entry, at, {"purged": True} if purged else {})


def story(templates: Templates, seq: int, changed: Story, at: datetime) -> str:
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
        },
    )


def scrubbed(text: str) -> str:
    """Replacement for an earlier event of a purged entry: it only says that the entry was removed.

    Replaying it is harmless at any position, because removing a missing entry does nothing.
    """
    event = json.loads(text)
    kept = {name: event[name] for name in ("type", "seq", "kind", "id", "rev", "at")}
    kept |= {"kind": EventKind.ENTRY_REMOVED.value, "purged": True}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
