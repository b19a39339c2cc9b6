"""What protects the people who report."""
