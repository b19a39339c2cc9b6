"""Stories, their entries and what is read of them."""
