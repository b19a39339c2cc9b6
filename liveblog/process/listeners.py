"""The sockets that listen on the server's address: one for each worker, where the kernel can divide new connections.

With one socket for all workers, the worker that wakes first takes a connection: one worker may hold most readers.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from liveblog.errors import SettingsError

BACKLOG = 8192
SEND_BUFFER = 64 * 1024
SO_ATTACH_REUSEPORT_CBPF = 51  # socket(7); Python has no name for it
# Instructions of classic BPF, with their operands (Linux, Documentation/networking/filter.rst).
LOAD_RANDOM = (0x20, 0, 0, 0x1_0000_0000 - 0x1000 + 56)  # ld rand
MODULO = 0x94  # mod #k
SKIP_IF_AT_LEAST = (0x35, 1, 0)  # jge #k, over one instruction
RETURN = 0x06  # ret #k
# A worker with few connections gets at most this many times as many new ones as one with many: pages are asked for on
# new connections too, and one worker should not answer for all.
STEEPEST = 3.0


def listen(host: str, port: int, within: float = 0.0) -> socket.socket:
    """A listening socket on `host` and `port`.

    If the port is in use, it is tried again for `within` seconds: a server that was just killed may still hold
    it. Raises `SettingsError` if the address cannot be used.
    """
    until = time.monotonic() + within
    while True:
        try:
            return _listening(host, port)
        except (OSError, UnicodeError) as error:
            in_use = getattr(error, "errno", None) == errno.EADDRINUSE
            if in_use and time.monotonic() < until:
                time.sleep(0.05)  # no event says when a port is free
                continue
            reason = getattr(error, "strerror", None) or str(error)
            if in_use:
                accepted = "choose another PORT, or stop the program that uses it"
            else:
                accepted = "accepted: an address of this machine, a port that this user may use"
            raise SettingsError(
                f"HOST, PORT: cannot listen on {host}:{port} ({reason}); {accepted}"
            ) from None


def for_workers(first: socket.socket, workers: int) -> list[socket.socket]:
    """A socket for each of `workers`, all on the address of `first`, which is one of them.

    The kernel divides new connections among them. Where it cannot (it is not Linux), all workers share `first`.
    """
    if workers == 1 or sys.platform != "linux":
        return [first] * workers
    host, port = first.getsockname()[:2]
    try:
        with ExitStack() as opened:
            # `first` claimed the address without it, so that a second server fails.
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            others = [
                opened.enter_context(_listening(host, port, shared=True))
                for _ in range(workers - 1)
            ]
            opened.pop_all()
    except OSError:  # a kernel that does not know it
        return [first] * workers
    return [first, *others]


def weights(connections: Sequence[int | None]) -> list[int]:
    """Of how many new connections each worker gets one part, from the number of its connections now.

    None stands for a worker that is not there: it gets none, unless that is true of all.
    """
    present = [count for count in connections if count is not None]
    if not present:
        return [1] * len(connections)
    level = sum(present) / len(present) + 16  # with few connections, a difference says little
    return [
        0 if count is None else round(10 * STEEPEST ** (max(-1.0, 1 - (count + 16) / level) / 2))
        for count in connections
    ]


def divide(listening: Sequence[socket.socket], parts: Sequence[int]) -> bool:
    """Divide new connections among sockets of one address in the ratio of `parts`. Return whether it could be done.

    If not, the kernel gives each the same number.
    """
    if len(set(listening)) < 2 or not any(parts):
        return False
    instructions = [LOAD_RANDOM, (MODULO, 0, 0, sum(parts))]
    below = 0
    for place, part in enumerate(parts):
        below += part
        if part:
            instructions += [(*SKIP_IF_AT_LEAST, below), (RETURN, 0, 0, place)]
    instructions.append((RETURN, 0, 0, 0))  # never reached; the kernel demands a last return
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in instructions))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    try:
        listening[0].setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, program)
    except OSError:
        return False
    return True


def _listening(host: str, port: int, shared: bool = False) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Accepted sockets inherit this limit, so a peer that never reads holds little kernel memory.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listening.bind((host, port))
        # At once, so that of two servers that start together the second fails here.
        listening.listen(BACKLOG)
    except BaseException:
        listening.close()
        raise
    listening.set_inheritable(True)
    return listening
