"""The history of a story's coverage: who changed its state, and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from liveblog.models.content import StoryStatus, Value


class CoverageReason(StrEnum):
    """Why the state changed: an editor did it, its time had come, nothing happened for long, or an update came after
    that."""

    EDITOR = "editor"
    CLOCK = "clock"
    SILENCE = "silence"
    UPDATE = "update"


class CoverageStep(Value):
    """A change of the state. `by` is the name of the editor, None if the server did it."""

    at: datetime
    status: StoryStatus
    why: CoverageReason
    by: str | None = None
