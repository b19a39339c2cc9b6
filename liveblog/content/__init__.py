"""How entries and pages are rendered. No I/O except for reading templates and assets."""
