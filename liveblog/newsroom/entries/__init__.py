"""The verbs on entries."""
