"""What a server process runs beside requests, and its limits."""
