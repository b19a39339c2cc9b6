"""Readers in several processes, asked together; and a story whose changes are numbered and timed."""

from __future__ import annotations

import http.client
import json
import math
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.load import Poster, Readers, Refused, compiled, marked
from benchmarks.processes import CannotRun, resident
from benchmarks.servers import Ours

HELD_BY_ONE = 17_000  # readers of one process: it may open 20,000 files
ADDRESS_HOLDS = 8_000  # as in programs/readers.c
UNAVAILABLE = 503
TRIED_FOR = 60.0  # seconds, for a post that must be taken


class Crowd:
    """The readers of all load processes, for so many seconds: after that nobody waits any longer."""

    def __init__(self, parts: Sequence[Readers], seconds: float) -> None:
        self.parts = parts
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def ask(self, *commands: str) -> list[dict[str, Any]]:
        """The same command for all, or one for each; all work at it at the same time. Raises `CannotRun`."""
        for part, command in zip(
            self.parts, commands * (len(self.parts) // len(commands)), strict=True
        ):
            part.say(command)
        return [part.hear(self.left + 1) for part in self.parts]

    def hold(self, count: int, at_once: int, path: str) -> None:
        """Lets in as many more, which come back whenever they are cut. Raises `CannotRun`."""
        shares, seconds = divided(count, len(self.parts)), self.left
        got = self.ask(*(f"hold {share} {at_once} {seconds} {path}" for share in shares))
        if (up := sum(part["up"] for part in got)) < count:
            raise CannotRun(f"only {up:,} of {count:,} readers were let in within {seconds:.0f} s")

    def level(self, head: int) -> list[dict[str, Any]]:
        """Waits until all are up and hold all. Raises `CannotRun`."""
        found = self.ask(f"level {head} {self.left}")
        if behind := sum(got["readers"] - got["level"] for got in found):
            up, least = sum(got["up"] for got in found), min(got["least"] for got in found)
            raise CannotRun(
                f"{behind:,} readers were not level in time: {up:,} were up, the last at {least} of {head}"
            )
        return found

    def events(self) -> dict[int, tuple[int, float]]:
        """Of each event, by its sequence: how many readers got it, and when the last one did."""
        found: dict[int, tuple[int, float]] = {}
        for part in self.ask("events"):
            for seq, count, at in part["events"]:
                before, last = found.get(seq, (0, 0.0))
                found[seq] = before + count, max(last, at)
        return found

    def memory(self) -> float:
        return sum(resident(part.pid) for part in self.parts)


@contextmanager
def crowd(readers: int, loads: int, server: Ours, seconds: float) -> Iterator[Crowd]:
    """Processes for so many readers, at least `loads`, each with loopback addresses of its own: one address has too few
    ports."""
    program = compiled("readers", server.folder)
    count = max(loads, math.ceil(readers / HELD_BY_ONE))
    addresses = math.ceil(readers / count / ADDRESS_HOLDS)
    with ExitStack() as running:
        parts = []
        for part in range(count):
            first = 1 + part * addresses
            one = Readers([program, str(server.port), str(first)], core=None)
            running.callback(one.close)
            parts.append(one)
        yield Crowd(parts, seconds)


def divided(count: int, parts: int) -> list[int]:
    return [count // parts + (part < count % parts) for part in range(parts)]


class Story:
    """One editor's changes, each an event with the next sequence number, and when each was sent."""

    def __init__(self, server: Ours) -> None:
        self.poster: Poster = server.poster()
        self.head = server.head()
        self.sent: dict[int, float] = {}
        self._newest = ""

    def change(self, number: int) -> None:
        """Of five changes three are entries, one an edit and one a removal."""
        kind = number % 5
        self._note()
        if kind == 3:
            self.poster.ask("PATCH", json.dumps({"body": marked(number)}), f"/{self._newest}")
        elif kind == 0:
            self.poster.ask("DELETE", "{}", f"/{self._newest}")
        else:
            answer = self.poster.ask("POST", json.dumps({"body": marked(number)}))
            self._newest = str(json.loads(answer)["id"])

    def insist(self, number: int) -> None:
        """An entry, again and again until it is acknowledged, as programs do it: with the same key it is one entry."""
        body, key = json.dumps({"body": marked(number)}), secrets.token_hex(16)
        self._note()
        until = time.monotonic() + TRIED_FOR
        while True:
            try:
                answer = self.poster.ask("POST", body, Idempotency_Key=key)
            except (OSError, http.client.HTTPException, Refused) as error:
                if isinstance(error, Refused) and error.status != UNAVAILABLE:
                    raise
                self.poster.close()
                if time.monotonic() > until:
                    raise CannotRun(f"no post is taken any more: {error!r}") from error
                time.sleep(0.05)
            else:
                self._newest = str(json.loads(answer)["id"])
                return

    def _note(self) -> None:
        self.head += 1
        self.sent[self.head] = time.monotonic()
