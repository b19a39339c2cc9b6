"""Accounts, sessions, invitations, protections and the directory."""
