"""Compression of frames (permessage-deflate, RFC 7692): each event once, for all readers who take it.

No state is kept for a reader: the server's frames do not refer to each other (`server_no_context_takeover`), and what readers
send is never inflated.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence

from websockets.exceptions import InvalidHeader, NegotiationError
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode
from websockets.headers import build_extension, parse_extension
from websockets.typing import ExtensionParameter

LEVEL = 6
WINDOW = 15  # bits
RSV1 = 0x40  # of the first byte: the message is compressed (6)
TAIL = b"\x00\x00\xff\xff"  # of each flush; a message leaves it out (7.2.1)


def deflated(text: bytes, plain: bytes) -> bytes:
    """A whole text frame with the text compressed; `plain`, the frame without compression, if that is not longer."""
    work = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW)
    payload = (work.compress(text) + work.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)
    packed = bytearray(SocketFrame(Opcode.TEXT, payload).serialize(mask=False))
    packed[0] |= RSV1
    return bytes(packed) if len(packed) < len(plain) else plain


class _Factory(ServerPerMessageDeflateFactory):
    """Declines an offer with a smaller window: its frames would have to be compressed apart."""

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], PerMessageDeflate]:
        if any(name == "server_max_window_bits" and value != str(WINDOW) for name, value in params):
            raise NegotiationError("a smaller window")
        return super().process_request_params(params, accepted_extensions)


_factory = _Factory(server_no_context_takeover=True, client_no_context_takeover=True)


@functools.lru_cache(maxsize=256)  # browsers send few different offers
def agreed(offers: str) -> str | None:
    """The answer to `Sec-WebSocket-Extensions`, by the first offer that fits; None if there is none."""
    try:
        for name, params in parse_extension(offers):
            if name == _factory.name:
                try:
                    return build_extension([(name, _factory.process_request_params(params, ())[0])])
                except NegotiationError:
                    continue
    except InvalidHeader:
        pass
    return None
