"""The protection of authors."""
