"""The exceptions of the project. Each carries one clear message for people.

LiveblogError
├── SettingsError       a setting has a value that is not accepted; stops the start
├── Unavailable         503  the database or Redis does not answer
│   └── Unwritable           the database or the disk takes no writes: full or read-only
├── BadBackup                a backup is damaged, cut short, foreign or too new; nothing was restored
├── NotFetched               another host did not answer, or answered with an error
│   └── Unsafe               the address is forbidden, so it was not requested
└── Refused             the request cannot be carried out; nothing was stored
    ├── Malformed       400  the request breaks the protocol: no JSON, a bad cursor
    ├── Unauthorized    401  no valid token or session
    ├── Forbidden       403  the user's role does not allow it
    ├── NotFound        404  no such story or entry
    ├── Conflict        409  the name is taken, or the state does not allow it
    ├── OutOfReach      410  a position that can no longer be resumed, an entry taken down
    ├── Stale           412  somebody else edited the entry first
    ├── TooLarge        413  over a limit
    ├── Unsupported     415  a file type that is not accepted
    ├── Invalid         422  fields with values that are not accepted
    └── TooMany         429  too many tries; says how long to wait
        ├── Busy        429  too many at once; nothing was tried
        └── Crowded     429  too many pictures are drawn; nothing was drawn
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import ClassVar


def for_readers(message: str) -> str:
    """Mark a message that readers may see on a page. `tools/messages.py` adds it to the catalogues."""
    return message


class LiveblogError(Exception):
    """The base of all exceptions here. `str()` of one is its message."""


class SettingsError(LiveblogError):
    """A setting has a wrong value. The message has its name, the given value and the accepted values."""


class Unavailable(LiveblogError):
    status: ClassVar[int] = 503
    title: ClassVar[str] = for_readers("Unavailable")


class Unwritable(Unavailable):
    """The data can be read but not written: readers are still served."""


class BadBackup(LiveblogError):
    """A backup cannot be restored as it is. The message begins with its name."""


class NotFetched(LiveblogError):
    """Another host did not answer, or answered with an error. Trying again may help."""


class Unsafe(NotFetched):
    """The address is forbidden. Trying again does not help."""


class Refused(LiveblogError):
    """The request cannot be carried out. `fields` maps a field's name to the fault and the accepted values."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = dict(fields or {})


class Malformed(Refused):
    status = 400
    title = for_readers("Invalid request")

    @classmethod
    def parameter(cls, name: str, message: str) -> Malformed:
        """The error of one parameter; `message` says what is accepted."""
        return cls(f"{name}: {message}", {name: message})


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
    """The entry has a newer revision than the one that was edited. `current_rev` is the newer one."""

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
    """`wait` is the time until the next try, in whole seconds, at least 1."""

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


class Crowded(TooMany):
    title = "Too many at once"
    why = "Too many pictures are drawn at this moment."


def _joined(fields: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {message}" for name, message in fields.items())
