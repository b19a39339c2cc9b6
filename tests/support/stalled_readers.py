"""Readers that stay connected and take nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import Server


@contextmanager
def stalled(server: Server, slug: str) -> Iterator[int]:
    """A reader that shakes hands and then reads no more; gives its port."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(
            f"GET /stories/{slug}/live?after=0 HTTP/1.1\r\nHost: test\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert b" 101 " in client.recv(16)
        yield client.getsockname()[1]


def unsent(server: Server, port: int) -> int | None:
    """How many bytes wait in the kernel for the reader at a port; None where the server has let go."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_, inode = line.split()[:10]
        if (int(local[-4:], 16), int(remote[-4:], 16)) == (server.port, port):
            return int(queues.partition(":")[0], 16) if inode != "0" else None
    return None
