"""Integrations: inlets bring messages into the newsroom, webhooks send events out. Frozen values, no I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from liveblog.models.content import EventKind, Value
from liveblog.models.members import User

InletKind = Literal["slack", "telegram", "email"]
HookKind = Literal["webhook", "websub", "indexnow"]


class Inlet(Value):
    """An inlet: messages from a chat or from e-mail become submissions of `user` in a story's queue.

    `senders` maps each allowed sender to the name for the credit, if any. The keys are digests, so that a copy of the
    database names no sender. With `anyone`, other senders are allowed too, without a credit. `channel` is the id of a
    Slack channel. `token` is the bot's token for fetching files of a chat, encrypted (`net.signatures.sealed`).
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
    """A webhook: `url` receives the events of a story (by its slug), or of all stories.

    A hub of WebSub and IndexNow are told of changes in the same way; `kind` says what they are told.

    While it fails, `tries` counts the failures since `failing_since`, and nothing is sent before `next_at`.
    """

    id: int
    kind: HookKind = "webhook"
    url: str
    story: str | None = None
    salt: str
    created_at: datetime
    tries: int = 0
    next_at: datetime | None = None
    failing_since: datetime | None = None
    disabled_at: datetime | None = None


class Delivery(Value):
    """One try to deliver an event to a webhook.

    `status` is the HTTP status of the answer. It is None if there was no answer; `error` then gives the reason.
    `next_at` is the time of the next try, None if there will be none.
    """

    at: datetime
    story: str
    seq: int
    kind: EventKind
    milliseconds: int
    status: int | None = None
    error: str | None = None
    next_at: datetime | None = None
