"""HTTP in general: policies, headers, limits, errors, health."""
