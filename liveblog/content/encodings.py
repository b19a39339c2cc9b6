"""Content codings (RFC 9110, 8.4): which there are, which one an answer has, and what is kept compressed."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Iterable
from concurrent.futures import Executor
from enum import StrEnum
from functools import lru_cache

import brotli


class Coding(StrEnum):
    """A coding by its name in headers. The first one is sent where a request likes several equally."""

    BROTLI = "br"
    GZIP = "gzip"
    IDENTITY = "identity"


SMALL = 200  # bytes; fewer are sent as they are
AT_ONCE = 8 * 1024  # bytes that are compressed in the event loop (0.2 ms); more are in a thread
THOROUGH = 128 * 1024  # bytes; the best quality of more takes a second
LONGEST = 1_000  # bytes of a request's header; longer ones cost more to read than a page to send, and count for nothing
LONGEST_REMEMBERED = 200
WEIGHT = re.compile(rb"[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
UNNAMED = 0.0005  # the weight of `identity` where it is neither named nor refused: less than any weight that is given


def accepted(headers: Iterable[tuple[bytes, bytes]]) -> Coding:
    """The coding of an answer to a request with these headers (RFC 9110, 12.5.3).

    If a request refuses all that we have, it gets `identity`.
    """
    lines = [value for name, value in headers if name == b"accept-encoding"]
    if not lines:
        return Coding.IDENTITY
    given = lines[0] if len(lines) == 1 else b",".join(lines)
    if len(given) > LONGEST:
        return Coding.IDENTITY
    return _remembered(given) if len(given) <= LONGEST_REMEMBERED else _preferred(given)


def weight(accept_encoding: str, coding: Coding) -> float:
    """The weight of a coding in the header `Accept-Encoding`, from 0 to 1; 0 refuses it."""
    return _weights(accept_encoding[:LONGEST].encode("latin-1", "replace"))[coding]


def _preferred(given: bytes) -> Coding:
    weights = _weights(given)
    best = max(Coding, key=weights.__getitem__)  # the first of those with the same weight
    return best if weights[best] else Coding.IDENTITY


_remembered = lru_cache(256)(_preferred)


def _weights(given: bytes) -> dict[Coding, float]:
    """`*` stands for gzip, which everybody can read; brotli must be named."""
    named: dict[bytes, float] = {}
    for member in given.lower().split(b","):
        name, more, parameter = member.partition(b";")
        found = WEIGHT.fullmatch(parameter.rstrip()) if more else None
        named[name.strip()] = float(found[1]) if found else 0.0 if more else 1.0
    rest = named.get(b"*")
    return {
        Coding.BROTLI: named.get(b"br", 0.0),
        Coding.GZIP: named.get(b"gzip", named.get(b"x-gzip", rest or 0.0)),
        Coding.IDENTITY: named.get(b"identity", UNNAMED if rest is None else rest),
    }


def compressed(coding: Coding, content: bytes, *, best: bool = False) -> bytes:
    """A content in a coding; the same bytes each time. `best` takes fifty times longer (docs/performance.md)."""
    if coding is Coding.BROTLI:
        window = 22 if best else 18  # log2 of how far back it looks: a page is shorter
        quality = (11 if len(content) <= THOROUGH else 9) if best else 5
        packed: bytes = brotli.compress(
            content, mode=brotli.MODE_TEXT, quality=quality, lgwin=window
        )
        return packed
    if coding is Coding.GZIP:
        # Python's gzip module would write the time into the header.
        compressor = zlib.compressobj(9 if best else 6, wbits=31)
        return compressor.compress(content) + compressor.flush()
    return content


class Encoded:
    """A content in each coding that was asked for, compressed for the first who asked, once for all.

    With `executor`, it is compressed there and as well as can be.
    """

    def __init__(self, content: bytes, executor: Executor | None = None) -> None:
        self.content = content
        self._executor = executor
        self._made = {Coding.IDENTITY: content}
        self._making: dict[Coding, asyncio.Future[bytes]] = {}

    @property
    def size(self) -> int:
        """The bytes of all that is kept."""
        return sum(map(len, self._made.values()))

    def made(self, coding: Coding) -> bytes | None:
        """The content in a coding; None if it was not asked for yet."""
        return self._made.get(coding)

    async def get(self, coding: Coding) -> bytes:
        """The content in a coding."""
        if (made := self._made.get(coding)) is not None:
            return made
        if self._executor is None and len(self.content) <= AT_ONCE:
            made = self._made[coding] = compressed(coding, self.content)
            return made
        making = self._making.get(coding)
        if making is None:
            making = self._making[coding] = asyncio.ensure_future(self._make(coding))
        return await asyncio.shield(making)

    async def _make(self, coding: Coding) -> bytes:
        best = self._executor is not None
        loop = asyncio.get_running_loop()
        try:
            made = await loop.run_in_executor(
                self._executor, lambda: compressed(coding, self.content, best=best)
            )
            self._made[coding] = made
        finally:
            del self._making[coding]
        return made
