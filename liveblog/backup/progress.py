"""How far a backup or a restore is, in one line on standard error. Only people at a terminal get it."""

from __future__ import annotations

import sys
import time

EVERY = 0.2  # seconds


class Progress:
    """Counts rows, files and bytes, and shows them."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._shown = sys.stderr.isatty()
        self._last = 0.0
        self.total_rows = 0
        self.total_bytes = 0
        self.rows = 0
        self.files = 0
        self.bytes = 0

    def expect(self, rows: int, size: int) -> None:
        """Sets the numbers of rows and of bytes of media that there will be."""
        self.total_rows, self.total_bytes = rows, size

    def add(self, *, rows: int = 0, files: int = 0, size: int = 0) -> None:
        """Adds what was done."""
        self.rows += rows
        self.files += files
        self.bytes += size
        now = time.monotonic()
        if self._shown and now - self._last >= EVERY:
            self._last = now
            self._print()

    def end(self) -> None:
        """Removes the line."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def _print(self) -> None:
        rows = f"{self.rows:,} of {self.total_rows:,} rows"
        media = f"{self.files:,} files, {_megabytes(self.bytes)} of {_megabytes(self.total_bytes)}"
        print(f"\r\033[K{self._doing}: {rows}; {media}", end="", file=sys.stderr, flush=True)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
