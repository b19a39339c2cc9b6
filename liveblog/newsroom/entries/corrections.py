"""Corrections: what readers are told when something that was published was wrong."""

from __future__ import annotations

from datetime import datetime

from liveblog.content.difference import Kind, Piece, difference
from liveblog.content.markup.markdown import to_text
from liveblog.errors import Invalid
from liveblog.models.content import Correction, Entry, EntryStatus, Passage

SHORT = 240  # characters of what was struck and inserted, which then stand in the entry itself


def corrected(before: Entry, after: Entry, note: str, at: datetime) -> Entry:
    """The entry with a further correction.

    It comes with the change that it explains, or alone: the fix need not wait for the words of its
    note. The same note sent again with nothing else is no second correction. Raises `Invalid` where
    readers have seen nothing that could be corrected.
    """
    if before.status is not EntryStatus.PUBLISHED:
        raise Invalid({"correction": "is only for what is published; change the update itself"})
    note = note.replace("\r\n", "\n").strip()
    if after == before and before.corrections and before.corrections[-1].note == note:
        return after
    correction = Correction(at=at, rev=before.rev + 1, note=note, passages=_passages(before, after))
    return after.model_copy(
        update={"corrections": (*before.corrections, correction), "corrected_at": at}
    )


def _passages(before: Entry, after: Entry) -> tuple[Passage, ...]:
    """What was struck and inserted in headline and text, where that is short."""
    texts = [
        (before.headline or "", after.headline or ""),
        (to_text(before.body_html), to_text(after.body_html)),
    ]
    # Long rewritings are not even compared: the story's readers and writers wait meanwhile.
    if any(_apart(old, new) > 2 * SHORT for old, new in texts):
        return ()
    headline, body = (difference(old, new) for old, new in texts)
    pieces = [*headline, *([Piece(Kind.LEFT_OUT, "")] if headline and body else []), *body]
    changed = sum(len(text) for kind, text in pieces if kind in {Kind.STRUCK, Kind.INSERTED})
    if changed > SHORT:
        return ()
    return tuple(Passage(kind=kind.value, text=text) for kind, text in pieces)


def _apart(old: str, new: str) -> int:
    """How many characters lie between what two texts have in common at both ends."""
    head = _common(old, new)
    before, after = old[head:], new[head:]
    return len(before) + len(after) - 2 * _common(before[::-1], after[::-1])


def _common(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
