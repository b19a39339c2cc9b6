"""The endpoints for messages from outside."""
