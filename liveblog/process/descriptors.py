"""Open files: how many the system lets this process have, and who may have them.

Readers never take the descriptors of editors, pages and checks of health: a part is reserved.
"""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import NamedTuple

# The limit is a quarter reserved, at least and at most so much.
LEAST_RESERVED = 128
MOST_RESERVED = 1200
OWN = 64  # of these for the process itself: the database, Redis, logs
MOST_DESK_CONNECTIONS = 500  # pages of the desk at stories, and as many at no story


class Shares(NamedTuple):
    """`files` is the limit; of these, `connections` may be open at once, `readers` among them, and
    `desk_connections` of the desk's pages at stories, and as many of those at no story."""

    files: int
    connections: int
    readers: int
    desk_connections: int


def raise_limit() -> int:
    """Raises the soft limit on open files to the hard one, as far as the system lets us, and gives it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, files_for(1_000_000), files_for(15_000), 10_240):
        # A hard limit may be "infinite" and yet refused, on macOS for instance.
        if soft == resource.RLIM_INFINITY or soft >= wanted >= 0:
            continue
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return files_for(1_000_000) if soft == resource.RLIM_INFINITY else soft


def shares(files: int, max_readers: int) -> Shares:
    """How a limit is shared out where so many readers are allowed."""
    reserved = min(MOST_RESERVED, max(LEAST_RESERVED, files // 4))
    others = max(0, reserved - OWN)
    return Shares(
        files,
        # An answer that is a file holds two.
        connections=max(2, files - OWN - others // 2),
        readers=max(1, min(max_readers, files - reserved)),
        desk_connections=max(1, min(MOST_DESK_CONNECTIONS, others // 6)),
    )


def files_for(readers: int) -> int:
    """The limit that so many readers need."""
    return min(readers + MOST_RESERVED, max(readers + LEAST_RESERVED, -(-readers * 4 // 3)))
