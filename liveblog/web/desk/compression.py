"""Compresses desk pages (RFC 1952), except pages that show a secret or that another site requested.

The length of a compressed page can reveal a secret in it to an observer who can put guesses beside it (BREACH).
SECURITY.md explains why it is safe here. The route table marks the compressed pages, which show no secret. A new
token or link is shown once, in the response to a form. Of the forms, only those of stories and of the book are
compressed.
"""

from __future__ import annotations

import asyncio
import secrets
import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveblog.content.encodings import Coding, weight

TYPES = ("text/html", "application/json")
LEAST = 1_000  # bytes; compressing less gains nothing
# Values of Sec-Fetch-Site for our own pages. Without that header nothing is compressed.
OURS = {"same-origin", "none"}
PADDING = 100  # bytes at most


class DeskGzip:
    """Compresses pages and JSON of the desk."""

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
    """Compress with gzip, with a file name of random length in the header.

    The name makes lengths differ at random (Heal the BREACH, Palacios and others, 2022).
    """
    compressor = zlib.compressobj(6, wbits=-zlib.MAX_WBITS)
    packed = compressor.compress(body) + compressor.flush()
    name = b"-" * secrets.randbelow(PADDING) + b"\0"
    trailer = zlib.crc32(body).to_bytes(4, "little") + (len(body) % 2**32).to_bytes(4, "little")
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name + packed + trailer


def _may(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    accepted, site = headers.get("accept-encoding", ""), headers.get("sec-fetch-site")
    return weight(accepted, Coding.GZIP) > 0 and site in OURS
