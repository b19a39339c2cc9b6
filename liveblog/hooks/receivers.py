"""Whom a hook may call: the public internet by https, and the private networks that a setting names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from liveblog.errors import NotFetched, Unsafe
from liveblog.outgoing import FAILURES, Outgoing, Resolve, addresses, public, target

PORTS = frozenset({443, 8443})
SECONDS = 8.0
ANSWER_BYTES = 64 * 1024


class Within(httpcore2.AsyncNetworkBackend):
    """Connects to addresses in some networks, which are looked up and checked here."""

    def __init__(self, networks: tuple[IPv4Network | IPv6Network, ...], resolve: Resolve) -> None:
        self._networks = networks
        self._resolve = resolve
        self._network = httpcore2.AnyIOBackend()

    async def address(self, host: str) -> str | None:
        """An address of the host; None where not all of them lie in the networks. Raises `NotFetched`."""
        if not self._networks:
            return None
        found = await self._resolve(host)
        if not found:
            raise NotFetched(f"{host} has no address")
        ours = [any(ip_address(one) in network for network in self._networks) for one in found]
        return found[0] if all(ours) else None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        address = await self.address(host)
        if address is None:
            raise Unsafe(f"{host} does not lead to a network that webhooks may call")
        return await self._network.connect_tcp(
            address, port, timeout, local_address, socket_options
        )

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


class Receivers:
    """`networks` is the setting LIVEBLOG_WEBHOOK_NETWORKS."""

    def __init__(self, networks: str, outgoing: Outgoing, resolve: Resolve = addresses) -> None:
        named = tuple(ip_network(one.strip()) for one in networks.split(",") if one.strip())
        self._within = Within(named, resolve)
        self._resolve = resolve
        self._outgoing = outgoing

    async def check(self, url: str) -> None:
        """Raises `Unsafe` where the address may not be called, `NotFetched` where there is none."""
        if await self._is_within(url):
            return
        host = target(url, PORTS).host
        found = await self._resolve(host)
        if not found:
            raise NotFetched(f"{host} has no address")
        if not all(public(address) for address in found):
            raise Unsafe(f"{host} does not lead to the public internet")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whatever it is. Raises `Unsafe`, `NotFetched`."""
        if not await self._is_within(url):
            answer = await self._outgoing.fetch(
                url,
                method="POST",
                headers=headers,
                content=body,
                ports=PORTS,
                redirects=0,
                most=ANSWER_BYTES,
                seconds=SECONDS,
            )
            return answer.status
        sent = [*headers.items(), ("Connection", "close")]
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpcore2.AsyncConnectionPool(network_backend=self._within) as pool,
                pool.stream("POST", url, headers=sent, content=body) as response,
            ):
                return response.status
        except TimeoutError:
            raise NotFetched(f"took more than {SECONDS:g} s") from None
        except FAILURES as error:
            reason = str(error) or type(error).__name__
            raise NotFetched(f"does not answer: {reason}") from None

    async def _is_within(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host = parts.hostname if parts.scheme in {"http", "https"} else None
            plain = parts.username is None and parts.port != 0
        except ValueError:
            return False
        return bool(host and plain and await self._within.address(host))
