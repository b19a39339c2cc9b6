"""Open files: the limit is raised, and readers and strangers never take what editors, pages and health need."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path

import httpx2
import pytest
from desk_client import Editor
from honest import Honest, attacking
from posters import token_at
from processes import NO_TLS, OURS, PATIENCE, Server, until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake

from benchmarks.attacks import hold
from liveblog.process.descriptors import files_for, shares

pytestmark = pytest.mark.anyio


STRANGER = "127.0.0.2"  # who holds many connections comes from another address than who is honest


UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class LimitedServer(Server):
    """`liveblog serve` where the system lets a process open few files."""

    soft, hard = 300, 300

    def program(self, command: str, *args: str) -> list[str]:
        limit = f'ulimit -Sn {self.soft} && ulimit -Hn {self.hard} && exec "$@"'
        return ["/bin/bash", "-c", limit, "bash", *OURS, command, *args]


class SoftlyLimitedServer(LimitedServer):
    soft, hard = 1024, 20_000


class SlowStories(LimitedServer):
    """One that takes its time to find out that there is no story `slow`."""

    def program(self, command: str, *args: str) -> list[str]:
        slow = (
            "import asyncio; from liveblog.live.hub import Hub\n"
            "opened = Hub.open\n"
            "async def open(self, slug):\n"
            "    await asyncio.sleep(60 * (slug == 'slow'))\n"
            "    return await opened(self, slug)\n"
            "Hub.open = open\n"
            "from liveblog.cli.main import main; main()"
        )
        shell = super().program(command)[: -len(OURS) - 1]
        return [*shell, sys.executable, "-c", slow, command, *args]


class HastyServer(LimitedServer):
    """One that has little patience, with who reads nothing as well."""

    def program(self, command: str, *args: str) -> list[str]:
        hasty = (
            "import functools, uvicorn; from liveblog.live import connections as c\n"
            "c.UNREAD_SECONDS, c.HEAD_SECONDS, c.SWEEP_SECONDS = 3.0, 2.0, 0.2\n"
            "uvicorn.Config = functools.partial(uvicorn.Config, timeout_keep_alive=1)\n"
            "from liveblog.cli.main import main; main()"
        )
        shell = super().program(command)[: -len(OURS) - 1]
        return [*shell, sys.executable, "-c", hasty, command, *args]


def limit(pid: int) -> tuple[int, int]:
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with LimitedServer(tmp_path_factory.mktemp("limited")) as server:
        yield server
        said = server.said()
        assert "Traceback" not in said
        assert "Too many open files" not in said


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with HastyServer(tmp_path_factory.mktemp("hasty")) as server:
        yield server
        said = server.said()
        assert "Traceback" not in said
        assert "Too many open files" not in said


@pytest.fixture(scope="module")
async def token(limited: Server) -> str:
    return await token_at(limited)


@pytest.mark.parametrize(
    ("files", "max_readers", "readers"),
    [(300, 15_000, 172), (1024, 15_000, 768), (20_000, 15_000, 15_000), (300, 100, 100)],
)
def test_how_a_limit_is_shared_out(files: int, max_readers: int, readers: int) -> None:
    given = shares(files, max_readers)
    assert given.readers == readers
    assert given.readers + 2 * given.desk_connections < given.connections < files


@pytest.mark.parametrize("readers", [2, 172, 1000, 3_600, 15_000, 1_000_000])
def test_how_many_files_readers_need(readers: int) -> None:
    assert shares(files_for(readers), readers).readers == readers
    assert shares(files_for(readers) - 2, readers).readers < readers


def test_a_soft_limit_is_raised(tmp_path: Path) -> None:
    with SoftlyLimitedServer(tmp_path) as server:
        assert limit(server.pid) == (20_000, 20_000)
        assert "open files" not in server.said()


def test_every_worker_has_the_raised_limit(tmp_path: Path) -> None:
    with SoftlyLimitedServer(tmp_path, WEB_CONCURRENCY="2") as server:
        assert [limit(pid) for pid in server.workers()] == [(20_000, 20_000)] * 2


def test_a_limit_that_is_too_low_is_said_in_one_line(limited: Server) -> None:
    lines = [line for line in limited.said().splitlines() if "LIVEBLOG_MAX_READERS" in line]
    assert len(lines) == 1
    for word in ("open_files=300", "readers=172", "needed=16200", "ulimit"):
        assert word in lines[0]


async def test_readers_take_what_is_theirs_and_the_others_are_told_so(
    limited: Server, token: str
) -> None:
    async with AsyncExitStack() as stack, Honest(limited, token) as honest:
        offered = await asyncio.gather(*(offer(limited, honest.slug) for _ in range(330)))
        held = [one for one in offered if isinstance(one, ClientConnection)]
        for one in held:
            stack.push_async_callback(one.close)
        assert len(held) == 171  # and the honest one
        assert {one for one in offered if not isinstance(one, ClientConnection)} == {503}
        await honest.delays(rounds=3)
        page = await asyncio.to_thread(get, limited, f"/stories/{honest.slug}")
        assert page.status_code == 200
        for one in held:
            assert await asyncio.wait_for(one.recv(), PATIENCE)
        assert await offer(limited, honest.slug) == 503


async def offer(server: Server, slug: str) -> ClientConnection | int:
    """A reader that was let in, or the status that it was refused with."""
    address = f"{server.ws}/stories/{slug}/live?after=0"
    try:
        return await connect(
            address, proxy=None, compression=None, ping_interval=None, open_timeout=PATIENCE
        )
    except InvalidHandshake as refused:
        return int(refused.response.status_code)  # type: ignore[attr-defined]


def get(server: Server, path: str) -> httpx2.Response:
    return httpx2.get(server.url + path, trust_env=False, verify=NO_TLS, timeout=PATIENCE)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /desk/login HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\nemail=",
    ],
    ids=["nothing", "half a request", "a request", "half a body"],
)
async def test_who_holds_connections_locks_nobody_out(
    limited: Server, token: str, said: bytes
) -> None:
    async with Honest(limited, token) as honest:
        await honest.hold_beside(hold, limited.port, 400, said, STRANGER)


async def test_beside_all_readers_and_idle_connections_editors_come_through(
    limited: Server, token: str
) -> None:
    with closing(Editor(limited.url, token)) as editor:
        slug = editor.story()
    asked = f"GET /stories/{slug}/live?after=0 HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n"
    async with Honest(limited, token) as honest:
        await honest.hold_beside(hold, limited.port, 400, asked.encode(), STRANGER)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/stories/slow/live?after=0", UPGRADE),
        ("/stories/slow/live?epoch=1&after=0", UPGRADE),  # the ordinary way
        ("/stories/slow/events?after=0", ""),
    ],
    ids=["readers", "handshakes", "requests"],
)
async def test_one_address_with_all_slow_answers_locks_nobody_out(
    tmp_path: Path, path: str, more: str
) -> None:
    """None of these connections waits for its client."""
    asked = f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()
    with SlowStories(tmp_path) as server:
        async with Honest(server, await token_at(server)) as honest:
            with attacking(hold, server.port, 400, asked, STRANGER):
                await honest.delays(rounds=5)
                page = await asyncio.to_thread(get, server, f"/stories/{honest.slug}")
            assert page.status_code == 200
        said = server.said()
        assert "Traceback" not in said
        assert "Too many open files" not in said


async def test_many_who_never_read_a_page_lock_nobody_out(limited: Server, token: str) -> None:
    with closing(Editor(limited.url, token)) as editor:
        slug = editor.story()
        for _ in range(60):
            editor.post(slug, "word " * 12_000)
    asked = f"GET /stories/{slug}?show=all HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    async with Honest(limited, token) as honest:
        await honest.hold_beside(never_read, limited.port, 300, asked)


def never_read(port: int, many: int, said: bytes) -> Iterator[None]:
    """Asks for something long, on many connections, and reads nothing of it."""
    held: list[socket.socket] = []
    while True:
        if len(held) < many:
            with suppress(OSError):
                one = socket.create_connection(("127.0.0.1", port), PATIENCE, (STRANGER, 0))
                one.sendall(said)
                held.append(one)
        if len(held) >= many // 2:
            yield


@pytest.mark.parametrize("entries", [2, 8])
async def test_whole_answers_that_nobody_reads_are_given_up(hasty: Server, entries: int) -> None:
    """Each is complete in the server's buffer, and its connection to be kept alive."""
    token = await token_at(hasty)
    with closing(Editor(hasty.url, token)) as editor:
        slug = editor.story()
        for _ in range(entries):
            editor.post(slug, "word " * 12_000)
    asked = f"GET /stories/{slug}/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    async with Honest(hasty, token) as honest:
        with contextlib.ExitStack() as stack:
            for _ in range(260):
                one = stack.enter_context(socket.socket())
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                one.settimeout(PATIENCE)
                one.bind((STRANGER, 0))
                one.connect(("127.0.0.1", hasty.port))
                with suppress(OSError):
                    one.sendall(asked)
            await honest.delays(rounds=3)
            await until(lambda: descriptors(hasty) < 80, within=20)
            await honest.delays(rounds=3)


