"""The public history of an entry: each public revision, and its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from liveblog.content.difference import Kind, Piece, difference
from liveblog.content.markup.markdown import to_text
from liveblog.models.content import Verification
from liveblog.models.entry_fields import CHANGED
from liveblog.models.revisions import Revision

FORM = "form"  # only the form of the text changed: a link, or bold words
_BOTH = (Kind.STRUCK, Kind.INSERTED)


class Changed(NamedTuple):
    """The difference between two revisions: the words of headline and text, and the names of the other fields."""

    headline: list[Piece]
    body: list[Piece]
    others: tuple[str, ...]


class Change(NamedTuple):
    """One public revision.

    `verification` is set if the revision changed it. `changed` is set if there was a public revision before.
    """

    rev: int
    at: datetime
    action: str
    note: str | None
    headline: str | None
    body_html: str
    verification: Verification | None
    changed: Changed | None


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """Compare two stored revisions of an entry, word by word.

    This may take a third of a second: do not call it in the event loop.
    """
    old, new = (shown.get("body_html") or "" for shown in (before, after))
    body = difference(to_text(old), to_text(new)) if old != new else []
    others = _others(before, after)
    if old != new and not body:
        others.insert(0, FORM)
    headline = difference(before.get("headline") or "", after.get("headline") or "")
    return Changed(headline, body, tuple(others))


def rewritten(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """Like `compared()`, but fast: the whole old text is struck, and the whole new text inserted."""
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
    """Each public revision with the public revision before it, `(before, after)`, by its number.

    The first public revision has no pair.
    """
    public = [revision for revision in revisions if revision.public]
    return {after.rev: (before.entry, after.entry) for before, after in pairwise(public)}


def history(revisions: Sequence[Revision], changed: Mapping[int, Changed]) -> list[Change]:
    """The public revisions, first to last. `changed` holds the results for their `pairs()`.

    The accounts that made the revisions are left out: the byline names the authors.
    """
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
    """A value without its empty parts, so that a field added to the model later makes no difference."""
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
