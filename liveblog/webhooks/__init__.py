"""Webhooks: events are sent to other sites, in order and at least once."""
