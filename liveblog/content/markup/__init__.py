"""Turns text that people write into safe HTML: Markdown, links, writing directions, embed codes."""
