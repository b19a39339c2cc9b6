"""Feeds and sitemaps: a module for each format, and one with their addresses (docs/feeds.md)."""
