"""Whether what comes again under an idempotency key is the same: told by a digest, for the text may be purged."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from liveblog.newsroom.forms import NewEntry

LENGTH = 64  # as the column has


def digest_of(form: NewEntry) -> str:
    """Of what was asked for: fields that were left out and those with their default value are the same."""
    of = sha256(form.model_dump_json(exclude_defaults=True).encode()).hexdigest()
    return f"{_kind()}:{of}"[:LENGTH]


def is_other(form: NewEntry, known: str) -> bool | None:
    """None where that cannot be told: the digest went with a purge, or the form had other fields then."""
    if known == digest_of(form):
        return False
    return True if known.startswith(f"{_kind()}:") else None


@cache
def _kind() -> str:
    """Another one after an upgrade that changed the form."""
    schema = json.dumps(NewEntry.model_json_schema(), sort_keys=True)
    return sha256(schema.encode()).hexdigest()[:8]
