"""Requests to other hosts. The server sends all its requests through this module.

If users can make a server request any address, they reach its private network, its neighbours and the metadata of
the cloud (OWASP, Server Side Request Forgery Prevention). So these rules hold:

- Only https, only to a host name, never to an IP address.
- The name is resolved once for each connection, and all its addresses must be public. The connection goes to one
  of these addresses, with the name in SNI, certificate and Host.
- Each redirect is checked in the same way.
- No cookies, no credentials and no proxy from the environment are added.
- Size and time of an answer are limited, and it is not decompressed.

The caller decides with `allow` which hosts may be asked: a list for link cards, fixed hosts for files of chats, any
host for webhooks.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpcore2

from liveblog import __version__
from liveblog.errors import NotFetched, Unsafe

SECONDS = 10.0  # for a whole request with its redirects
BYTES = 1024 * 1024
REDIRECTS = 3
CONNECT_SECONDS = 4.0
TRIED_ADDRESSES = 3
HTTPS = frozenset({443})
MOVED = frozenset({301, 302, 303, 307, 308})

# A host name whose last label begins with a letter. Some resolvers take `127.1`, `2130706433` and `0x7f.1` for
# IP addresses.
NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
# The global unicast addresses of IPv6 (RFC 4291). WITHIN_6 lists exceptions that contain an IPv4 address or are for
# examples: Teredo (RFC 4380), 6to4 (RFC 3056), documentation (RFC 3849, RFC 9637). IPv4-mapped, IPv4-compatible,
# translated (NAT64, RFC 6052, RFC 8215), unique local, link-local and multicast addresses are outside of UNICAST.
UNICAST = ip_network("2000::/3")
WITHIN_6 = [ip_network(net) for net in ("2001::/32", "2002::/16", "2001:db8::/32", "3fff::/20")]
WITHIN_4 = [ip_network("192.88.99.0/24")]  # relays of 6to4 (RFC 7526)

Resolve = Callable[[str], Awaitable[Sequence[str]]]
Allow = Callable[[str], bool]


class Answer(NamedTuple):
    """An answer of any status. `url` is the address after redirects. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Target(NamedTuple):
    """A checked URL. `url` is rebuilt from its parts, so that every parser reads it in the same way."""

    host: str
    url: str


def public(address: str) -> bool:
    """Whether an IP address is a public unicast address. False for text that is not an IP address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    match ip:
        case IPv4Address():
            return not any(ip in net for net in WITHIN_4)
        case IPv6Address():
            return ip.scope_id is None and ip in UNICAST and not any(ip in net for net in WITHIN_6)


def target(url: str, ports: Collection[int] = HTTPS) -> Target:
    """Check a URL without resolving its host name. Raises `Unsafe`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port or 443
    except ValueError:
        raise Unsafe("the address cannot be read") from None
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        raise Unsafe("the address has characters that must be escaped")
    if parts.scheme != "https":
        raise Unsafe("the address must begin with https://")
    if "@" in parts.netloc:
        raise Unsafe("the address must not hold a user name")
    if not NAME.fullmatch(host):
        raise Unsafe("the address must have the name of a host, not a number")
    if port not in ports:
        raise Unsafe(f"port {port} is not accepted; accepted: {', '.join(map(str, sorted(ports)))}")
    there = host if port == 443 else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return Target(host, f"https://{there}{parts.path or '/'}{query}")


