"""Texts as long as an update may be, of one piece again and again."""

from __future__ import annotations

SIZE = 64 * 1024


def filled(unit: str) -> str:
    return unit * (SIZE // len(unit.encode()))
