"""Requests to other hosts, and signatures."""
