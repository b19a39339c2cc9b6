"""Redis pub/sub between server processes, and rate limits that they share."""
