"""One Redis by each kind of address; and what is said of one that can never work."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from commands import run
from paths import ROOT
from processes import Redis, Server, environment, free_port, until

from liveblog.bus.redis import Message, RedisBus
from liveblog.errors import SettingsError, Unavailable

pytestmark = pytest.mark.anyio

RULE = re.compile(r"^ACL (SETUSER liveblog .*\+publish.*)$", re.MULTILINE)
PASSWORD = "p@ss/word"
ESCAPED = "p%40ss%2Fword"


class Place(NamedTuple):
    """A Redis that listens on a port, on another with TLS, and on a socket. Its certificate is for 127.0.0.1."""

    redis: Redis
    tls: int
    socket: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("redis")
    certificate, key, port = folder / "own.pem", folder / "key.pem", free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=redis",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    options = ["--tls-port", str(port), "--tls-cert-file", str(certificate)]
    options += ["--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate)]
    options += ["--tls-auth-clients", "no", "--unixsocket", str(folder / "redis.sock")]
    with Redis(folder, None, *options) as redis:
        rule = RULE.findall((ROOT / "docs" / "redis.md").read_text())
        assert len(rule) == 1
        given = rule[0].replace(">PASSWORD", f">{PASSWORD}")
        assert redis.call("ACL", *given.split()) == "+OK"
        yield Place(redis, port, folder / "redis.sock", certificate, key)


@asynccontextmanager
async def bus_at(url: str, prefix: str = "liveblog") -> AsyncIterator[RedisBus]:
    bus = RedisBus(url, prefix)
    try:
        yield bus
    finally:
        await bus.close()


async def fault(url: str, prefix: str = "liveblog") -> str:
    """What is said of a Redis that can never work."""
    async with bus_at(url, prefix) as bus:
        with pytest.raises(SettingsError) as caught:
            await bus.check()
    said = str(caught.value)
    assert said.startswith("REDIS_URL: ")
    assert "\n" not in said
    assert "word" not in said.replace("password", "")
    return said


WORKS: dict[str, Callable[[Place], str]] = {
    "redis": lambda at: f"redis://127.0.0.1:{at.redis.port}",
    "valkey": lambda at: f"valkey://127.0.0.1:{at.redis.port}/0",
    "another database": lambda at: f"redis://127.0.0.1:{at.redis.port}/3",
    "user": lambda at: f"redis://liveblog:{ESCAPED}@127.0.0.1:{at.redis.port}/0",
    "socket": lambda at: f"unix://{at.socket}",
    "socket and user": lambda at: f"unix://liveblog:{ESCAPED}@{at.socket}?db=0",
    "TLS": lambda at: f"rediss://127.0.0.1:{at.tls}/0?ssl_ca_certs={at.certificate}",
    "TLS and user": lambda at: (
        f"valkeys://liveblog:{ESCAPED}@127.0.0.1:{at.tls}/0?ssl_ca_certs={at.certificate}"
    ),
    "TLS and any name": lambda at: (
        f"rediss://localhost:{at.tls}?ssl_ca_certs={at.certificate}&ssl_check_hostname=false"
    ),
}


@pytest.mark.parametrize("kind", WORKS)
async def test_an_address_that_works(place: Place, kind: str) -> None:
    async with bus_at(WORKS[kind](place)) as bus:
        await bus.check()
        await bus.subscribe("story:flood")
        heard = bus.messages()
        await anext(heard)
        assert await bus.publish("story:flood", b"water")
        assert await anext(heard) == Message("story:flood", b"water")


FAULTS: dict[str, tuple[Callable[[Place], str], str]] = {
    "TLS to a plain port": (
        lambda at: f"rediss://127.0.0.1:{at.redis.port}?ssl_ca_certs={at.certificate}",
        "does not speak TLS",
    ),
    "plain to a TLS port": (lambda at: f"redis://127.0.0.1:{at.tls}", "speaks TLS; accepted"),
    "unknown authority": (lambda at: f"rediss://127.0.0.1:{at.tls}", "add ssl_ca_certs=FILE"),
    "another name": (
        lambda at: f"rediss://localhost:{at.tls}?ssl_ca_certs={at.certificate}",
        "for another name",
    ),
    "wrong password": (
        lambda at: f"redis://liveblog:hunter2@127.0.0.1:{at.redis.port}",
        "the user name or the password is wrong",
    ),
    "unknown user": (
        lambda at: f"redis://nobody:{ESCAPED}@127.0.0.1:{at.redis.port}",
        "the user name or the password is wrong",
    ),
    "password that nobody wants": (
        lambda at: f"redis://:{ESCAPED}@127.0.0.1:{at.redis.port}?protocol=2",
        "Redis has none",
    ),
    "database": (lambda at: f"redis://127.0.0.1:{at.redis.port}/99", "no database of that number"),
    "no Cluster": (lambda at: f"cluster://127.0.0.1:{at.redis.port}", "no Cluster"),
    "no Sentinel": (lambda at: f"sentinel://127.0.0.1:{at.redis.port}/news", "no Sentinels"),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_redis_that_can_never_work_is_named(place: Place, kind: str) -> None:
    url, said = FAULTS[kind]
    assert said in await fault(url(place))


async def test_a_client_s_certificate_is_asked_for_and_given(place: Place) -> None:
    assert place.redis.call("CONFIG", "SET", "tls-auth-clients", "yes") == "+OK"
    try:
        url = f"rediss://127.0.0.1:{place.tls}?ssl_ca_certs={place.certificate}"
        assert "ssl_certfile=FILE" in await fault(url)
        async with bus_at(f"{url}&ssl_certfile={place.certificate}&ssl_keyfile={place.key}") as bus:
            await bus.check()
    finally:
        assert place.redis.call("CONFIG", "SET", "tls-auth-clients", "no") == "+OK"


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"REDIS_URL: ssl_ca_certs='.*none.pem' was given"):
        RedisBus(f"rediss://127.0.0.1?ssl_ca_certs={tmp_path / 'none.pem'}", "liveblog")


async def test_redis_wants_a_password(tmp_path: Path) -> None:
    with Redis(tmp_path) as redis:
        assert redis.call("CONFIG", "SET", "requirepass", "secret") == "+OK"
        for protocol in (2, 3):
            assert "wants a password" in await fault(f"{redis.url}?protocol={protocol}")


@pytest.mark.parametrize("command", ["publish", "subscribe", "eval", "set", "get", "del", "time"])
async def test_each_right_of_the_rule_is_needed(place: Place, command: str) -> None:
    assert place.redis.call("ACL", "SETUSER", "liveblog", f"-{command}") == "+OK"
    try:
        said = await fault(f"redis://liveblog:{ESCAPED}@127.0.0.1:{place.redis.port}")
        assert "lacks a right" in said
        assert command in said or "executing the script" in said
    finally:
        assert place.redis.call("ACL", "SETUSER", "liveblog", f"+{command}") == "+OK"


async def test_the_rule_lets_nobody_further(place: Place) -> None:
    """Another site's channels, keys, and all that is not ours."""
    url = f"redis://liveblog:{ESCAPED}@127.0.0.1:{place.redis.port}"
    assert "lacks a right" in await fault(url, "another")
    for command in (
        "KEYS *", "FLUSHALL", "CONFIG GET *", "CLIENT KILL TYPE normal", "PSUBSCRIBE *", "MONITOR",
        "GET another:key", "SET liveblog", "PUBLISH another:story x", "SHUTDOWN", "REPLICAOF NO ONE",
    ):  # fmt: skip
        words = " ".join(shlex.quote(word) for word in command.split())
        said = place.redis.ask("ACL", "DRYRUN", "liveblog", *words.split())
        refused = "no permissions" in said or "wrong number" in said
        assert refused, f"{command}: {said}"


