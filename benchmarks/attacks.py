"""What strangers do to a server. Each attack is a generator: it yields whenever it has done one more harm, and
never ends by itself."""

from __future__ import annotations

import base64
import secrets
import selectors
import socket
from collections.abc import Iterator
from contextlib import suppress

TIMEOUT = 10.0
BLOCK = 65_536
START = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
MASKED = bytes(4)
PING = b"\x89\x80" + MASKED
EMPTY_FRAGMENT = b"\x00\x80" + MASKED
TEXT_BEGINS = b"\x01\x80" + MASKED


def connected(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), TIMEOUT, (source, 0))


def upgrade(path: str) -> bytes:
    """The request for a live socket."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


def flood(port: int, path: str, first: bytes, again: bytes) -> Iterator[None]:
    """A live socket that says the same as fast as it is taken, and reads what is answered; sent away, it comes
    back."""
    while True:
        with suppress(OSError), connected(port) as connection:
            connection.sendall(upgrade(path))
            connection.setblocking(False)
            left = first
            while True:
                left = left or again * (BLOCK // len(again))
                with suppress(BlockingIOError):
                    left = left[connection.send(left) :]
                with suppress(BlockingIOError):
                    if not connection.recv(BLOCK):
                        break
                yield
        yield


def endless(port: int, first: bytes, again: bytes) -> Iterator[None]:
    """A request without an end; closed, it begins anew."""
    block = again * (BLOCK // len(again))
    while True:
        with suppress(OSError), connected(port) as connection:
            connection.sendall(first)
            while True:
                connection.sendall(block)
                yield
        yield


def hold(port: int, many: int, said: bytes, source: str = "127.0.0.1") -> Iterator[None]:
    """Many connections that say something and then nothing; those that are closed are replaced."""
    with selectors.DefaultSelector() as selector:

        def another() -> None:
            with suppress(OSError):
                one = connected(port, source)
                selector.register(one, selectors.EVENT_READ)
                one.sendall(said)

        for _ in range(many):
            another()
        yield
        while True:
            for key, _ in selector.select(0.1):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                with suppress(OSError):
                    if one.recv(BLOCK):
                        continue
                selector.unregister(one)
                one.close()
                another()
            yield
