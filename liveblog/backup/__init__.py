"""Backups: everything that the server keeps, in one file, for either database."""