async def test_who_reads_a_whole_answer_slowly_gets_all_of_it(hasty: Server) -> None:
    """For longer than who reads nothing has, and than a connection is kept alive."""
    with closing(Editor(hasty.url, await token_at(hasty))) as editor:
        slug = editor.story()
        for _ in range(8):
            editor.post(slug, "word " * 12_000)
    path = f"/stories/{slug}/events?after=0"
    whole = len((await asyncio.to_thread(get, hasty, path)).content)
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        one.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(one, ("127.0.0.1", hasty.port))
        await loop.sock_sendall(one, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer, begun = b"", loop.time()
        while some := await loop.sock_recv(one, 16_384):
            answer += some
            await asyncio.sleep(0.025)
    assert loop.time() - begun > 4
    assert len(answer.partition(b"\r\n\r\n")[2]) == whole


def test_a_request_that_ends_after_its_answer_holds_no_connection(hasty: Server) -> None:
    """The answer is complete before the body is; the client sends the rest, and then nothing."""
    size = 5_000_000
    head = (
        "POST /desk/login HTTP/1.1\r\nHost: x\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {size}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", hasty.port), PATIENCE) as one:
        one.sendall(head.encode())
        assert one.recv(65_536).startswith(b"HTTP/1.1 4")
        with suppress(ConnectionError):  # a silence would be a TimeoutError
            one.sendall(b"x" * size)
            while one.recv(65_536):
                pass


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


async def test_descriptors_come_back(limited: Server) -> None:
    """After all that the process holds no more than one that did nothing."""
    await until(lambda: descriptors(limited) < 80)
