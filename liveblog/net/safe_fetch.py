"""Requests to other hosts: the one way out of the server.

Whoever can make a server ask an address of their choice reaches what only the server reaches: its
network, its neighbours, the cloud's metadata (OWASP, Server Side Request Forgery Prevention). So: https
alone, to a name and never to an address; the name is resolved once for each connection, every address
it has must be a public one, and the connection goes to such an address, with the name in SNI, certificate
and Host; each redirect begins anew. Nothing of ours goes along by itself: no cookies, no credentials, no proxy of
the environment. What comes back is bounded in size and time, and is not decompressed.

Which hosts may be asked at all is the caller's (`allow`): a list, for cards of links; those that are fixed, for
files of chats; any, for webhooks.
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

SECONDS = 10.0  # for all of a request, its redirects included
BYTES = 1024 * 1024
REDIRECTS = 3
CONNECT_SECONDS = 4.0
TRIED_ADDRESSES = 3
HTTPS = frozenset({443})
MOVED = frozenset({301, 302, 303, 307, 308})

# A name that ends in a letter's label: `127.1`, `2130706433` and `0x7f.1` are addresses to some resolvers.
NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
# IPv6 that is in use (RFC 4291), without what carries an IPv4 address within or is for examples:
# Teredo (RFC 4380), 6to4 (RFC 3056), documentation (RFC 3849, RFC 9637). Mapped, compatible, translated
# (NAT64, RFC 6052, RFC 8215), unique local, link-local and multicast addresses lie outside of it.
UNICAST = ip_network("2000::/3")
WITHIN_6 = [ip_network(net) for net in ("2001::/32", "2002::/16", "2001:db8::/32", "3fff::/20")]
WITHIN_4 = [ip_network("192.88.99.0/24")]  # relays of 6to4 (RFC 7526)

Resolve = Callable[[str], Awaitable[Sequence[str]]]
Allow = Callable[[str], bool]


class Answer(NamedTuple):
    """What came back, whatever its status; `url` is where from, after redirects. Names of headers are
    in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Target(NamedTuple):
    """A checked URL: `url` is written anew from its parts, so that all read it alike."""

    host: str
    url: str


def public(address: str) -> bool:
    """Whether an IP address is one of the public internet, for one host alone."""
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
    """Checks all of a URL that can be checked without asking anybody. Raises `Unsafe`."""
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
        raise Unsafe(f"port {port} is not asked; accepted: {', '.join(map(str, sorted(ports)))}")
    there = host if port == 443 else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return Target(host, f"https://{there}{parts.path or '/'}{query}")


async def addresses(host: str) -> Sequence[str]:
    """The addresses of a name, by the system's resolver. Raises `NotFetched`.

    In a thread of its own, which nobody waits for: one that hangs must hold up neither a pool that others
    need nor the end of the process.
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
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, answer)

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await found


class CheckedConnections(httpcore2.AsyncNetworkBackend):
    """Connects to names, by addresses that were looked up and checked here.

    `accepts` says of one address whether it is in `what` may be asked.
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
        """All addresses of a name. Raises `NotFetched` where it has none, `Unsafe` where any is not
        accepted: who mixes them means harm."""
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
        """Raises `Unsafe` and `NotFetched` as `addresses` does."""
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
    """Asks other hosts. Tests give a resolver, a network and certificates of their own; no setting does."""

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
        """The answer of whatever status, of at most `most` bytes, within `seconds`.

        Only hosts that `allow` accepts are asked, redirects included; without it, any. A redirect is
        followed by GET without `content`, and only at the same host with `headers`; with `redirects=0`
        it is the answer. `types` are the media types that a 200 may have. Raises `Unsafe` where the address
        may not be asked, `NotFetched` where no such answer came.
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
        """One request over a connection of its own."""
        ours = {
            "User-Agent": f"liveblog/{__version__}",
            "Accept": ", ".join(types) or "*/*",
            "Accept-Encoding": "identity",  # nothing is unpacked, so that nothing can burst
            "Connection": "close",
        }
        if self._tls is None:  # reading the certificates takes a while: not before they are needed
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
        raise NotFetched(f"{host} sends what is compressed, which was not asked for")
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
