"""The demonstration: a story that posts itself, as a newsroom would."""
