"""Whom a hook may call: the public internet by https, and the private networks that a setting names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import httpcore2

from liveblog.errors import NotFetched, Unsafe
from liveblog.net.safe_fetch import (
    FAILURES,
    CheckedConnections,
    Resolve,
    SafeFetcher,
    addresses,
    target,
)

PORTS = frozenset({443, 8443})
SECONDS = 8.0
ANSWER_BYTES = 64 * 1024


class Receivers:
    """`networks` is the setting LIVEBLOG_WEBHOOK_NETWORKS."""

    def __init__(self, networks: str, fetcher: SafeFetcher, resolve: Resolve = addresses) -> None:
        named = [ip_network(one.strip()) for one in networks.split(",") if one.strip()]
        self._within = CheckedConnections(
            resolve,
            httpcore2.AnyIOBackend(),
            accepts=lambda address: any(ip_address(address) in network for network in named),
            what="a network that webhooks may call",
        )
        self._any_within = bool(named)
        self._fetcher = fetcher

    async def check(self, url: str) -> None:
        """Raises `Unsafe` where the address may not be called, `NotFetched` where there is none."""
        if not await self._is_within(url):
            await self._fetcher.connections.addresses(target(url, PORTS).host)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whatever it is. Raises `Unsafe`, `NotFetched`."""
        if not await self._is_within(url):
            answer = await self._fetcher.fetch(
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
        if self._any_within and host and plain:
            with suppress(Unsafe):
                return bool(await self._within.addresses(host))
        return False
