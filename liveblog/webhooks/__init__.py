"""Addresses outside that are told of what happens, in order and at least once."""
