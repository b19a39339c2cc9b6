"""Whether a repeated request sends the same form. A digest tells, because the text may be purged."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from liveblog.newsroom.forms import NewEntry

LENGTH = 64  # characters, as in the column


def digest_of(form: NewEntry) -> str:
    """The digest of a form, at most 64 characters. A missing field counts as its default value."""
    of = sha256(form.model_dump_json(exclude_defaults=True).encode()).hexdigest()
    return f"{_kind()}:{of}"[:LENGTH]


def is_other(form: NewEntry, known: str) -> bool | None:
    """Whether a form differs from the one with the digest `known`.

    None if that cannot be found out: the digest was purged, or the form had other fields then.
    """
    if known == digest_of(form):
        return False
    return True if known.startswith(f"{_kind()}:") else None


@cache
def _kind() -> str:
    """A name for the fields of the form. An upgrade that changes the form changes it."""
    schema = json.dumps(NewEntry.model_json_schema(), sort_keys=True)
    return sha256(schema.encode()).hexdigest()[:8]