@asynccontextmanager
async def port_that_says(answer: bytes | None) -> AsyncIterator[int]:
    """A port on which each connection gets the same answer; None: nothing, for ever."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        if answer is None:
            await reader.read()
        writer.write(answer or b"")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"]
)
async def test_a_port_of_something_else_is_named(answer: bytes) -> None:
    async with port_that_says(answer) as port:
        assert "not as a Redis does" in await fault(f"redis://127.0.0.1:{port}")


@pytest.mark.parametrize("answer", [b"", None])
async def test_a_port_without_an_answer_may_be_that_of_a_redis_that_is_away(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveblog.bus.faults.PROBE_SECONDS", 0.2)
    monkeypatch.setattr("liveblog.bus.redis.CHECK_SECONDS", 0.5)
    async with port_that_says(answer) as port, bus_at(f"redis://127.0.0.1:{port}") as bus:
        with pytest.raises(Unavailable):
            await bus.check()
    for form in ("redis://127.0.0.1:{}", "cluster://127.0.0.1:{}", "sentinel://127.0.0.1:{}/news"):
        async with bus_at(form.format(free_port())) as bus:
            with pytest.raises(Unavailable, match=r"Redis does not answer: .+"):
                await bus.check()
    async with bus_at("unix:///no/such/socket") as bus:
        with pytest.raises(Unavailable):
            await bus.check()


def test_the_server_does_not_start_and_the_doctor_says_why(
    tmp_path: Path, place: Place, shared_server: Server
) -> None:
    url = f"redis://liveblog:hunter2@127.0.0.1:{place.redis.port}"
    env = environment(LIVEBLOG_DATA=str(tmp_path / "data"), REDIS_URL=url, PORT=str(free_port()))
    done = run("serve", env=env)
    wrong = "REDIS_URL: the user name or the password is wrong"
    assert (done.returncode, done.stderr) == (1, f"liveblog: {wrong}\n")
    lines = [
        line.split("\t")
        for line in run("doctor", env=shared_server.env | {"REDIS_URL": url}).stdout.splitlines()
    ]
    found = next(line for line in lines if line[1] == "redis")
    assert found[0] == "wrong"
    assert found[2] == wrong
    assert "docs/redis.md" in found[3]


async def test_a_server_starts_without_redis_and_tells_what_comes_to_be_wrong(
    tmp_path: Path, place: Place
) -> None:
    """Away at the start; then there, then with another password."""
    port = free_port()
    url = f"redis://liveblog:{ESCAPED}@127.0.0.1:{port}"
    with await asyncio.to_thread(Server, tmp_path / "server", REDIS_URL=url) as server:
        assert "redis is away" in server.said()
        rule = [line for line in place.redis.ask("ACL", "LIST").splitlines() if "liveblog" in line]
        with Redis(tmp_path / "redis", port) as redis:
            assert redis.call("ACL", "SETUSER", *rule[0].split()[1:]) == "+OK"
            await until(lambda: redis.ask("PUBSUB", "NUMSUB", "liveblog:beacon").endswith(":1"))
            assert "cannot work" not in server.said()
            assert redis.call("ACL", "SETUSER", "liveblog", "resetpass", ">another") == "+OK"
            redis.call("CLIENT", "KILL", "USER", "liveblog")
            await until(lambda: "redis cannot work as it is set" in server.said())
            line = next(one for one in server.said().splitlines() if "cannot work" in one)
            assert "REDIS_URL" in line
            assert "the user name or the password is wrong" in line
