"""The exceptions of the project. Each carries one clear message for people.

LiveblogError
├── SettingsError       a setting has a value that is not accepted; stops the start
├── Unavailable         503  a part that is needed does not answer (database, Redis)
│   └── Unwritable           it answers, and takes no writes: its disk is full, or it is read-only
├── NotFetched               another host did not answer as it should
│   └── Unsafe               an address that is never asked
└── Refused             the request cannot be carried out; nothing was stored
    ├── Malformed       400  not what the protocol says: no JSON, a bad cursor
    ├── Unauthorized    401  no token, or none that is valid
    ├── Forbidden       403  the role has not the right
    ├── NotFound        404  no such story or entry
    ├── Conflict        409  taken, or not possible in this state
    ├── OutOfReach      410  a position that can no longer be resumed, an entry taken down
    ├── Stale           412  somebody else's edit was faster
    ├── TooLarge        413  over a limit
    ├── Unsupported     415  a file of a kind that is not accepted
    ├── Invalid         422  fields with values that are not accepted
    └── TooMany         429  too many tries; says how long to wait
        └── Busy        429  too many at once; nothing was tried
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import ClassVar


def for_readers(message: str) -> str:
    """Marks a message that readers may meet on a page: `tools/messages.py` puts it into the catalogues."""
    return message


class LiveblogError(Exception):
    """The base of all. `str()` of it is the message."""


class SettingsError(LiveblogError):
    """A setting with its name, what was given and what is accepted."""


class Unavailable(LiveblogError):
    status: ClassVar[int] = 503
    title: ClassVar[str] = for_readers("Unavailable")


class Unwritable(Unavailable):
    """Readers are served on; nothing can be stored."""


class NotFetched(LiveblogError):
    """Another host did not answer, or not as it should; trying again may help."""


class Unsafe(NotFetched):
    """An address that is never asked; trying again does not help."""


class Refused(LiveblogError):
    """`fields` maps the name of a field to what is wrong with it and what is accepted."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = dict(fields or {})


class Malformed(Refused):
    status = 400
    title = for_readers("Invalid request")


class Unauthorized(Refused):
    status = 401
    title = "Not signed in"


class Forbidden(Refused):
    status = 403
    title = "Not allowed"


class NotFound(Refused):
    status = 404
    title = for_readers("Not found")


class Conflict(Refused):
    status = 409
    title = "Conflict"


class OutOfReach(Refused):
    status = 410
    title = for_readers("Gone")


class Stale(Refused):
    """The entry has a newer revision than the edit was made on; `current_rev` names it."""

    status = 412
    title = "Edited in the meantime"

    def __init__(self, detail: str, current_rev: int) -> None:
        super().__init__(detail)
        self.current_rev = current_rev


class TooLarge(Refused):
    status = 413
    title = "Too large"


class Unsupported(Refused):
    status = 415
    title = "Not accepted"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(_joined(fields), fields)


class Invalid(Refused):
    status = 422
    title = "Not accepted"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(_joined(fields), fields)


class TooMany(Refused):
    """`wait` is in seconds."""

    status = 429
    title = "Too many tries"
    why: ClassVar[str] = "There were too many tries."

    def __init__(self, wait: float) -> None:
        self.wait = max(1, ceil(wait))
        if self.wait < 100:
            unit = f"{self.wait} second{'s' if self.wait > 1 else ''}"
        else:
            unit = f"{ceil(self.wait / 60)} minutes"
        super().__init__(f"{self.why} Wait {unit}, then try again.")


class Busy(TooMany):
    title = "Too many at once"
    why = "Too many people sign in at this moment."


def _joined(fields: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {message}" for name, message in fields.items())
