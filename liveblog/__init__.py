"""Liveblog: a live-coverage server. Entries appended by a newsroom reach every reader once, in order."""

__version__ = "0.2.0"
