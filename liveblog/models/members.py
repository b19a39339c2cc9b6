"""Who works in the newsroom: accounts, how they sign in, and what protects them. Frozen values, no I/O."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from liveblog.models.content import Value


class Role(StrEnum):
    """`contributor` writes and submits; `editor` also publishes; `admin` may do everything."""

    ADMIN = "admin"
    EDITOR = "editor"
    CONTRIBUTOR = "contributor"


class User(Value):
    """Somebody of the newsroom. `stories` are the ids of those that a contributor may see at the desk
    and write in; None means all."""

    id: int
    email: str
    name: str
    role: Role
    stories: frozenset[int] | None = None


class Member(Value):
    """An account as its admins see it. `assigned` holds slugs, which count where not `all_stories`."""

    user: User
    created_at: datetime
    disabled: bool
    all_stories: bool
    assigned: tuple[str, ...] = ()
    has_password: bool


class Session(Value):
    """A browser in which somebody is signed in. `id` is no secret and names it; `label` is coarse:
    "Firefox on Linux"."""

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
    """A link that makes an account, or, with a `user_id`, gives that account a new password."""

    id: int
    user_id: int | None = None
    email: str
    role: Role
    all_stories: bool = True
    stories: tuple[int, ...] = ()
    created_at: datetime
    expires_at: datetime


class Precision(StrEnum):
    """How exactly readers are told where somebody writes from."""

    EXACT = "exact"
    REGION = "region"
    HIDDEN = "hidden"


class Protection(Value):
    """What keeps somebody of the newsroom from being recognized or found.

    `byline` and `handle` are the public name. What they write is published `delay` minutes after it was
    written, at the earliest. In the place of a dateline stands `region`, or nothing; the exact one is
    shown `place_delay` minutes after publication, or never.
    """

    byline: str | None = None
    handle: str | None = None
    delay: int = 0
    place: Precision = Precision.EXACT
    region: str | None = None
    place_delay: int | None = None


class WithheldPlace(Value):
    """The exact place and time of an entry. Only the newsroom sees them; readers are told less.

    `decided` names which of the two has a public value that an editor decided on: it stays as it is."""

    entry_id: str
    dateline: str | None = None
    occurred_at: datetime | None = None
    decided: tuple[str, ...] = ()
    show_at: datetime | None = None
