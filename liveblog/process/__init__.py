"""Background work of a server process, and the process's limits."""
