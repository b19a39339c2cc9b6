"""The hosts outside of the machine, for tests: one TLS server here that answers for all their names.

The fetcher's own checks stay as they are: names lead to the public addresses that a test gives them, and
only below the check does a connection to such an address end here.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpcore2

from liveblog.net.safe_fetch import SafeFetcher

PUBLIC = "93.184.216.34"
LOCAL = "127.0.0.1"

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Asked(NamedTuple):
    host: str
    path: str
    method: str
    headers: Mapping[str, str]


def certificate(folder: Path, names: Iterable[str]) -> Path:
    """A certificate that signs itself, with its key in `key.pem`, for all of the names."""
    path = folder / "certificate.pem"
    alternatives = ",".join(f"DNS:{name}" for name in names)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", folder / "key.pem", "-out", path, "-days", "2",
         "-subj", "/CN=outside", "-addext", f"subjectAltName={alternatives}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def page(
    body: bytes | str = b"", status: int = 200, kind: str = "application/json", **headers: str
) -> bytes:
    """An answer as it is sent; `_` in names of headers stands for `-`."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Said", f"content-type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "transfer_encoding" not in headers and "content_length" not in headers:
        lines.append(f"content-length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


class Here(httpcore2.AsyncNetworkBackend):
    """Whatever public address is meant, the connection ends at a port here."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reached: list[tuple[str, int]] = []
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.reached.append((host, port))
        return await self._network.connect_tcp(
            LOCAL, self.port, timeout, local_address, socket_options
        )


class Outside:
    """`says` maps host and path (without its query) to an answer, or to what writes one by itself;
    `leads` maps a host to the addresses that it has, one list after the other, the last one for good."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.certificate = certificate(folder, names)
        self.says: dict[tuple[str, str], bytes | Handler] = {}
        self.leads: dict[str, list[list[str]]] = {}
        self.asked: list[Asked] = []
        self.resolved: list[str] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.certificate.with_name("key.pem"))
        self._server = await asyncio.start_server(self._serve, LOCAL, 0, ssl=context)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.network = Here(self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def fetcher(self) -> SafeFetcher:
        return SafeFetcher(self.resolve, self.network, trusting(self.certificate))

    async def resolve(self, host: str) -> Sequence[str]:
        self.resolved.append(host)
        answers = self.leads.get(host, [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def tells(self, host: str, path: str, card: Mapping[str, object]) -> None:
        """An answer of oEmbed."""
        self.says[host, path] = page(json.dumps(card))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            pairs = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in pairs}
            self.asked.append(Asked(headers["host"], path, method, headers))
            answer = self.says.get((headers["host"], path.partition("?")[0]), page(status=404))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # who asked has gone
        finally:
            self._connections.discard(connection)
            writer.transport.abort() if connection.cancelling() else writer.close()
