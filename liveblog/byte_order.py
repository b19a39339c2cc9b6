"""Texts that say by a byte order mark how they are encoded (Unicode 23.8)."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE


def utf8(data: bytes) -> bytes:
    """A text without its mark, in UTF-8 where the mark said UTF-16. Raises `UnicodeDecodeError` for broken
    UTF-16."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    return data.removeprefix(BOM_UTF8)
