"""What people write, as safe HTML: Markdown, links, directions, embed codes."""
