"""Stories, their entries, and lists of them."""
