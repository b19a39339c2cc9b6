"""Media, their files and link cards."""
