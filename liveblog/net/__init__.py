"""Requests to other hosts, shared secrets and signatures."""
