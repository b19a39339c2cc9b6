"""Decodes texts by their byte order mark (Unicode 23.8)."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE


def utf8(data: bytes) -> bytes:
    """Return the text as UTF-8 without its byte order mark. UTF-16 is recognised by its mark.

    Raises `UnicodeDecodeError` for broken UTF-16.
    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    return data.removeprefix(BOM_UTF8)
