"""HTTP: one route table, and a folder for each kind of client."""
