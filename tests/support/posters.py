"""Editors who go on posting while parts of an installation fail."""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import time
from collections.abc import Iterable
from typing import Any, Self

import httpx2
from processes import NO_TLS, PATIENCE, Server
from readers import Reader
from rows import url_of

from liveblog.models.members import Role
from liveblog.store import Store

RETRY_STATUSES = {502, 503, 504}


class Poster:
    """Posts to one or several servers in turn; each entry under an idempotency key, again and again
    until it is acknowledged.

    `acked` tells when the entry of a sequence number was acknowledged, `ids` its id; `slowest` is the
    longest that an acknowledgement took, `retries` counts the attempts that failed.
    """

    def __init__(self, token: str, slug: str, *urls: str, at_once: int = 8) -> None:
        self.slug = slug
        self.acked: dict[int, float] = {}
        self.ids: dict[int, str] = {}
        self.slowest = 0.0
        self.retries = 0
        self._urls = urls
        self._posted = 0
        self._turns = asyncio.Semaphore(at_once)
        self._moved = asyncio.Event()
        self._http = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
            trust_env=False,
            verify=NO_TLS,
            limits=httpx2.Limits(max_connections=at_once),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def post(self, body: str | None = None) -> int:
        """Posts one entry and gives its sequence number."""
        self._posted += 1
        url = self._urls[self._posted % len(self._urls)]
        entry = await self._until_acknowledged(url, body or f"Entry {self._posted}.")
        seq: int = entry["seq"]
        assert seq not in self.acked, f"{seq} was given to two entries"
        self.acked[seq] = time.monotonic()
        self.ids[seq] = entry["id"]
        self._moved.set()
        return seq

    async def pour(self, count: int, pace: float) -> None:
        """Posts that many entries, at that many a second if the machine can."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as posts:
            for number in range(count):
                await asyncio.sleep(max(0.0, begun + number / pace - time.monotonic()))
                await self._turns.acquire()
                posts.create_task(self.post()).add_done_callback(lambda _: self._turns.release())

    async def pour_until(self, ended: asyncio.Event, pace: float) -> None:
        """Posts that many entries a second, until the event is set; then all of them are acknowledged."""
        while not ended.is_set():
            await self.pour(max(1, round(pace / 2)), pace)

    async def more(self, count: int) -> None:
        """Waits until that many more entries are acknowledged."""
        await self.until(len(self.acked) + count)

    async def until(self, count: int) -> None:
        """Waits until that many entries are acknowledged."""
        async with asyncio.timeout(2 * PATIENCE):
            while len(self.acked) < count:
                self._moved.clear()
                await self._moved.wait()

    def longest_wait(self, readers: Iterable[Reader]) -> float:
        """The longest that a reader waited for an entry after it was acknowledged, in seconds."""
        return max(reader.arrived[seq] - at for reader in readers for seq, at in self.acked.items())

    async def _until_acknowledged(self, url: str, body: str) -> dict[str, Any]:
        key = secrets.token_hex(8)
        begun = time.monotonic()
        while True:
            try:
                answer = await self._http.post(
                    f"{url}/api/stories/{self.slug}/entries",
                    json={"body": body},
                    headers={"Idempotency-Key": key},
                )
            except httpx2.TransportError:
                pass
            else:
                if answer.status_code not in RETRY_STATUSES:
                    break
            self.retries += 1
            await asyncio.sleep(0.05)
        assert answer.is_success, f"{answer.status_code}: {answer.text}"
        self.slowest = max(self.slowest, time.monotonic() - begun)
        entry: dict[str, Any] = json.loads(answer.text)
        return entry


async def token_at(server: Server) -> str:
    """A token of a new editor, put into the server's database: no process is started for it."""
    store = Store(url_of(server))
    email = f"poster-{secrets.token_hex(4)}@example.org"
    try:
        await store.accounts.add(email, "A poster", Role.EDITOR, "!")
        return await store.accounts.add_token(email, "tests")
    finally:
        await store.close()


async def through_redis(poster: Poster, reader: Reader) -> None:
    """Asserts that entries come by Redis: each is posted when the one before has come, and of the head
    check alone each would wait for about a second. Most are looked at: a busy machine holds up some."""
    waited = []
    for _ in range(8):
        seq = await poster.post()
        await reader.until(seq)
        waited.append(reader.arrived[seq] - poster.acked[seq])
    assert statistics.median(waited) < 0.5, waited


async def whole_log(url: str, slug: str) -> list[dict[str, Any]]:
    """A story's events from the first, as the polling fallback gives them."""
    events: list[dict[str, Any]] = []
    async with httpx2.AsyncClient(
        base_url=url, trust_env=False, verify=NO_TLS, timeout=PATIENCE
    ) as http:
        while True:
            after = events[-1]["seq"] if events else 0
            answer = await http.get(f"/stories/{slug}/events?after={after}")
            assert answer.status_code == 200, answer.text
            got = json.loads(answer.text)
            events += got["events"]
            if not got["more"]:
                assert len(events) == got["head"]
                return events


async def until_redis_is(state: str, *urls: str) -> None:
    """Waits until the servers say that their Redis is up, or down."""
    async with (
        httpx2.AsyncClient(trust_env=False, verify=NO_TLS, timeout=PATIENCE) as http,
        asyncio.timeout(PATIENCE),
    ):
        for url in urls:
            said = None
            while said != state:
                said = json.loads((await http.get(f"{url}/readyz")).text)["redis"]
                await asyncio.sleep(0.02)
