"""What an e-mail says: its charset, structure, quoting, and its text as Markdown."""