async def addresses(host: str) -> Sequence[str]:
    """The IP addresses of a host name, by the system's resolver; empty if there are none.

    Each call runs in a daemon thread of its own, so that a hanging resolver blocks neither a shared thread pool nor
    the end of the process.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def tell(answer: list[str]) -> None:
        if not found.done():
            found.set_result(answer)

    def look_up() -> None:
        answer: list[str] = []
        with suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answer = list(dict.fromkeys(str(row[4][0]) for row in rows))
        with suppress(RuntimeError):  # the event loop has ended
            loop.call_soon_threadsafe(tell, answer)

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await found


class CheckedConnections(httpcore2.AsyncNetworkBackend):
    """Connects to host names at addresses that it has resolved and checked itself.

    `accepts` tells whether an IP address may be connected to. `what` names the accepted addresses in messages.
    """

    def __init__(
        self,
        resolve: Resolve,
        network: httpcore2.AsyncNetworkBackend,
        accepts: Callable[[str], bool] = public,
        what: str = "the public internet",
    ) -> None:
        self._resolve = resolve
        self._network = network
        self._accepts = accepts
        self._what = what

    async def addresses(self, host: str) -> Sequence[str]:
        """All IP addresses of a host name.

        Raises `NotFetched` if it has none, and `Unsafe` if one of them is not accepted: a name with both kinds of
        addresses is probably an attack.
        """
        found = await self._resolve(host)
        if not found:
            raise NotFetched(f"{host} has no address")
        if not all(self._accepts(address) for address in found):
            raise Unsafe(f"{host} does not lead to {self._what}")
        return found

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to one of the first `TRIED_ADDRESSES` addresses. Raises `Unsafe` and `NotFetched` like
        `addresses()`, and `ConnectError` or `ConnectTimeout` if none answers."""
        failure: Exception | None = None
        for address in (await self.addresses(host))[:TRIED_ADDRESSES]:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError()

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class SafeFetcher:
    """Sends requests to other hosts. Only tests pass a resolver, a network or certificates; no setting does."""

    def __init__(
        self,
        resolve: Resolve = addresses,
        network: httpcore2.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.connections = CheckedConnections(resolve, network or httpcore2.AnyIOBackend())
        self._tls = tls

    async def fetch(
        self,
        url: str,
        *,
        allow: Allow | None = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        types: Collection[str] = (),
        ports: Collection[int] = HTTPS,
        redirects: int = REDIRECTS,
        most: int = BYTES,
        seconds: float = SECONDS,
    ) -> Answer:
        """Request a URL and return the answer, of any status, with at most `most` bytes, within `seconds`.

        `allow` tells for each host whether it may be asked, redirects included; without it, every host may. A redirect
        is followed with GET and without `content`; `headers` are only sent to the same host again. With
        `redirects=0` a redirect is returned as the answer. `types` are the media types that an answer with status 200
        may have; empty means any.

        Raises `Unsafe` if the address may not be asked, `NotFetched` if no such answer came.
        """
        at = target(url, ports)
        sent = dict(headers or {})
        try:
            async with asyncio.timeout(seconds):
                for _ in range(redirects + 1):
                    if allow is not None and not allow(at.host):
                        raise Unsafe(f"{at.host} is not among the hosts that are asked")
                    answer = await self._ask(at, method, sent, content, types, most)
                    onward = answer.headers.get("location")
                    if answer.status not in MOVED or not onward or not redirects:
                        return answer
                    before, at = at, target(urljoin(at.url, onward), ports)
                    method, content = "GET", None
                    sent = sent if at.host == before.host else {}
        except TimeoutError:
            raise NotFetched(f"{at.host} took more than {seconds:g} s") from None
        raise NotFetched(f"{at.host} redirects more than {redirects} times")

    async def _ask(
        self,
        at: Target,
        method: str,
        headers: Mapping[str, str],
        content: bytes | None,
        types: Collection[str],
        most: int,
    ) -> Answer:
        """Send one request over a new connection. Raises `NotFetched`, `Unsafe`."""
        ours = {
            "User-Agent": f"liveblog/{__version__}",
            "Accept": ", ".join(types) or "*/*",
            "Accept-Encoding": "identity",  # a decompressed answer could be huge
            "Connection": "close",
        }
        if self._tls is None:  # loading the certificates is slow, so the first request does it
            self._tls = await asyncio.to_thread(httpcore2.default_ssl_context)
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._tls, max_connections=1, network_backend=self.connections
        )
        timeouts = {"connect": CONNECT_SECONDS}
        try:
            async with (
                pool,
                pool.stream(
                    method,
                    at.url,
                    headers=list((ours | dict(headers)).items()),
                    content=content,
                    extensions={"timeout": timeouts},
                ) as response,
            ):
                got = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                if response.status not in MOVED:
                    _check(at.host, response.status, got, types, most)
                body = b"" if response.status in MOVED else await _body(at.host, response, most)
                return Answer(response.status, got, body, at.url)
        except FAILURES as error:
            raise NotFetched(f"{at.host} does not answer: {_reason(error)}") from None


FAILURES = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    OSError,
)


def _check(
    host: str, status: int, headers: Mapping[str, str], types: Collection[str], most: int
) -> None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise NotFetched(f"{host} sends a compressed answer, which was not requested")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if types and status == 200 and kind not in types:
        raise NotFetched(f"{host} sends {kind[:50]!r}; accepted: {', '.join(types)}")
    if (length := headers.get("content-length", "0")).isdecimal() and int(length[:12]) > most:
        raise NotFetched(f"{host} sends more than {most} bytes")


async def _body(host: str, response: httpcore2.Response, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > most:
            raise NotFetched(f"{host} sends more than {most} bytes")
    return bytes(body)


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
