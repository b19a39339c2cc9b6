"""What readers may know of an entry's past: each public revision, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from liveblog.content.difference import Kind, Piece, difference
from liveblog.content.markup.markdown import to_text
from liveblog.models.content import Revision, Verification
from liveblog.models.entry_fields import CHANGED

FORM = "form"  # of the text: a link, or what is set in bold
_BOTH = (Kind.STRUCK, Kind.INSERTED)


class Changed(NamedTuple):
    """From one revision to the next: the words of headline and text, and the names of what else."""

    headline: list[Piece]
    body: list[Piece]
    others: tuple[str, ...]


class Change(NamedTuple):
    """One public revision. `verification` is there where it is another than before, and `changed` where
    there was a public revision before."""

    rev: int
    at: datetime
    action: str
    note: str | None
    headline: str | None
    body_html: str
    verification: Verification | None
    changed: Changed | None


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """What changed between two revisions of an entry, as they are stored. May take a third of a second: not for
    the event loop."""
    old, new = (shown.get("body_html") or "" for shown in (before, after))
    body = difference(to_text(old), to_text(new)) if old != new else []
    others = _others(before, after)
    if old != new and not body:
        others.insert(0, FORM)
    headline = difference(before.get("headline") or "", after.get("headline") or "")
    return Changed(headline, body, tuple(others))


def rewritten(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """As `compared()`, but that the old text is struck as a whole and the new one inserted: at once."""
    texts = [
        (state.get("headline") or "", to_text(state.get("body_html") or ""))
        for state in (before, after)
    ]
    headline, body = (
        [Piece(kind, text) for kind, text in zip(_BOTH, pair, strict=True) if text]
        if pair[0] != pair[1]
        else []
        for pair in zip(*texts, strict=True)
    )
    return Changed(headline, body, tuple(_others(before, after)))


def pairs(
    revisions: Sequence[Revision],
) -> dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each public revision with the public one before it, by its number."""
    public = [revision for revision in revisions if revision.public]
    return {after.rev: (before.entry, after.entry) for before, after in pairwise(public)}


def history(revisions: Sequence[Revision], changed: Mapping[int, Changed]) -> list[Change]:
    """The public ones, first to last, without who made them: the bylines say who wrote. `changed` is what was
    compared of their `pairs()`."""
    public = [revision for revision in revisions if revision.public]
    befores: list[Mapping[str, Any] | None] = [None, *(revision.entry for revision in public)]
    return [
        Change(
            rev=revision.rev,
            at=revision.at,
            action=revision.action,
            note=revision.note if revision.action == "corrected" else None,
            headline=_text(revision.entry.get("headline")),
            body_html=_text(revision.entry.get("body_html")) or "",
            verification=_verification(before or {}, revision.entry),
            changed=changed.get(revision.rev),
        )
        for before, revision in zip(befores, public, strict=False)
    ]


def _others(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in CHANGED if _said(before.get(name)) != _said(after.get(name))]


def _said(value: object) -> object:
    """A value without what is empty: a field that came to be later tells no difference."""
    match value:
        case dict():
            return {name: said for name, one in value.items() if (said := _said(one)) is not None}
        case list():
            return [_said(one) for one in value] or None
    return value or None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _verification(before: Mapping[str, Any], after: Mapping[str, Any]) -> Verification | None:
    new = after.get("verification")
    return Verification.model_validate(new) if new and new != before.get("verification") else None
