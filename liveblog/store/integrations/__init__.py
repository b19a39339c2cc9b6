"""Inbound sources, their attachments, and webhooks."""
