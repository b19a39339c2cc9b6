"""The exception for recordings that are not accepted."""

from __future__ import annotations


class Broken(Exception):
    """A file that is not accepted. The message completes "is …": `a broken MP4`."""
