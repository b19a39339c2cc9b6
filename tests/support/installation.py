"""Two servers, their Redis and the lines between, all real, and everything that can happen to them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Self

import httpx2
from desk_client import new_story
from page_readers import PageReader
from posters import RETRY_STATUSES, token_at
from processes import NO_TLS, PATIENCE, Redis, Server
from redis_line import Meddling, RedisLine


class Installation:
    """Every public verb of one word is something that can happen; `at` says where, or to which entry.

    What editors and new readers do goes on in the background, until it is done: `settled()` awaits it.
    """

    def __init__(self, folder: Path) -> None:
        self.readers: list[PageReader] = []
        self.posted = 0
        self.entries: list[str] = []
        self._folder = folder
        self._key = secrets.token_hex(16)
        self._frozen: set[Server | Redis] = set()
        self._starting: dict[int, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._open = stack
            stack.push_async_callback(self._close)
            self.redis = await asyncio.to_thread(Redis, self._folder / "redis")
            self.lines = [
                await stack.enter_async_context(RedisLine(self.redis.port)) for _ in range(2)
            ]
            self.servers: list[Server] = []
            for server in await asyncio.gather(*(self._server(at) for at in range(2))):
                self.servers.append(server)
            token = await token_at(self.servers[0])
            self.slug = new_story(self.servers[0].url, token)
            self._http = await stack.enter_async_context(
                httpx2.AsyncClient(
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=2 * PATIENCE,
                    trust_env=False,
                    verify=NO_TLS,
                )
            )
            self._open = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._starting.values(), return_exceptions=True)
        for process in (*self.servers, self.redis):
            process.close()

    # --- what editors and readers do

    def post(self, at: int) -> None:
        self._begin(self._post(at))

    def edit(self, at: int) -> None:
        self._change(at, "PATCH", body=f"Edited, {secrets.token_hex(4)}.", key=at % 2 == 0)

    def pin(self, at: int) -> None:
        self._change(at, "PATCH", pinned=True)

    def remove(self, at: int) -> None:
        self._change(at, "DELETE")

    def purge(self, at: int) -> None:
        self._change(at, "DELETE", purge=True)

    def join(self, at: int) -> None:
        """One more reader, who loads the page now."""
        self._begin(self._join(at))

    def leave(self, at: int) -> None:
        """The connections of half of the readers break."""
        for reader in self.readers[at % 2 :: 2]:
            reader.cut()

    # --- what goes wrong

    def kill(self, at: int) -> None:
        """SIGKILL, and another start on the same port."""
        at %= 2
        if at not in self._starting:
            self.servers[at].kill()
            self._frozen.discard(self.servers[at])
            self._starting[at] = asyncio.create_task(self._start(at))

    def freeze(self, at: int) -> None:
        if at % 2 not in self._starting:
            self._freeze(self.servers[at % 2])

    def stall(self, at: int) -> None:
        """Redis stands still."""
        del at
        self._freeze(self.redis)

    def empty(self, at: int) -> None:
        """Redis is killed, and another is started, which knows nothing."""
        del at
        self.redis.kill()
        self._frozen.discard(self.redis)
        self.redis = Redis(self.redis.folder, self.redis.port)

    def drop(self, at: int) -> None:
        """Redis ends all subscriptions."""
        del at
        self._call("CLIENT", "KILL", "TYPE", "pubsub")

    def silence(self, at: int) -> None:
        """Nothing goes over the line to Redis, and nothing says so."""
        self.lines[at % 2].flows.clear()

    def deafen(self, at: int) -> None:
        """As `silence`, and what comes back are only new connections."""
        self.lines[at % 2].go_dead()

    def cut(self, at: int) -> None:
        self.lines[at % 2].cut()

    def lose(self, at: int) -> None:
        self.lines[at % 2].meddling = Meddling.LOSE

    def double(self, at: int) -> None:
        self.lines[at % 2].meddling = Meddling.DOUBLE

    def swap(self, at: int) -> None:
        self.lines[at % 2].meddling = Meddling.SWAP

    def forge(self, at: int) -> None:
        """Redis brings what is no event of this story: a later one, one of another life, no event."""
        event = {"type": "event", "seq": 1000, "kind": "entry.removed", "id": "e0", "rev": 1}
        text = json.dumps(event | {"at": "2026-01-01T00:00:00Z"})
        epochs = {reader.epoch for reader in self.readers}
        said = [*(f"{epoch}\n{text}" for epoch in epochs), f"another\n{text}", "no event", ""]
        channel = f"liveblog:story:{self.slug}"
        self._call("PUBLISH", channel, json.dumps(said[at % len(said)]))

    # --- and comes to its end

    def mend(self, at: int) -> None:
        """Ends what lasts."""
        del at
        for process in self._frozen:
            process.resume()
        self._frozen.clear()
        for line in self.lines:
            line.flows.set()
            line.meddling = Meddling.NONE

    async def settled(self) -> None:
        """Mends all, and waits until every server runs and everybody was answered."""
        self.mend(0)
        async with asyncio.timeout(2 * PATIENCE):
            await asyncio.gather(*self._starting.values())
            await asyncio.gather(*self._tasks)

    async def posted_at(self, at: int) -> int:
        """Posts one entry and gives its sequence number."""
        entry = await self._post(at)
        seq: int = entry["seq"]
        return seq

    async def _post(self, at: int) -> dict[str, Any]:
        self.posted += 1
        body = {"body": f"Entry {self.posted}.", "key": at % 3 == 0}
        entry = await self._until_answered("POST", at, "", body)
        self.entries.append(entry["id"])
        return entry

    def _change(self, at: int, method: str, **fields: Any) -> None:
        if self.entries:
            entry = self.entries[at % len(self.entries)]
            self._begin(self._until_answered(method, at, f"/{entry}", fields))
        else:
            self.post(at)

    async def _until_answered(
        self, method: str, at: int, path: str, fields: dict[str, Any]
    ) -> dict[str, Any]:
        """Asks one server and, where that fails, the other: again and again, as one request."""
        headers = {"Idempotency-Key": secrets.token_hex(8)}
        while True:
            url = f"{self.servers[at % 2].url}/api/stories/{self.slug}/entries{path}"
            with suppress(httpx2.TransportError):
                answer = await self._http.request(method, url, json=fields, headers=headers)
                if answer.status_code not in RETRY_STATUSES:
                    break
            at += 1
            await asyncio.sleep(0.05)
        assert answer.is_success or answer.status_code == 409, answer.text  # 409: it was removed
        content: dict[str, Any] = json.loads(answer.text)
        return content

    async def _join(self, at: int) -> None:
        reader = PageReader(self.servers[at % 2], self.slug)
        await self._open.enter_async_context(reader)
        self.readers.append(reader)

    def _begin(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    def _freeze(self, process: Server | Redis) -> None:
        process.pause()
        self._frozen.add(process)

    def _call(self, *words: str) -> None:
        if self.redis not in self._frozen:
            self.redis.call(*words)

    async def _server(self, at: int, port: int | None = None) -> Server:
        return await asyncio.to_thread(
            Server,
            self._folder / str(at),
            port=port,
            DATABASE_URL=f"sqlite:///{self._folder / 'shared.sqlite3'}",
            REDIS_URL=self.lines[at].url,
            SECRET_KEY=self._key,
        )

    async def _start(self, at: int) -> None:
        self.servers[at] = await self._server(at, self.servers[at].port)
        del self._starting[at]


Verb = Callable[[Installation, int], None]
