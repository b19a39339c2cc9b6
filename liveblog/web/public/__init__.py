"""The pages and the live socket of readers."""
