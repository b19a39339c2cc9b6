"""What strangers do to a server. Each attack is a generator: it yields whenever it has done one more harm, and
never ends by itself."""

from __future__ import annotations

import base64
import itertools
import secrets
import selectors
import socket
from collections.abc import Iterator
from contextlib import suppress

TIMEOUT = 10.0
BLOCK = 65_536
START = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
FIN, TEXT, BINARY, PINGED = 0x80, 1, 2, 9


def frame(head: int, payload: bytes = b"") -> bytes:
    """A frame as clients send it, of at most 125 bytes, under a mask of zeros."""
    return bytes([head, 0x80 | len(payload)]) + bytes(4) + payload


PING = frame(FIN | PINGED)
EMPTY_FRAGMENT = frame(0)
TEXT_BEGINS = frame(TEXT)


def connected(port: int, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), TIMEOUT, (source, 0))


def upgrade(path: str, host: str = "x", *more: str) -> bytes:
    """The request for a live socket, with more lines of headers."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        + "".join(f"{line}\r\n" for line in (*more, ""))
    ).encode()


def flood(port: int, asked: bytes, *says: tuple[bytes, bytes]) -> Iterator[None]:
    """A live socket that says the same as fast as it is taken, and reads what is answered. Sent away, it comes
    back with the next of what there is to say: the first bytes, and those that it repeats."""
    for first, again in itertools.cycle(says):
        with suppress(OSError), connected(port) as connection:
            connection.sendall(asked)
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
