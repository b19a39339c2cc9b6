"""Open files: the limit of the process, and its division among readers, the desk and other connections.

A part of the limit is reserved, so readers cannot take the descriptors of editors, pages and health checks.
"""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import NamedTuple

# A quarter of the limit is reserved, within these bounds.
LEAST_RESERVED = 128
MOST_RESERVED = 1200
OWN = 64  # reserved descriptors for the process itself: the database, Redis, logs
MOST_DESK_CONNECTIONS = 500  # desk pages with a story; as many again without one


class Shares(NamedTuple):
    """`files` is the limit on open files. `connections` is the largest number of open connections, and
    `readers` is the part of them that readers may use. `desk_connections` is the number of desk pages with a
    story; as many again are allowed without one.
    """

    files: int
    connections: int
    readers: int
    desk_connections: int


def raise_limit() -> int:
    """Raise the soft limit on open files towards the hard limit, as far as the system allows. Return the new
    limit.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, files_for(1_000_000), files_for(15_000), 10_240):
        # A system may refuse its own hard limit: macOS does when the limit is "infinite".
        if soft == resource.RLIM_INFINITY or soft >= wanted >= 0:
            continue
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return files_for(1_000_000) if soft == resource.RLIM_INFINITY else soft


def shares(files: int, max_readers: int) -> Shares:
    """Divide the limit `files`. `max_readers` is the number of readers that the settings allow."""
    reserved = min(MOST_RESERVED, max(LEAST_RESERVED, files // 4))
    others = max(0, reserved - OWN)
    return Shares(
        files,
        # A response that sends a file uses two descriptors.
        connections=max(2, files - OWN - others // 2),
        readers=max(1, min(max_readers, files - reserved)),
        desk_connections=max(1, min(MOST_DESK_CONNECTIONS, others // 6)),
    )


def files_for(readers: int) -> int:
    """The limit on open files that this number of readers needs."""
    return min(readers + MOST_RESERVED, max(readers + LEAST_RESERVED, -(-readers * 4 // 3)))
