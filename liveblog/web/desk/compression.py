"""The desk's pages, compressed (RFC 1952): but none that shows a secret, and none that another site asked for.

The length of what is compressed can tell what stands in it to who can watch the wire and put guesses of theirs
beside it (BREACH). SECURITY.md says why what is compressed here is safe.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Pages that show no secret, by their path below /desk. What is made anew shows tokens and links once: those are
# answers to forms, and of forms only those of a story are here.
OPEN = re.compile(r"/desk(/(book|account|users))?/?")
STORY = re.compile(r"/desk/(stories|book)(/.*)?")
TYPES = ("text/html", "application/json")
LEAST = 1_000  # bytes, below which nothing is gained
OURS = {
    "same-origin",
    "none",
}  # as a browser says who asked; without its word, nothing is compressed
PADDING = 100


class DeskGzip:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _may(scope):
            await self.app(scope, receive, send)
            return
        started: Message | None = None

        async def compressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if headers.get("content-type", "").startswith(TYPES):
                    headers.add_vary_header("Accept-Encoding")
                    started = message
                    return
            elif started is not None:
                start, started = started, None
                body: bytes = message.get("body", b"")
                if len(body) >= LEAST and not message.get("more_body"):
                    body = await asyncio.to_thread(gzipped, body)
                    headers = MutableHeaders(raw=start["headers"])
                    headers["Content-Encoding"] = "gzip"
                    headers["Content-Length"] = str(len(body))
                    message = {**message, "body": body}
                await send(start)
            await send(message)

        await self.app(scope, receive, compressed)


def gzipped(body: bytes) -> bytes:
    """With a name of a random length in its header, which is no part of the page: the length of two answers
    differs by chance, too (Heal the BREACH, Palacios and others, 2022)."""
    compressor = zlib.compressobj(6, wbits=-zlib.MAX_WBITS)
    packed = compressor.compress(body) + compressor.flush()
    name = b"-" * secrets.randbelow(PADDING) + b"\0"
    trailer = zlib.crc32(body).to_bytes(4, "little") + (len(body) % 2**32).to_bytes(4, "little")
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name + packed + trailer


def _may(scope: Scope) -> bool:
    headers, path = Headers(scope=scope), scope["path"]
    known = STORY.fullmatch(path) or (scope["method"] == "GET" and OPEN.fullmatch(path))
    return bool(
        known
        and "gzip" in headers.get("accept-encoding", "")
        and headers.get("sec-fetch-site") in OURS
    )
