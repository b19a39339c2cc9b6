"""Whole databases: read in one snapshot, filled, checked, and put in the place of others."""
