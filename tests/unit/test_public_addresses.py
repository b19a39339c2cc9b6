"""Which addresses the server may ask: public ones alone."""

from __future__ import annotations

import asyncio

import httpcore2
import pytest

from liveblog.errors import NotFetched, Unsafe
from liveblog.net import safe_fetch

pytestmark = pytest.mark.anyio


INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:93.184.216.34", "::7f00:1",
    "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::5db8:d822", "64:ff9b:1::a00:1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "3fff::1", "5f00::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::1%eth0",
    "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "", "localhost",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not safe_fetch.public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "2a00::1"])
def test_addresses_that_are(address: str) -> None:
    assert safe_fetch.public(address)


NEVER = [
    "http://a.test/", "ftp://a.test/", "file:///etc/passwd", "gopher://a.test/", "//a.test/", "a.test",
    "https://", "https:///x", "https://127.0.0.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://127.0.0.0x1/", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://localhost/", "https://metadata/",
    "https://user@a.test/", "https://user:password@a.test/", "https://a.test@127.0.0.1/",
    "https://a.test:22/", "https://a.test:6379/", "https://a.test:99999/", "https://a.test:x/",
    "https://a.test\\@b.test/", "https://a.test/\r\nHost: b.test", "https://a.test/ x", "https://a.t\u0435st/",
    "https://a.test%00.b.test/", "https://\u2460\u2461.\u2466/", "https://a..test/", "https://-a.test/",
    "https://[::1", f"https://{'a' * 64}.test/", f"https://{'a.' * 130}test/",
]  # fmt: skip


@pytest.mark.parametrize("url", NEVER)
def test_urls_that_are_never_asked(url: str) -> None:
    with pytest.raises(Unsafe):
        safe_fetch.target(url)


async def test_a_resolver_that_hangs_holds_nobody_up() -> None:
    async def never(_: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(NotFetched, match=r"more than 0\.1 s"):
        await safe_fetch.SafeFetcher(never).fetch("https://a.test/", seconds=0.1)


async def test_the_systems_resolver_is_what_is_checked() -> None:
    assert "127.0.0.1" in await safe_fetch.addresses(
        "localhost"
    ) or "::1" in await safe_fetch.addresses("localhost")
    assert await safe_fetch.addresses("nowhere.invalid") == []
    with pytest.raises(Unsafe):
        await safe_fetch.CheckedConnections(
            safe_fetch.addresses, httpcore2.AnyIOBackend()
        ).connect_tcp("localhost", 443)
