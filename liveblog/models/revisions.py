"""The history of an entry: its revisions, the report on a removal, and the newsroom's notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from liveblog.models.content import EntryStatus, Value


class Reached(Value):
    """A server process that has received a removal, and the number of open sockets it sent the removal to."""

    process: str
    sockets: int


class Confirmed(NamedTuple):
    """What is known of a removal within 2 s: `processes` have it, `silent` ones did not answer.

    `copies` are the sites that include the story on their server, with the number of their last requests.
    """

    processes: tuple[Reached, ...] = ()
    silent: tuple[str, ...] = ()
    copies: Mapping[str, int] = {}


class Takedown(Value):
    """The report on a removal.

    `scrubbed` counts the scrubbed records by kind. `processes` have confirmed the removal, `silent` are those that did
    not confirm in time. `beyond` names, in words, the copies that no server can reach.
    """

    at: datetime
    purged: bool
    scrubbed: dict[str, int] = Field(default_factory=dict)
    processes: tuple[Reached, ...] = ()
    silent: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


class Revision(Value):
    """One revision of an entry: `entry` holds its fields, `by` the name of the user who made it.

    `report` is set for a removal.
    """

    rev: int
    at: datetime
    by: str | None
    action: str
    note: str | None = None
    report: Takedown | None = None
    entry: dict[str, object]

    @property
    def public(self) -> bool:
        """Whether readers may see it: drafts before publication stay within the newsroom."""
        return self.entry.get("status") == EntryStatus.PUBLISHED


class Note(Value):
    """An internal note on an entry, never public."""

    id: int
    at: datetime
    by: str | None
    kind: Literal["note", "returned", "embargo"]
    text: str
