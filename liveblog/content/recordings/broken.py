"""What the scrubbers of containers do not take."""

from __future__ import annotations


class Broken(Exception):
    """What a file is that cannot be taken: `a broken MP4`."""
