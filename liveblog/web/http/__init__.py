"""What holds for every request: headers, limits, errors, health."""
