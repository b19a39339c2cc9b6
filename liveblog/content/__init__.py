"""What is shown and how it is made; no I/O but templates and assets."""
