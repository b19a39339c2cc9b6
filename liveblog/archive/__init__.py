"""Archives: a story as files that open without a server, and stories of elsewhere as entries here."""
