"""One change of a story: what a transaction reads and writes, in groups."""

from __future__ import annotations

from liveblog.store.transaction.revisions import EMBEDDED, RevisionMade
from liveblog.store.transaction.story import StoryTransaction

__all__ = ["EMBEDDED", "RevisionMade", "StoryTransaction"]
