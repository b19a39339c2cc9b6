"""The editor API and its reference."""
