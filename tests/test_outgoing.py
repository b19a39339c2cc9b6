"""What leaves the server: to public addresses alone, whoever says where to (SSRF)."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpcore2
import pytest
from outside import PUBLIC, Outside, page

from liveblog.errors import NotFetched, Unsafe
from liveblog.net import safe_fetch

pytestmark = pytest.mark.anyio

NAMES = ("a.test", "b.test", "*.a.test")
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


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outside")


@pytest.fixture
async def outside(certified: Path) -> AsyncIterator[Outside]:
    async with Outside(certified, *NAMES) as there:
        there.says["a.test", "/"] = page("{}")
        yield there


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


async def test_a_name_is_resolved_once_and_what_was_checked_is_what_is_asked(
    outside: Outside,
) -> None:
    """A resolver that turns to the inside after the check comes too late."""
    outside.leads["a.test"] = [["2606:2800:220:1::1", PUBLIC], ["127.0.0.1"]]
    client = outside.fetcher()
    answer = await client.fetch("https://A.test./?q=1#part", headers={"x-ours": "yes"})
    assert (answer.status, answer.body, answer.url) == (200, b"{}", "https://a.test/?q=1")
    assert outside.resolved == ["a.test"]
    assert outside.network.reached == [("2606:2800:220:1::1", 443)]
    (asked,) = outside.asked
    assert (asked.host, asked.path, asked.method) == ("a.test", "/?q=1", "GET")
    assert asked.headers["x-ours"] == "yes"
    assert not asked.headers.keys() & {"cookie", "authorization", "referer"}
    with pytest.raises(Unsafe, match="does not lead to the public internet"):
        await client.fetch("https://a.test/")
    assert len(outside.network.reached) == 1


@pytest.mark.parametrize(
    "found", [["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["fe80::1"], [PUBLIC, "10.0.0.1"]]
)
async def test_a_name_of_the_inside_is_not_connected_to(outside: Outside, found: list[str]) -> None:
    outside.leads["a.test"] = [found]
    with pytest.raises(Unsafe):
        await outside.fetcher().fetch("https://a.test/")
    assert outside.network.reached == []


@pytest.mark.parametrize(
    "onward",
    [
        "http://a.test/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "//127.0.0.1/",
        "https://[::ffff:127.0.0.1]/", "https://2130706433/", "https://0177.0.0.1/", "https://a.test:22/",
        "https://user:pw@b.test/", "https://inside.a.test/", "file:///etc/passwd", "https://b.test/",
    ],
)  # fmt: skip
async def test_every_redirect_is_checked_anew(outside: Outside, onward: str) -> None:
    outside.leads["inside.a.test"] = [["10.0.0.1"]]
    outside.says["a.test", "/"] = page(status=302, location=onward)
    with pytest.raises(Unsafe):
        await outside.fetcher().fetch(
            "https://a.test/", allow={"a.test", "inside.a.test"}.__contains__
        )
    assert [asked.host for asked in outside.asked] == ["a.test"]


async def test_a_redirect_resolves_again_and_takes_no_headers_to_another_host(
    outside: Outside,
) -> None:
    outside.says["a.test", "/"] = page(status=301, location="/there", set_cookie="a=b")
    outside.says["a.test", "/there"] = page(status=307, location="https://b.test/")
    outside.says["b.test", "/"] = page("{}")
    answer = await outside.fetcher().fetch("https://a.test/", headers={"x-secret": "s"})
    assert answer.url == "https://b.test/"
    assert [(a.host, a.path, "x-secret" in a.headers) for a in outside.asked] == [
        ("a.test", "/", True), ("a.test", "/there", True), ("b.test", "/", False),
    ]  # fmt: skip
    assert not any("cookie" in asked.headers for asked in outside.asked)
    assert outside.resolved == ["a.test", "a.test", "b.test"]
    outside.leads["a.test"] = [[PUBLIC], ["127.0.0.1"]]
    with pytest.raises(Unsafe):
        await outside.fetcher().fetch("https://a.test/")


async def test_redirects_end(outside: Outside) -> None:
    outside.says["a.test", "/"] = page(status=302, location="/")
    with pytest.raises(NotFetched, match="more than 3 times"):
        await outside.fetcher().fetch("https://a.test/")
    assert len(outside.asked) == 4
    answer = await outside.fetcher().fetch(
        "https://a.test/", method="POST", content=b"x", redirects=0
    )
    assert answer.status == 302
    assert outside.asked[-1].method == "POST"


async def test_only_hosts_that_are_allowed_are_resolved(outside: Outside) -> None:
    with pytest.raises(Unsafe, match=r"b\.test is not among"):
        await outside.fetcher().fetch("https://b.test/", allow={"a.test"}.__contains__)
    assert outside.resolved == []


async def test_a_certificate_of_another_name_is_refused(outside: Outside) -> None:
    with pytest.raises(NotFetched, match="certificate"):
        await outside.fetcher().fetch("https://c.test/")


async def test_too_much_too_slow_packed_and_mislabelled(outside: Outside) -> None:
    async def pour(writer: asyncio.StreamWriter, what: bytes) -> None:
        """Far more than is taken, yet not for ever: TLS that is about to close takes writes, drops them and
        makes `drain` wait for nothing (CPython, asyncio/sslproto.py)."""
        for _ in range(1000):
            writer.write(what)
            await writer.drain()

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n")
        await pour(writer, b"x" * 65536)

    async def dripping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def headless(writer: asyncio.StreamWriter) -> None:
        await pour(writer, b"HTTP/1.1 200 OK\r\n" + b"x-more: " + b"x" * 65536 + b"\r\n")

    bomb = gzip.compress(bytes(10_000_000))
    paths: dict[str, tuple[object, str]] = {
        "/declared": (page(content_length="99999999999999"), "more than 1048576 bytes"),
        "/endless": (endless, "more than 1048576 bytes"),
        "/dripping": (dripping, "more than 0.4 s"),
        "/silent": (silent, "more than 0.4 s"),
        "/headless": (headless, "does not answer"),
        "/gzip": (page(bomb, content_encoding="gzip"), "compressed"),
        "/chunked": (page(b"zz\r\n", transfer_encoding="chunked"), "does not answer"),
        "/garbage": (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "does not answer"),
        "/script": (page("{}", kind="text/javascript"), "accepted: application/json"),
    }
    for path, (answer, message) in paths.items():
        outside.says["a.test", path] = answer  # type: ignore[assignment]  # either, as said
        begun = time.monotonic()
        seconds = 0.4 if "0.4" in message else 10
        with pytest.raises(NotFetched, match=message):
            await outside.fetcher().fetch(
                f"https://a.test{path}",
                seconds=seconds,
                types=("application/json",) if path == "/script" else (),
            )
        assert time.monotonic() - begun < 5, path


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
