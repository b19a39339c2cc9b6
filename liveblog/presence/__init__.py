"""Who is at which desk, and what changes there."""
