"""HTTP: one route table, and a wing for each kind of client."""
