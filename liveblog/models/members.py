"""The members of the newsroom: accounts, sessions, tokens, invitations and protections. Frozen values, no I/O."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from liveblog.models.content import Value

# The account of the command line. It has no password, so nobody can sign in with it.
COMMAND_LINE = "command-line@localhost"
# The account that posts the story of `liveblog demo`. Nobody can sign in with it either.
DEMO_TELLER = "demo@example.org"
# Accounts that the server made for itself, as long as they have no password.
OWN_ACCOUNTS = (COMMAND_LINE, DEMO_TELLER)


class Role(StrEnum):
    """`contributor` writes and submits; `editor` also publishes; `admin` may do everything."""

    ADMIN = "admin"
    EDITOR = "editor"
    CONTRIBUTOR = "contributor"


class User(Value):
    """A member of the newsroom. `stories` are the ids of the stories that a contributor may see and write in at the
    desk; None means all."""

    id: int
    email: str
    name: str
    role: Role
    stories: frozenset[int] | None = None


class Member(Value):
    """An account as admins see it. `assigned` holds slugs of stories; it is ignored if `all_stories` is true."""

    user: User
    created_at: datetime
    disabled: bool
    all_stories: bool
    assigned: tuple[str, ...] = ()
    has_password: bool


class Session(Value):
    """A session of a signed-in browser. `id` identifies it and is not secret. `label` is coarse: "Firefox on
    Linux"."""

    id: str
    user: User
    label: str
    created_at: datetime
    last_seen_at: datetime


class ApiToken(Value):
    """An API token, without the secret."""

    id: int
    label: str
    created_at: datetime
    last_used_at: datetime | None = None


class Invitation(Value):
    """An invitation link. It creates an account, or with `user_id` it sets a new password for that account.

    `stories` are ids; they are ignored if `all_stories` is true.
    """

    id: int
    user_id: int | None = None
    email: str
    role: Role
    all_stories: bool = True
    stories: tuple[int, ...] = ()
    created_at: datetime
    expires_at: datetime


class Precision(StrEnum):
    """How exactly readers see an author's place."""

    EXACT = "exact"
    REGION = "region"
    HIDDEN = "hidden"


class Protection(Value):
    """The protection of an author from being recognised or found.

    `byline` and `handle` replace the author's name in public. An entry is published at the earliest `delay` minutes
    after it was written. Readers see `region`, or nothing, instead of the dateline; the exact place is shown
    `place_delay` minutes after publication, or never if that is None.
    """

    byline: str | None = None
    handle: str | None = None
    delay: int = 0
    place: Precision = Precision.EXACT
    region: str | None = None
    place_delay: int | None = None


class WithheldPlace(Value):
    """The exact place and time of an entry, which only the newsroom sees.

    `decided` names those of the two fields whose public value an editor has set; that value is not changed any more.
    `show_at` is when readers get to see the exact place, None for never.
    """

    entry_id: str
    dateline: str | None = None
    occurred_at: datetime | None = None
    decided: tuple[str, ...] = ()
    show_at: datetime | None = None
