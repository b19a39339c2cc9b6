"""Corrections: tell readers what was wrong in a published entry."""

from __future__ import annotations

from datetime import datetime

from liveblog.content.difference import Kind, Piece, difference
from liveblog.content.markup.markdown import to_text
from liveblog.errors import Invalid
from liveblog.models.content import Correction, Entry, EntryStatus, Passage

SHORT = 240  # struck and inserted characters; an entry shows no more


def corrected(before: Entry, after: Entry, note: str, at: datetime) -> Entry:
    """Returns the entry with one more correction.

    The correction comes with the change that it explains, or alone: the fix need not wait for the
    note. The same note sent again with no other change adds nothing.

    Raises `Invalid` if the entry is not published.
    """
    if before.status is not EntryStatus.PUBLISHED:
        raise Invalid({"correction": "is only for a published update; change the update itself"})
    note = note.replace("\r\n", "\n").strip()
    if after == before and before.corrections and before.corrections[-1].note == note:
        return after
    correction = Correction(at=at, rev=before.rev + 1, note=note, passages=_passages(before, after))
    return after.model_copy(
        update={"corrections": (*before.corrections, correction), "corrected_at": at}
    )


def _passages(before: Entry, after: Entry) -> tuple[Passage, ...]:
    """The struck and inserted passages of headline and text; none if they are long."""
    texts = [
        (before.headline or "", after.headline or ""),
        (to_text(before.body_html), to_text(after.body_html)),
    ]
    # Long rewrites are not compared, because the story is locked meanwhile.
    if any(_apart(old, new) > 2 * SHORT for old, new in texts):
        return ()
    headline, body = (difference(old, new) for old, new in texts)
    pieces = [*headline, *([Piece(Kind.LEFT_OUT, "")] if headline and body else []), *body]
    changed = sum(len(text) for kind, text in pieces if kind in {Kind.STRUCK, Kind.INSERTED})
    if changed > SHORT:
        return ()
    return tuple(Passage(kind=kind.value, text=text) for kind, text in pieces)


def _apart(old: str, new: str) -> int:
    """The number of characters of both texts between their common start and their common end."""
    head = _common(old, new)
    before, after = old[head:], new[head:]
    return len(before) + len(after) - 2 * _common(before[::-1], after[::-1])


def _common(one: str, other: str) -> int:
    """The length of the common start of two texts."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
