"""Ways into the newsroom (inlets) and out of it (hooks). Frozen values, no I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from liveblog.models.content import EventKind, Value
from liveblog.models.members import User

InletKind = Literal["slack", "telegram", "email"]


class Inlet(Value):
    """A way by which messages from outside come into a story's queue, as submissions of `user`.

    `senders` are who may send, and the name that each is credited by, if any: keyed by a digest, so that
    who they are cannot be read here. With `anyone`, so may others, without a name. `channel` is Slack's.
    `token` is that of the bot by which files of a chat are fetched, sealed.
    """

    id: int
    kind: InletKind
    story: str
    user: User
    channel: str | None = None
    salt: str
    token: str | None = Field(None, repr=False)
    anyone: bool = False
    senders: dict[str, str | None] = Field(default_factory=dict)
    created_at: datetime


class Webhook(Value):
    """An address outside that is told of the events of a story (by its slug), or of all stories.

    While it fails, `tries` counts since `failing_since`, and nothing is sent before `next_at`.
    """

    id: int
    url: str
    story: str | None = None
    salt: str
    created_at: datetime
    tries: int = 0
    next_at: datetime | None = None
    failing_since: datetime | None = None
    disabled_at: datetime | None = None


class Delivery(Value):
    """One try to tell a hook of an event. `status` is what it answered with; None where it did not, and
    `error` says why. `next_at` is when it will be tried again."""

    at: datetime
    story: str
    seq: int
    kind: EventKind
    milliseconds: int
    status: int | None = None
    error: str | None = None
    next_at: datetime | None = None
