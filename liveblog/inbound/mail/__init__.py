"""Reads an e-mail: its charset, structure and quoting, and its text as Markdown."""
