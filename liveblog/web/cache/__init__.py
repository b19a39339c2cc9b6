"""Caches: pages and data that are rendered or read once for all requests."""
